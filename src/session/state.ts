// The states of the connection as one pure function: transition(state, event) → the next state and its effects.
import type { Verdict } from './close-reason.js';
import type { ConnectionState } from './port.js';

/** How a connection begins: a new session, a resumed one, or a new one that is sent the conversation's history. */
export type Opening = 'fresh' | 'resume' | 'rebuild';

export const RESUME_BUDGET_MS = 30_000;
export const FIRST_BACKOFF_MS = 1_000;
/** The same after an HTTP error at the upgrade: the session was not reached, and may be resumable by the third try. */
export const HTTP_BACKOFF_MS = 600;
/** The first handle of a session comes about 100 ms after its set-up; later than this none is expected. */
export const HANDLE_WITHIN_MS = 3_000;
export const LONGEST_BACKOFF_MS = 8_000;
/** The service refuses to resume an idle session at once after its socket was closed, and accepts it a second later. */
export const AFTER_CLOSE_MS = 1_000;
/** When the service reports for this long that the session is still in use, a new session is built. */
export const HELD_SESSION_MS = 8_000;
export const WAITING_RETRY_MS = 15_000;
export const QUOTA_RETRY_MS = 30_000;
const HTTP_TOO_MANY = '429';
/** This many upgrades in a row that are answered with 429 mean that the quota is used up. */
const QUOTA_TRIES = 3;
/** A connection that ends within this time of its set-up has not worked. */
export const STEADY_AFTER_MS = 5_000;
/** So many such losses in a row are followed by a connection at once: a service may end each that it accepts. */
export const QUICK_LOSSES = 5;
/** Time between our close and the moment at which the service would end the connection. */
export const ROTATION_MARGIN_MS = 2_000;

export interface Memory {
  /** The last handle that the service reported as resumable. */
  readonly handle: string | undefined;
  /** A session was open before: a loss is survived from then on, and the greeting is not repeated. */
  readonly began: boolean;
  /** No person is in the room: connections are not retried. */
  readonly isEmpty?: boolean;
  /** How many connections in a row were lost right after their set-up. */
  readonly quickLosses?: number;
}

/** The connection is to be replaced in the next pause of the conversation, at the latest at the deadline. */
export interface Rotation {
  readonly reason: string;
  readonly deadlineMs: number;
  /** The session, not only its connection, ends: a new one is built. */
  readonly rebuild?: boolean;
}

export interface Outage {
  readonly sinceMs: number;
  readonly attempts: number;
  /** We closed the connection between turns: no input is lost. */
  readonly orderly: boolean;
  readonly reason: string;
  /** When the service first answered a resume with an internal error; it may still hold the old socket. */
  readonly heldSinceMs?: number;
  /** Upgrades in a row that were answered with 429. */
  readonly overQuota?: number;
  /** The cause of the outage was reported to the room. */
  readonly isReported?: boolean;
  readonly waits?: boolean;
}

export type SessionState =
  | (Memory & { readonly phase: 'connecting'; readonly opening: Opening; readonly outage?: Outage })
  | (Memory & { readonly phase: 'open'; readonly openedAtMs: number; readonly rotation?: Rotation })
  /** The old socket is being closed and awaited: the service refuses two sockets of one session. */
  | (Memory & { readonly phase: 'closing'; readonly opening: Opening; readonly outage: Outage })
  /** No socket; the next attempt comes by timer. */
  | (Memory & { readonly phase: 'pausing'; readonly opening: Opening; readonly outage: Outage })
  /** The budget of the resumption is used up: one attempt per interval while a person is in the room. */
  | (Memory & {
      readonly phase: 'waiting';
      readonly opening: Opening;
      readonly outage: Outage;
      /** The time of the next attempt, if a person is in the room by then. */
      readonly retryAtMs: number;
    })
  | (Memory & { readonly phase: 'closed'; readonly reason: string });

export type SessionEvent =
  | { readonly type: 'ready'; readonly lifetimeMs?: number }
  | { readonly type: 'handle'; readonly handle: string; readonly resumable: boolean }
  | { readonly type: 'go-away'; readonly timeLeftMs: number }
  /** The session, not only its connection, is about to end. */
  | { readonly type: 'limit'; readonly leftMs: number; readonly reason: string }
  /** The connection was set up for an earlier profile and is to be replaced within this time. */
  | { readonly type: 'outdated'; readonly withinMs: number }
  /** A pause: nobody speaks, no turn is open, no tool call is in flight. */
  | { readonly type: 'quiet' }
  /** A watchdog has found the connection unhealthy: it is replaced at once. */
  | { readonly type: 'unhealthy'; readonly reason: string }
  | { readonly type: 'closed'; readonly verdict: Verdict; readonly code: string; readonly message: string }
  | { readonly type: 'timer' }
  /** Whether a person is in the room has changed. */
  | { readonly type: 'occupied'; readonly present: boolean }
  | { readonly type: 'stop' };

export type SessionEffect =
  | { readonly type: 'connect'; readonly opening: Opening; readonly handle?: string }
  /** Close the socket; the event `closed` follows when the service has answered. */
  | { readonly type: 'close-socket' }
  /** There is one timer: a new one replaces it, `null` stops it. */
  | { readonly type: 'timer'; readonly delayMs: number | null }
  | {
      readonly type: 'notify';
      readonly state: ConnectionState;
      readonly restored?: 'resumed' | 'rebuilt' | 'none';
      readonly reason?: string;
    }
  | { readonly type: 'error'; readonly code: string; readonly message: string; readonly fatal: boolean }
  /** The connection is open: replay the unanswered utterance if the end was not orderly, then send held inputs. */
  | { readonly type: 'release'; readonly opening: Opening; readonly orderly: boolean };

export interface Transition {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

export function initialTransition(handle?: string): Transition {
  const opening: Opening = handle === undefined ? 'fresh' : 'resume';
  return {
    state: { phase: 'connecting', opening, handle, began: false },
    effects: [{ type: 'notify', state: 'connecting' }, connect(opening, handle)],
  };
}

/** The first transition of a conversation that began in another process: its session is resumed or rebuilt. */
export function takeOverTransition(handle: string | undefined, nowMs: number): Transition {
  const memory: Memory = { handle, began: true };
  const opening = restoring(memory);
  const outage: Outage = { sinceMs: nowMs, attempts: 1, orderly: false, reason: 'taken over' };
  return {
    state: { ...memory, phase: 'connecting', opening, outage },
    effects: [{ type: 'notify', state: 'rotating', reason: outage.reason }, connect(opening, handle)],
  };
}

/** `jitter`: a number from 0 to 1 that spreads the retries of many calls. */
export function transition(
  state: SessionState,
  event: SessionEvent,
  nowMs: number,
  jitter = 0.5,
): Transition {
  if (state.phase === 'closed') return stay(state);
  switch (event.type) {
    case 'stop':
      return stop(state);
    case 'handle':
      return event.resumable && event.handle !== '' ? stay({ ...state, handle: event.handle }) : stay(state);
    case 'ready':
      return ready(state, event.lifetimeMs, nowMs);
    case 'go-away':
      return wantRotation(
        state,
        { reason: 'goAway', deadlineMs: deadlineOf(event.timeLeftMs, nowMs) },
        nowMs,
      );
    case 'limit':
      return nearEnd(state, event.reason, event.leftMs, nowMs);
    case 'outdated':
      return wantRotation(state, { reason: 'configure', deadlineMs: nowMs + event.withinMs }, nowMs);
    case 'quiet':
      return onQuiet(state, nowMs);
    case 'unhealthy':
      return state.phase === 'open' ? rotate(state, event.reason, false, nowMs) : stay(state);
    case 'timer':
      return onTimer(state, nowMs);
    case 'closed':
      return onClosed(state, event, nowMs, jitter);
    case 'occupied':
      return onOccupied(state, event.present, nowMs);
  }
}

function stop(state: SessionState): Transition {
  const effects: SessionEffect[] = [{ type: 'timer', delayMs: null }];
  if (state.phase === 'open' || state.phase === 'connecting') effects.push({ type: 'close-socket' });
  effects.push({ type: 'notify', state: 'closed' });
  return { state: { ...memoryOf(state), phase: 'closed', reason: 'stopped' }, effects };
}

function ready(state: SessionState, lifetimeMs: number | undefined, nowMs: number): Transition {
  if (state.phase !== 'connecting') return stay(state);
  const { opening, outage } = state;
  // A handle can be used once; the resumed session sends a new one.
  const next: SessionState = { ...memoryOf(state), began: true, phase: 'open', openedAtMs: nowMs };
  const restored = opening === 'resume' ? 'resumed' : opening === 'rebuild' ? 'rebuilt' : 'none';
  return {
    state: next,
    effects: [
      { type: 'timer', delayMs: lifetimeMs === undefined ? null : Math.max(0, lifetimeMs) },
      outage || opening === 'resume'
        ? { type: 'notify', state: 'open', restored, ...(outage ? { reason: outage.reason } : {}) }
        : { type: 'notify', state: 'open' },
      { type: 'release', opening, orderly: outage?.orderly ?? true },
    ],
  };
}

function onQuiet(state: SessionState, nowMs: number): Transition {
  if (state.phase !== 'open' || !state.rotation) return stay(state);
  const { rotation, handle, openedAtMs } = state;
  // A connection that has just opened is about to send its first handle.
  const expectsHandle = handle === undefined && !rotation.rebuild && nowMs - openedAtMs < HANDLE_WITHIN_MS;
  return expectsHandle ? stay(state) : rotate(state, rotation.reason, true, nowMs, rotation.rebuild);
}

/** The earliest deadline applies, and `rebuild` is never withdrawn. */
function wantRotation(state: SessionState, wish: Rotation, nowMs: number): Transition {
  if (state.phase !== 'open') return stay(state);
  const before = state.rotation;
  const rebuild = wish.rebuild === true || before?.rebuild === true;
  const first = before && before.deadlineMs <= wish.deadlineMs ? before : wish;
  return {
    state: { ...state, rotation: { ...first, ...(rebuild ? { rebuild } : {}) } },
    effects: first === before ? [] : [{ type: 'timer', delayMs: Math.max(0, first.deadlineMs - nowMs) }],
  };
}

/** The latest moment to replace a connection that the service ends in `leftMs`. */
function deadlineOf(leftMs: number, nowMs: number): number {
  return nowMs + Math.max(0, leftMs - ROTATION_MARGIN_MS);
}

/** Warns the room before the limit is reached; a new session follows in the next pause of the conversation. */
function nearEnd(state: SessionState, reason: string, leftMs: number, nowMs: number): Transition {
  if (state.phase !== 'open') return stay(state);
  const wanted = wantRotation(state, { reason, deadlineMs: deadlineOf(leftMs, nowMs), rebuild: true }, nowMs);
  return { state: wanted.state, effects: [...wanted.effects, { type: 'notify', state: 'open', reason }] };
}

function rotate(
  state: Extract<SessionState, { phase: 'open' }>,
  reason: string,
  orderly: boolean,
  nowMs: number,
  rebuild = false,
): Transition {
  const outage: Outage = { sinceMs: nowMs, attempts: 0, orderly, reason };
  const memory: Memory = rebuild ? fresh(state) : memoryOf(state);
  return {
    state: { ...memory, phase: 'closing', opening: restoring(memory), outage },
    effects: [
      { type: 'timer', delayMs: null },
      { type: 'notify', state: 'rotating', reason },
      { type: 'close-socket' },
    ],
  };
}

/** The timer is the deadline of a rotation, or the connection's known lifetime. */
function onOpenTimer(state: Extract<SessionState, { phase: 'open' }>, nowMs: number): Transition {
  const { rotation } = state;
  if (!rotation) {
    return wantRotation(state, { reason: 'lifetime', deadlineMs: nowMs + RESUME_BUDGET_MS }, nowMs);
  }
  // A timer may fire slightly before its time by performance.now().
  const leftMs = rotation.deadlineMs - nowMs;
  if (leftMs > 0) return { state, effects: [{ type: 'timer', delayMs: leftMs }] };
  return rotate(state, rotation.reason, false, nowMs, rotation.rebuild);
}

function onTimer(state: SessionState, nowMs: number): Transition {
  switch (state.phase) {
    case 'open':
      return onOpenTimer(state, nowMs);
    case 'pausing':
    case 'waiting': {
      const { opening, outage } = state;
      const attempt: Outage = { ...outage, attempts: outage.attempts + 1 };
      return {
        state: { ...memoryOf(state), phase: 'connecting', opening, outage: attempt },
        effects: [connect(opening, state.handle)],
      };
    }
    case 'connecting':
    case 'closing':
    case 'closed':
      return stay(state);
  }
}

/** Joins and leaves do not postpone the next attempt; an empty room stops the attempts at any time. */
function onOccupied(before: SessionState, present: boolean, nowMs: number): Transition {
  const wasEmpty = before.isEmpty === true;
  const { isEmpty: _, ...known } = before;
  const state: SessionState = present ? known : { ...known, isEmpty: true };
  if (state.phase !== 'waiting' || wasEmpty === !present) return stay(state);
  const delayMs = present ? Math.max(0, state.retryAtMs - nowMs) : null;
  return { state, effects: [{ type: 'timer', delayMs }] };
}

// Transitions at the end of a connection, by phase and verdict.

function onClosed(
  state: SessionState,
  event: Extract<SessionEvent, { type: 'closed' }>,
  nowMs: number,
  jitter: number,
): Transition {
  switch (state.phase) {
    case 'closing':
      return pause(state, state.opening, state.outage, AFTER_CLOSE_MS);
    case 'open':
      return onLoss(state, event, nowMs);
    case 'connecting':
      return onFailedAttempt(state, event, nowMs, jitter);
    case 'pausing':
    case 'waiting':
    case 'closed':
      return stay(state);
  }
}

function onLoss(
  state: Extract<SessionState, { phase: 'open' }>,
  event: Extract<SessionEvent, { type: 'closed' }>,
  nowMs: number,
): Transition {
  const reason = reasonOf(event);
  if (event.verdict === 'refusal') return refuse(state, event);
  const outage: Outage = { sinceMs: nowMs, attempts: 0, orderly: false, reason };
  if (event.verdict === 'quota') return overQuota(state, event, outage, nowMs);
  const isQuick = nowMs - state.openedAtMs < STEADY_AFTER_MS;
  const quickLosses = isQuick ? (state.quickLosses ?? 0) + 1 : 0;
  const known: Memory = isNewSession(event.verdict) ? fresh(state) : memoryOf(state);
  const memory: Memory = { ...known, quickLosses };
  const opening = restoring(memory);
  if (quickLosses > QUICK_LOSSES && event.verdict !== 'moved') {
    const delayMs = backoffMs(FIRST_BACKOFF_MS, quickLosses - QUICK_LOSSES);
    const paused = pause(memory, opening, outage, delayMs);
    return {
      state: paused.state,
      effects: [{ type: 'notify', state: 'rotating', reason }, ...paused.effects],
    };
  }
  const connecting: SessionState = {
    ...memory,
    phase: 'connecting',
    opening,
    outage: { ...outage, attempts: 1 },
  };
  return {
    state: connecting,
    effects: [
      { type: 'timer', delayMs: null },
      { type: 'notify', state: 'rotating', reason },
      connect(opening, memory.handle),
    ],
  };
}

function onFailedAttempt(
  state: Extract<SessionState, { phase: 'connecting' }>,
  event: Extract<SessionEvent, { type: 'closed' }>,
  nowMs: number,
  jitter: number,
): Transition {
  const before: Outage = state.outage ?? {
    sinceMs: nowMs,
    attempts: 1,
    orderly: true,
    reason: reasonOf(event),
  };
  if (event.verdict === 'refusal') return refuse(state, event);
  if (event.verdict === 'moved') return connectAnew(state, before, nowMs);
  if (event.verdict === 'quota')
    return state.began ? overQuota(state, event, before, nowMs) : refuse(state, event);
  const refusals = event.code === HTTP_TOO_MANY ? (before.overQuota ?? 0) + 1 : 0;
  // After a short burst of connections the second attempt succeeds; with a used-up quota it does not.
  if (refusals >= QUOTA_TRIES) return overQuota(state, event, { ...before, overQuota: refusals }, nowMs);
  let opening = state.opening;
  let handle = state.handle;
  let outage: Outage = { ...before, overQuota: refusals };
  let heldUntilMs = Number.POSITIVE_INFINITY;
  if (opening === 'resume') {
    const heldSinceMs = before.heldSinceMs ?? nowMs;
    const answeredByService = event.code === '1011';
    if (answeredByService) heldUntilMs = heldSinceMs + HELD_SESSION_MS;
    outage = answeredByService ? { ...outage, heldSinceMs } : withoutHeld(outage);
    const givenUp = answeredByService && nowMs - heldSinceMs >= HELD_SESSION_MS;
    if (event.verdict === 'handle-refused' || givenUp) {
      handle = undefined;
      opening = state.began ? 'rebuild' : 'fresh';
      // The network works: a new session can be opened at once.
      const memory: Memory = fresh(state);
      const attempts = outage.attempts + 1;
      const attempt: Outage = { ...withoutHeld(outage), orderly: false, attempts };
      return {
        state: { ...memory, phase: 'connecting', opening, outage: attempt },
        effects: [connect(opening, undefined)],
      };
    }
  }
  if (nowMs - outage.sinceMs >= RESUME_BUDGET_MS)
    return waitLong({ ...state, handle }, opening, outage, WAITING_RETRY_MS, event, nowMs);
  const firstMs = isHttp(event.code) ? HTTP_BACKOFF_MS : FIRST_BACKOFF_MS;
  // The last attempt comes when the time is over, not seconds later.
  const leftMs = Math.min(outage.sinceMs + RESUME_BUDGET_MS, heldUntilMs) - nowMs;
  const delayMs = Math.min(backoffMs(firstMs, outage.attempts) * (1 + jitter / 4), leftMs);
  if (state.began || outage.isReported)
    return pause({ ...memoryOf(state), handle }, opening, outage, delayMs);
  // No connection has succeeded yet: the room is sent the reason at once.
  const paused = pause({ ...memoryOf(state), handle }, opening, { ...outage, isReported: true }, delayMs);
  return { state: paused.state, effects: [errorOf(event, false), ...paused.effects] };
}

/** The session is not known where the next connection goes. */
function isNewSession(verdict: Verdict): boolean {
  return verdict === 'handle-refused' || verdict === 'moved';
}

/** By another access, which has a resumption budget of its own. */
function connectAnew(state: SessionState, before: Outage, nowMs: number): Transition {
  const memory = fresh(state);
  const opening = restoring(memory);
  const attempts = before.attempts + 1;
  const outage: Outage = { ...withoutHeld(before), sinceMs: nowMs, orderly: false, attempts, overQuota: 0 };
  return {
    state: { ...memory, phase: 'connecting', opening, outage },
    effects: [connect(opening, undefined)],
  };
}

function errorOf(event: { readonly code: string; readonly message: string }, fatal: boolean): SessionEffect {
  return { type: 'error', code: event.code, message: event.message, fatal };
}

function withoutHeld({ heldSinceMs: _, ...outage }: Outage): Outage {
  return outage;
}

function pause(memory: Memory, opening: Opening, outage: Outage, delayMs: number): Transition {
  return {
    state: { ...memoryOf(memory), phase: 'pausing', opening, outage },
    effects: [{ type: 'timer', delayMs }],
  };
}

/** Reports the outage once; later attempts are silent until one succeeds. */
function waitLong(
  state: SessionState,
  opening: Opening,
  outage: Outage,
  delayMs: number,
  event: { readonly code: string; readonly message: string },
  nowMs: number,
): Transition {
  const next: SessionState = {
    ...memoryOf(state),
    phase: 'waiting',
    opening,
    outage: { ...outage, isReported: true, waits: true },
    retryAtMs: nowMs + delayMs,
  };
  const effects: SessionEffect[] = [{ type: 'timer', delayMs: state.isEmpty ? null : delayMs }];
  if (!outage.isReported) effects.push(errorOf(event, false));
  if (!outage.waits) effects.push({ type: 'notify', state: 'waiting', reason: outage.reason });
  return { state: next, effects };
}

function overQuota(
  state: SessionState,
  event: Extract<SessionEvent, { type: 'closed' }>,
  outage: Outage,
  nowMs: number,
): Transition {
  return waitLong(state, restoring(state), outage, QUOTA_RETRY_MS, event, nowMs);
}

function refuse(state: SessionState, event: Extract<SessionEvent, { type: 'closed' }>): Transition {
  const reason = reasonOf(event);
  return {
    state: { ...memoryOf(state), phase: 'closed', reason },
    effects: [
      { type: 'timer', delayMs: null },
      errorOf(event, true),
      { type: 'notify', state: 'closed', reason },
    ],
  };
}

function reasonOf(event: { readonly code: string; readonly message: string }): string {
  return event.message === '' ? event.code : `${event.code} ${event.message}`;
}

/** Whether the code is an HTTP status; otherwise it is a WebSocket close code. */
function isHttp(code: string): boolean {
  return code.length === 3;
}

/** Pauses from 1 s: 1, 1, 2, 3, 5, 8, 8, … s. A resumption less than 1 s after a close is refused again. */
function backoffMs(firstMs: number, attempts: number): number {
  let [pauseMs, nextMs] = [firstMs, firstMs];
  for (let attempt = 1; attempt < attempts; attempt += 1) [pauseMs, nextMs] = [nextMs, pauseMs + nextMs];
  return Math.min(pauseMs, LONGEST_BACKOFF_MS);
}

// Steps that the transitions above share.

function stay(state: SessionState): Transition {
  return { state, effects: [] };
}

function connect(opening: Opening, handle: string | undefined): SessionEffect {
  return opening === 'resume' && handle !== undefined
    ? { type: 'connect', opening, handle }
    : { type: 'connect', opening: opening === 'resume' ? 'fresh' : opening };
}

function memoryOf({ handle, began, isEmpty, quickLosses }: Memory): Memory {
  return { handle, began, ...(isEmpty ? { isEmpty } : {}), ...(quickLosses ? { quickLosses } : {}) };
}

/** Drops the handle: its session cannot be resumed. */
function fresh(state: Memory): Memory {
  return { ...memoryOf(state), handle: undefined };
}

/** Resume with a handle, else rebuild. */
function restoring(memory: Memory): Opening {
  if (memory.handle !== undefined) return 'resume';
  return memory.began ? 'rebuild' : 'fresh';
}
