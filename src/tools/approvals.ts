// Tool calls that wait for the approval of a participant.
import type { Profile } from '../profile/profile.js';
import type { RoomEventBody } from '../protocol/events.js';
import { isPerson } from '../room/people.js';
import type { Participant } from '../room/port.js';
import type { ToolCall } from '../session/port.js';
import { mayControl } from './permission.js';
import type { TurnCause } from './tool.js';

export type SpokenVerdict = 'decided' | 'not-waiting' | 'same-turn' | 'not-heard';

/** Who may approve: these identities, or with `true` anyone who may control the agent. */
export type Approvers = true | readonly string[];

export interface Verdict {
  readonly state: 'allowed' | 'refused' | 'timed-out';
  /** The identity that decided. */
  readonly by?: string;
}

export interface ApprovalsOptions {
  readonly control: () => Profile['control'];
  readonly participants: () => readonly Participant[];
  readonly emit: (event: RoomEventBody) => void;
}

/** How long a call waits for approval: time to read and press a button. */
export const APPROVE_WITHIN_MS = 60_000;

/** Who would have to allow a call aloud, and the turn in which the model made it. */
export interface SpokenApproval {
  readonly identity: string | undefined;
  readonly turn: number;
}

export interface ApprovalRequest {
  /** Who may decide by a command; nobody where it is by voice alone. */
  readonly from?: Approvers | undefined;
  readonly voice?: SpokenApproval | undefined;
}

interface Waiting extends ApprovalRequest {
  readonly decide: (verdict: Verdict) => void;
}

export class Approvals {
  readonly #options: ApprovalsOptions;
  readonly #waiting = new Map<string, Waiting>();

  constructor(options: ApprovalsOptions) {
    this.#options = options;
  }

  /** Resolves with the first valid decision; never, once the signal is aborted. */
  request(call: ToolCall, { from, voice }: ApprovalRequest, signal: AbortSignal): Promise<Verdict> {
    return new Promise((resolve) => {
      const report = (verdict: { readonly state: 'waiting' } | Verdict): void => {
        const { id, name, args } = call;
        const { participants } = this.#options;
        const able = from === true ? this.#able(participants()) : (from ?? []);
        const all = [...new Set([...able, ...(voice?.identity === undefined ? [] : [voice.identity])])];
        this.#options.emit({ type: 'tool.approval', id, name, args, from: all, ...verdict });
      };
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#waiting.delete(call.id);
      };
      const decide = (verdict: Verdict): void => {
        end();
        report(verdict);
        resolve(verdict);
      };
      const timer = setTimeout(() => decide({ state: 'timed-out' }), APPROVE_WITHIN_MS);
      signal.addEventListener('abort', end, { once: true });
      this.#waiting.set(call.id, { from, voice, decide });
      report({ state: 'waiting' });
    });
  }

  /** Applies a participant's decision. The first one counts; late, repeated and unauthorised ones have no effect. */
  decide(id: string, ok: boolean, identity: string): 'decided' | 'not-waiting' | 'not-allowed' {
    const waiting = this.#waiting.get(id);
    if (!waiting) return 'not-waiting';
    const { from } = waiting;
    const may =
      from === true ? mayControl(this.#options.control(), identity) : from?.includes(identity) === true;
    if (!may) return 'not-allowed';
    waiting.decide({ state: ok ? 'allowed' : 'refused', by: identity });
    return 'decided';
  }

  /**
   * Applies what the model reports of a person's answer. It counts only from a later turn of the model, which this
   * person alone has caused by speaking: the model cannot allow its own call.
   */
  decideAloud(
    id: string,
    ok: boolean,
    heard: SpokenApproval & { readonly by: TurnCause | null },
  ): SpokenVerdict {
    const waiting = this.#waiting.get(id);
    if (!waiting?.voice) return 'not-waiting';
    const { identity, turn } = waiting.voice;
    if (heard.turn <= turn) return 'same-turn';
    if (identity === undefined || heard.identity !== identity || heard.by !== 'voice') return 'not-heard';
    waiting.decide({ state: ok ? 'allowed' : 'refused', by: identity });
    return 'decided';
  }

  #able(participants: readonly Participant[]): readonly string[] {
    const control = this.#options.control();
    if (control !== 'anyone') return control;
    return participants.filter(isPerson).map(({ identity }) => identity);
  }
}
