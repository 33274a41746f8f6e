// Texts of people and backends to the model: checks them, adds them to the ledger, and sends them.
import type { RoomMessages } from '../lanes/room-messages.js';
import type { Profile } from '../profile/profile.js';
import { MAX_CHAT_CHARS } from '../protocol/commands.js';
import type { Content, ModelSession } from '../session/port.js';
import { mayChat } from '../tools/permission.js';
import type { Asker } from '../turns/asker.js';
import type { Ledger } from '../turns/ledger.js';
import { RateLimits } from '../util/rate-limits.js';
import type { BridgeReport } from './bridge-report.js';

/** Five at once, then one a second, which is more than a person types. */
const CHAT_RATE = { burst: 5, perSecond: 1 };
/** A sender gets error events at most at this rate: answers to a flood must not become one. */
const REFUSAL_RATE = { burst: 1, perSecond: 0.1 };

/** Texts that are not sent come by the hundred: they are counted for so long before their senders are informed. */
const UNSENT_REPORT_MS = 1_000;

export interface TypedInputOptions {
  readonly session: Pick<ModelSession, 'sendText' | 'sendContext'>;
  readonly ledger: Pick<Ledger, 'user' | 'agent' | 'unsent'>;
  readonly report: Pick<BridgeReport, 'add'>;
  readonly profile: () => Pick<Profile, 'chat' | 'control' | 'listen'>;
  readonly asker: Pick<Asker, 'typed'>;
  /** An answer is due. */
  readonly onAsked: () => void;
  readonly messages: Pick<RoomMessages, 'notify'>;
}

export interface TextRefusal {
  readonly reason: 'notAllowed' | 'tooMany';
  readonly message: string;
}

export class TypedInput {
  readonly #options: TypedInputOptions;
  readonly #rate = new RateLimits(CHAT_RATE);
  readonly #refusals = new RateLimits(REFUSAL_RATE);

  /** Of each sender, the texts that were not sent and not reported yet. */
  readonly #unsent = new Map<string, number>();
  #reporting: NodeJS.Timeout | undefined;

  constructor(options: TypedInputOptions) {
    this.#options = options;
  }

  close(): void {
    clearTimeout(this.#reporting);
  }

  /** A message on the room's chat. */
  chat(identity: string, text: string): void {
    if (text.trim() === '') return;
    if (!mayChat(this.#options.profile(), identity)) {
      this.refused(identity, 'you may not write to the agent: see chat in its profile');
    } else if (text.length > MAX_CHAT_CHARS) {
      this.refused(identity, `a message may have ${MAX_CHAT_CHARS} characters`);
    } else if (!this.takes(identity)) {
      this.refused(identity, 'too many messages: one a second is taken');
    } else {
      this.say(text, identity, 'chat');
    }
  }

  /** Why a command of this participant may be no turn of the user now: as chat, whose list a commander needs not be on. */
  refusal(identity: string): TextRefusal | undefined {
    const profile = this.#options.profile();
    if (profile.control === 'anyone' && !mayChat(profile, identity))
      return { reason: 'notAllowed', message: 'you may not write to the agent: see chat in its profile' };
    if (this.takes(identity)) return undefined;
    return { reason: 'tooMany', message: 'too many texts: one a second is taken' };
  }

  /** Whether another text of this participant is accepted now. */
  takes(identity: string): boolean {
    return this.#rate.take(identity);
  }

  refused(identity: string, message: string): void {
    if (!this.#refusals.take(identity)) return;
    this.#options.messages.notify(identity, { type: 'error', code: 'chat', message, fatal: false });
  }

  /** Sends a user turn, which the model answers. */
  say(text: string, identity?: string, by: 'chat' | 'say' | 'keys' = 'say'): void {
    const { session, ledger, report, asker, onAsked } = this.#options;
    asker.typed(identity, by);
    const wellFormed = text.toWellFormed();
    ledger.user(wellFormed);
    report.add({
      type: 'user',
      text: wellFormed,
      typed: true,
      ...(identity === undefined ? {} : { identity }),
    });
    session.sendText(wellFormed, () => {
      ledger.unsent(wellFormed);
      this.#onUnsent(identity);
    });
    onAsked();
  }

  /** Adds turns to the context; the model answers only with `turnComplete`. */
  addContext(turns: readonly Content[], turnComplete: boolean, identity?: string): void {
    const { session, ledger, asker, onAsked } = this.#options;
    const said = turns.map(({ role, parts }) => ({ role, text: parts.map((part) => part.text).join('') }));
    for (const { role, text } of said) {
      if (role === 'user') ledger.user(text);
      else ledger.agent(text, false);
    }
    session.sendContext(turns, turnComplete, () => {
      for (const { role, text } of said) ledger.unsent(text, role);
      this.#onUnsent(identity);
    });
    if (!turnComplete) return;
    asker.typed(identity, 'say');
    onAsked();
  }

  #onUnsent(identity: string | undefined): void {
    if (identity === undefined) return;
    this.#unsent.set(identity, (this.#unsent.get(identity) ?? 0) + 1);
    this.#reporting ??= setTimeout(() => this.#reportUnsent(), UNSENT_REPORT_MS);
  }

  #reportUnsent(): void {
    this.#reporting = undefined;
    for (const [identity, count] of this.#unsent) {
      const message = `the Live API cannot be reached: ${count} of your messages will not be sent, the newest are kept`;
      this.#options.messages.notify(identity, { type: 'error', code: 'unsent', message, fatal: false });
    }
    this.#unsent.clear();
  }
}
