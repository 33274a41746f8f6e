// The state with which a bridge in another process continues a conversation: collects changes, and restores them.
import { randomUUID } from 'node:crypto';
import { numberOf, type RoomMessages, type UnfinishedCaption } from '../lanes/room-messages.js';
import type { Profile } from '../profile/profile.js';
import type { ModelSession, ToolResult } from '../session/port.js';
import type { Ledger, LedgerState } from '../turns/ledger.js';
import { jsonText } from '../util/json-text.js';
import type { BridgeReport } from './bridge-report.js';

/** Plain JSON. */
export interface BridgeState {
  /** With the changes of `configure`. */
  readonly profile: Profile;
  /** The resumption handle; without one the session is rebuilt from the ledger. */
  readonly handle?: string | undefined;
  /** The call id in events. */
  readonly call: string;
  /** When the call began, in ms since 1970: its longest duration counts over all holders. */
  readonly startedAtMs: number;
  /** Distinguishes the tool calls of this conversation from those of all others. */
  readonly conversation: string;
  /** The sequence number of the last event that was sent. */
  readonly seq: number;
  /** The id of the last turn. */
  readonly turn: number;
  readonly ledger: LedgerState;
  readonly tools: ModelSession['toolMemory'];
  /** The greeting was sent, or comes too late; a process that takes the call over before that sends it. */
  readonly greeted?: boolean;
  /** Captions without a final text. */
  readonly captions: readonly UnfinishedCaption[];
}

export type CallOrigin = Pick<BridgeState, 'startedAtMs' | 'conversation'>;

export function originOf(restored: Partial<CallOrigin> = {}): CallOrigin {
  const { startedAtMs = Date.now(), conversation = randomUUID() } = restored;
  return { startedAtMs, conversation };
}

export interface StateRecorderOptions {
  readonly origin: CallOrigin;
  /** Called with what has changed since the last call; the first time with everything. */
  readonly onState?: (change: Partial<BridgeState>) => void;
  readonly currentProfile: () => Profile;
  readonly session: Pick<ModelSession, 'resumptionHandle' | 'toolMemory'>;
  readonly ledger: Ledger;
  readonly messages: Pick<RoomMessages, 'call' | 'seq' | 'unfinished'>;
  readonly turn: () => number;
  readonly greeted: () => boolean;
}

const AT_ONCE: ReadonlySet<string> = new Set(['tool.call', 'tool.result', 'caption.final', 'turn']);
/** Changes within this time are sent together. */
const COLLECT_MS = 50;

export class StateRecorder {
  readonly #options: StateRecorderOptions;
  #timer: NodeJS.Timeout | undefined;
  #profile: Profile | undefined;
  #ledgerRevision = -1;
  #toolsChanged = true;
  #closed = false;

  constructor(options: StateRecorderOptions) {
    this.#options = options;
  }

  /** The state may have changed; `about` is the type of the room event about it. */
  changed(about: string): void {
    if (this.#closed || !this.#options.onState) return;
    if (about.startsWith('tool.')) this.#toolsChanged = true;
    // If the process dies before these changes are saved, its successor runs a tool, ends a caption or begins a turn of
    // the same number a second time.
    if (AT_ONCE.has(about)) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), COLLECT_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { origin, session, ledger, messages, onState } = this.#options;
    if (this.#closed || !onState) return;
    const profile = this.#options.currentProfile();
    const { resumptionHandle: handle } = session;
    onState({
      ...(profile === this.#profile ? {} : { profile }),
      ...(ledger.revision === this.#ledgerRevision ? {} : { ledger: ledger.state }),
      ...(this.#toolsChanged ? { tools: session.toolMemory } : {}),
      handle,
      call: messages.call,
      ...origin,
      seq: messages.seq,
      turn: this.#options.turn(),
      ...(this.#options.greeted() ? { greeted: true } : {}),
      captions: messages.unfinished,
    });
    this.#profile = profile;
    this.#ledgerRevision = ledger.revision;
    this.#toolsChanged = false;
  }

  close(): void {
    this.flush();
    this.#closed = true;
  }
}

export interface RestoredParts {
  readonly session: Pick<ModelSession, 'sendToolResults'>;
  readonly ledger: Ledger;
  readonly messages: Pick<RoomMessages, 'caption' | 'event'>;
  readonly report: Pick<BridgeReport, 'add'>;
}

/** Ends captions without a final text and answers open tool calls of the process that ran the call before. */
export function restoreConversation(
  { captions, tools }: BridgeState,
  { session, ledger, messages, report }: RestoredParts,
): void {
  for (const { by, ...caption } of captions) {
    const { text, identity } = caption;
    if (by === 'agent') {
      ledger.agent(text, true);
      report.add({ type: 'agent', turn: numberOf(caption.segment), text });
    } else {
      ledger.user(text);
      report.add({ type: 'user', text, ...(identity === undefined ? {} : { identity }) });
    }
    messages.caption({ ...caption, final: true }, caption);
  }
  for (const call of tools.open) {
    const result = lostToolResult(call);
    const { id, name, response } = result;
    session.sendToolResults([result]);
    ledger.toolResult(name, {}, response);
    messages.event({
      type: 'tool.result',
      id,
      name,
      durationMs: 0,
      ok: false,
      error: jsonText(response.error),
    });
  }
}

/** The result of a call whose handler ran in a process that has ended: its effect is unknown. */
function lostToolResult({ id, name }: { readonly id: string; readonly name: string }): ToolResult {
  const error =
    'the process that ran this was replaced: it is not known whether it was done; do not repeat it unasked';
  return { id, name, response: { error } };
}
