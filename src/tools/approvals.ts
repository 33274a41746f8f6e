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
  /** Why nobody could decide. */
  readonly reason?: string;
}

export interface ApprovalsOptions {
  readonly control: () => Profile['control'];
  readonly participants: () => readonly Participant[];
  readonly emit: (event: RoomEventBody) => void;
}

const UNKNOWN_PERSON = 'it is not known who has asked for it: ask one person to say it again, alone';

/** How long a call waits for approval: time to read and press a button. */
export const APPROVE_WITHIN_MS = 60_000;

/** Who would have to allow a call aloud, and when the model made it. */
export interface SpokenApproval {
  readonly identity: string | undefined;
  readonly turn: number;
  /** A moment of SpokenReply. */
  readonly since: number;
}

/** What the bridge knows of the turn in which the model reports an answer. */
export interface SpokenAnswer {
  /** Who caused this turn; undefined where several may have. */
  readonly identity: string | undefined;
  readonly turn: number;
  readonly by: TurnCause | null;
  /** Whether this participant has spoken after something that the model has said since that moment. */
  readonly isReply: (identity: string, since: number) => boolean;
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

  /** Resolves with the first valid decision; never, once the signal is aborted. At once where nobody could decide. */
  request(call: ToolCall, request: ApprovalRequest, signal: AbortSignal): Promise<Verdict> | Verdict {
    const { from, voice } = request;
    if (from === undefined && voice !== undefined && voice.identity === undefined) {
      this.#report(call, request, { state: 'refused' });
      return { state: 'refused', reason: UNKNOWN_PERSON };
    }
    return new Promise((resolve) => {
      const report = (verdict: { readonly state: 'waiting' } | Verdict): void =>
        this.#report(call, request, verdict);
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
   * person alone has caused by speaking after the model has spoken: the model cannot allow its own call, nor can speech
   * that was going on when it made the call, or a sound that the service has not heard as speech.
   */
  decideAloud(id: string, ok: boolean, heard: SpokenAnswer): SpokenVerdict {
    const waiting = this.#waiting.get(id);
    if (!waiting?.voice) return 'not-waiting';
    const { identity, turn, since } = waiting.voice;
    if (heard.turn <= turn) return 'same-turn';
    if (identity === undefined || heard.identity !== identity || heard.by !== 'voice') return 'not-heard';
    if (!heard.isReply(identity, since)) return 'not-heard';
    waiting.decide({ state: ok ? 'allowed' : 'refused', by: identity });
    return 'decided';
  }

  #report(
    { id, name, args }: ToolCall,
    { from, voice }: ApprovalRequest,
    verdict: { readonly state: 'waiting' } | Verdict,
  ): void {
    const able = from === true ? this.#able(this.#options.participants()) : (from ?? []);
    const all = [...new Set([...able, ...(voice?.identity === undefined ? [] : [voice.identity])])];
    this.#options.emit({ type: 'tool.approval', id, name, args, from: all, ...verdict });
  }

  #able(participants: readonly Participant[]): readonly string[] {
    const control = this.#options.control();
    if (control !== 'anyone') return control;
    return participants.filter(isPerson).map(({ identity }) => identity);
  }
}
