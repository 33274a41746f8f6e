// The connection's life as one pure function: transition(state, event) → the next state, and what is to be done.
import { onClosed } from './session-loss.js';
import {
  type Opening,
  type Outage,
  RESUME_BUDGET_MS,
  ROTATION_MARGIN_MS,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
  type Transition,
  WAITING_RETRY_MS,
} from './session-state-types.js';
import { connect, memoryOf, restoring, stay } from './session-steps.js';

export * from './session-state-types.js';

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
      return wantRotation(state, 'goAway', nowMs + Math.max(0, event.timeLeftMs - ROTATION_MARGIN_MS), nowMs);
    case 'limit':
      return wantRotation(state, event.reason, nowMs + Math.max(0, event.leftMs - ROTATION_MARGIN_MS), nowMs);
    case 'quiet':
      return state.phase === 'open' && state.rotation
        ? rotate(state, state.rotation.reason, true, nowMs)
        : stay(state);
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

function wantRotation(state: SessionState, reason: string, deadlineMs: number, nowMs: number): Transition {
  if (state.phase !== 'open') return stay(state);
  if (state.rotation && state.rotation.deadlineMs <= deadlineMs) return stay(state);
  return {
    state: { ...state, rotation: { reason, deadlineMs } },
    effects: [{ type: 'timer', delayMs: Math.max(0, deadlineMs - nowMs) }],
  };
}

function rotate(
  state: Extract<SessionState, { phase: 'open' }>,
  reason: string,
  orderly: boolean,
  nowMs: number,
): Transition {
  const outage: Outage = { sinceMs: nowMs, attempts: 0, orderly, reason };
  return {
    state: { ...memoryOf(state), phase: 'closing', opening: restoring(state), outage },
    effects: [
      { type: 'timer', delayMs: null },
      { type: 'tell', state: 'rotating', reason },
      { type: 'close-socket' },
    ],
  };
}

function onTimer(state: SessionState, nowMs: number): Transition {
  switch (state.phase) {
    case 'open':
      // The deadline of a rotation, or the connection's known lifetime.
      if (state.rotation && nowMs >= state.rotation.deadlineMs)
        return rotate(state, state.rotation.reason, false, nowMs);
      return state.rotation ? stay(state) : wantRotation(state, 'lifetime', nowMs + RESUME_BUDGET_MS, nowMs);
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
