// The states of a session's connection, what can happen to it, what is to be done, and how long each thing may take.
import type { Verdict } from './close-reason.js';
import type { ConnectionState } from './port.js';

/** How a connection begins: a new session, one that is taken up, or a new one that is told what was said. */
export type Opening = 'fresh' | 'resume' | 'rebuild';

export const RESUME_BUDGET_MS = 30_000;
export const FIRST_BACKOFF_MS = 1_000;
/** The same after an upgrade that was refused over HTTP: it never reached the session, which may be free by the third try. */
export const HTTP_BACKOFF_MS = 600;
/** The first handle of a session comes about 100 ms after its set-up. */
export const HANDLE_WITHIN_MS = 3_000;
export const LONGEST_BACKOFF_MS = 8_000;
/** An idle session is refused at once after its socket has closed, and accepted a second later. */
export const AFTER_CLOSE_MS = 1_000;
/** A session that the service says it is still holding, for so long, is given up. */
export const HELD_SESSION_MS = 8_000;
export const WAITING_RETRY_MS = 15_000;
export const QUOTA_RETRY_MS = 30_000;
/** Left between our own close and the moment at which the service would cut the connection. */
export const ROTATION_MARGIN_MS = 2_000;

export interface Memory {
  /** The last handle that the service called resumable. */
  readonly handle: string | undefined;
  /** There was a session: from now on a loss is survived, and the greeting was said. */
  readonly began: boolean;
}

/** A wish to change the connection at the next quiet moment, at the latest at the deadline. */
export interface Rotation {
  readonly reason: string;
  readonly deadlineMs: number;
  /** The session itself is at its end: a new one is built. */
  readonly rebuild?: boolean;
}

export interface Outage {
  readonly sinceMs: number;
  readonly attempts: number;
  /** We closed the connection ourselves, between turns: nothing that was sent is lost. */
  readonly orderly: boolean;
  readonly reason: string;
  /** When the service first answered a resume with an error of its own; it may still hold the old socket. */
  readonly heldSinceMs?: number;
  /** The room knows already that this takes longer, and why. */
  readonly told?: boolean;
  readonly waits?: boolean;
}

export type SessionState =
  | (Memory & { readonly phase: 'connecting'; readonly opening: Opening; readonly outage?: Outage })
  | (Memory & { readonly phase: 'open'; readonly openedAtMs: number; readonly rotation?: Rotation })
  /** The old socket is being closed and awaited: two at once are refused. */
  | (Memory & { readonly phase: 'closing'; readonly opening: Opening; readonly outage: Outage })
  /** No socket; the next try comes by timer. */
  | (Memory & { readonly phase: 'pausing'; readonly opening: Opening; readonly outage: Outage })
  /** The budget is over: one slow try after the other while somebody is there. */
  | (Memory & { readonly phase: 'waiting'; readonly opening: Opening; readonly outage: Outage })
  | (Memory & { readonly phase: 'closed'; readonly reason: string });

export type SessionEvent =
  | { readonly type: 'ready'; readonly lifetimeMs?: number }
  | { readonly type: 'handle'; readonly handle: string; readonly resumable: boolean }
  | { readonly type: 'go-away'; readonly timeLeftMs: number }
  /** The session, not only its connection, is about to end. */
  | { readonly type: 'limit'; readonly leftMs: number; readonly reason: string }
  /** The connection was set up for an earlier profile: another one, within so long. */
  | { readonly type: 'outdated'; readonly withinMs: number }
  /** Nobody speaks, no turn is open, no tool is in flight. */
  | { readonly type: 'quiet' }
  /** A watchdog wants another connection, now. */
  | { readonly type: 'unwell'; readonly reason: string }
  | { readonly type: 'closed'; readonly verdict: Verdict; readonly code: string; readonly message: string }
  | { readonly type: 'timer' }
  /** Somebody is in the room, or nobody is. */
  | { readonly type: 'company'; readonly present: boolean }
  | { readonly type: 'stop' };

export type SessionEffect =
  | { readonly type: 'connect'; readonly opening: Opening; readonly handle?: string }
  /** Close the socket and report `closed` when the service has answered. */
  | { readonly type: 'close-socket' }
  /** One timer: a new one takes the place of the old. `null` stops it. */
  | { readonly type: 'timer'; readonly delayMs: number | null }
  | {
      readonly type: 'tell';
      readonly state: ConnectionState;
      readonly restored?: 'resumed' | 'rebuilt' | 'none';
      readonly reason?: string;
    }
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly fatal: boolean }
  /** The connection is open: send what was held, after replaying the utterance if the end was not orderly. */
  | { readonly type: 'release'; readonly opening: Opening; readonly orderly: boolean };

export interface Transition {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}
