// The connection's life as one pure function: transition(state, event) → the next state, and what is to be done.
import { onClosed } from './loss.js';
import {
  HANDLE_WITHIN_MS,
  type Memory,
  type Opening,
  type Outage,
  RESUME_BUDGET_MS,
  ROTATION_MARGIN_MS,
  type Rotation,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
  type Transition,
  WAITING_RETRY_MS,
} from './state-types.js';
import { connect, memoryOf, restoring, stay } from './steps.js';

export * from './state-types.js';

export function initialTransition(handle?: string): Transition {
  const opening: Opening = handle === undefined ? 'fresh' : 'resume';
  return {
    state: { phase: 'connecting', opening, handle, began: false },
    effects: [{ type: 'tell', state: 'connecting' }, connect(opening, handle)],
  };
}

/** `jitter`: a number from 0 to 1 that spreads retries of many calls apart. */
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
    case 'unwell':
      return state.phase === 'open' ? rotate(state, event.reason, false, nowMs) : stay(state);
    case 'timer':
      return onTimer(state, nowMs);
    case 'closed':
      return onClosed(state, event, nowMs, jitter);
    case 'company':
      return onCompany(state, event.present);
  }
}

function stop(state: SessionState): Transition {
  const effects: SessionEffect[] = [{ type: 'timer', delayMs: null }];
  if (state.phase === 'open' || state.phase === 'connecting') effects.push({ type: 'close-socket' });
  effects.push({ type: 'tell', state: 'closed' });
  return { state: { ...memoryOf(state), phase: 'closed', reason: 'stopped' }, effects };
}

function ready(state: SessionState, lifetimeMs: number | undefined, nowMs: number): Transition {
  if (state.phase !== 'connecting') return stay(state);
  const { opening, outage } = state;
  // A handle that was used is spent; the new session sends its own.
  const next: SessionState = { ...memoryOf(state), began: true, phase: 'open', openedAtMs: nowMs };
  const restored = opening === 'resume' ? 'resumed' : opening === 'rebuild' ? 'rebuilt' : 'none';
  return {
    state: next,
    effects: [
      { type: 'timer', delayMs: lifetimeMs === undefined ? null : Math.max(0, lifetimeMs) },
      outage || opening === 'resume'
        ? { type: 'tell', state: 'open', restored, ...(outage ? { reason: outage.reason } : {}) }
        : { type: 'tell', state: 'open' },
      { type: 'release', opening, orderly: outage?.orderly ?? true },
    ],
  };
}

function onQuiet(state: SessionState, nowMs: number): Transition {
  if (state.phase !== 'open' || !state.rotation) return stay(state);
  const { rotation, handle, openedAtMs } = state;
  // A connection that has just opened is about to say how it can be taken up.
  const expectsHandle = handle === undefined && !rotation.rebuild && nowMs - openedAtMs < HANDLE_WITHIN_MS;
  return expectsHandle ? stay(state) : rotate(state, rotation.reason, true, nowMs, rotation.rebuild);
}

/** The earliest deadline counts, and a session at its end stays one. */
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

/** The last moment for a change that the service makes in `leftMs`. */
function deadlineOf(leftMs: number, nowMs: number): number {
  return nowMs + Math.max(0, leftMs - ROTATION_MARGIN_MS);
}

/** The room is told before the limit strikes; then a new session takes over at the next quiet moment. */
function nearEnd(state: SessionState, reason: string, leftMs: number, nowMs: number): Transition {
  if (state.phase !== 'open') return stay(state);
  const wanted = wantRotation(state, { reason, deadlineMs: deadlineOf(leftMs, nowMs), rebuild: true }, nowMs);
  return { state: wanted.state, effects: [...wanted.effects, { type: 'tell', state: 'open', reason }] };
}

function rotate(
  state: Extract<SessionState, { phase: 'open' }>,
  reason: string,
  orderly: boolean,
  nowMs: number,
  rebuild = false,
): Transition {
  const outage: Outage = { sinceMs: nowMs, attempts: 0, orderly, reason };
  const memory: Memory = rebuild ? { handle: undefined, began: true } : memoryOf(state);
  return {
    state: { ...memory, phase: 'closing', opening: restoring(memory), outage },
    effects: [
      { type: 'timer', delayMs: null },
      { type: 'tell', state: 'rotating', reason },
      { type: 'close-socket' },
    ],
  };
}

/** The deadline of a rotation, or the connection's known lifetime. */
function onOpenTimer(state: Extract<SessionState, { phase: 'open' }>, nowMs: number): Transition {
  const { rotation } = state;
  if (!rotation) {
    return wantRotation(state, { reason: 'lifetime', deadlineMs: nowMs + RESUME_BUDGET_MS }, nowMs);
  }
  // A timer may fire a little early by this clock.
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

function onCompany(state: SessionState, present: boolean): Transition {
  if (state.phase !== 'waiting') return stay(state);
  return { state, effects: [{ type: 'timer', delayMs: present ? WAITING_RETRY_MS : null }] };
}
