// What follows the end of a connection, by its phase and by what the end means. Pure.
import {
  AFTER_CLOSE_MS,
  FIRST_BACKOFF_MS,
  HELD_SESSION_MS,
  HTTP_BACKOFF_MS,
  LONGEST_BACKOFF_MS,
  type Memory,
  type Opening,
  type Outage,
  QUOTA_RETRY_MS,
  RESUME_BUDGET_MS,
  type SessionEffect,
  type SessionEvent,
  type SessionState,
  type Transition,
  WAITING_RETRY_MS,
} from './state-types.js';
import { connect, memoryOf, restoring, stay } from './steps.js';

export function onClosed(
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
  if (event.verdict === 'quota') return overQuota(state, event, outage);
  const memory: Memory =
    event.verdict === 'handle-refused' ? { handle: undefined, began: true } : memoryOf(state);
  const opening = restoring(memory);
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
      { type: 'tell', state: 'rotating', reason },
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
  if (event.verdict === 'quota') return state.began ? overQuota(state, event, before) : refuse(state, event);
  let opening = state.opening;
  let handle = state.handle;
  let outage = before;
  if (opening === 'resume') {
    const heldSinceMs = before.heldSinceMs ?? nowMs;
    const answeredByService = event.code === '1011';
    outage = answeredByService ? { ...before, heldSinceMs } : withoutHeld(before);
    const givenUp = answeredByService && nowMs - heldSinceMs >= HELD_SESSION_MS;
    if (event.verdict === 'handle-refused' || givenUp) {
      handle = undefined;
      opening = state.began ? 'rebuild' : 'fresh';
      // Nothing wrong with the line: a new session can be had at once.
      const memory: Memory = { handle, began: state.began };
      const attempts = outage.attempts + 1;
      const attempt: Outage = { ...withoutHeld(outage), orderly: false, attempts };
      return {
        state: { ...memory, phase: 'connecting', opening, outage: attempt },
        effects: [connect(opening, undefined)],
      };
    }
  }
  if (nowMs - outage.sinceMs >= RESUME_BUDGET_MS)
    return waitLong(state, opening, outage, WAITING_RETRY_MS, event);
  const firstMs = isHttp(event.code) ? HTTP_BACKOFF_MS : FIRST_BACKOFF_MS;
  const delayMs = backoffMs(firstMs, outage.attempts) * (1 + jitter / 4);
  if (state.began || outage.told) return pause({ ...memoryOf(state), handle }, opening, outage, delayMs);
  // Nothing has worked yet, so that somebody who waits in the room is told at once.
  const paused = pause({ ...memoryOf(state), handle }, opening, { ...outage, told: true }, delayMs);
  return { state: paused.state, effects: [errorOf(event, false), ...paused.effects] };
}

function errorOf(event: { readonly code: string; readonly message: string }, fatal: boolean): SessionEffect {
  return { type: 'error', code: event.code, message: event.message, fatal };
}

function withoutHeld({ heldSinceMs: _, ...outage }: Outage): Outage {
  return outage;
}

function pause(memory: Memory, opening: Opening, outage: Outage, delayMs: number): Transition {
  return {
    state: { handle: memory.handle, began: memory.began, phase: 'pausing', opening, outage },
    effects: [{ type: 'timer', delayMs }],
  };
}

/** Told once; what follows are quiet tries until one succeeds. */
function waitLong(
  state: SessionState,
  opening: Opening,
  outage: Outage,
  delayMs: number,
  event: { readonly code: string; readonly message: string },
): Transition {
  const next: SessionState = {
    ...memoryOf(state),
    phase: 'waiting',
    opening,
    outage: { ...outage, told: true, waits: true },
  };
  const effects: SessionEffect[] = [{ type: 'timer', delayMs }];
  if (!outage.told) effects.push(errorOf(event, false));
  if (!outage.waits) effects.push({ type: 'tell', state: 'waiting', reason: outage.reason });
  return { state: next, effects };
}

function overQuota(
  state: SessionState,
  event: Extract<SessionEvent, { type: 'closed' }>,
  outage: Outage,
): Transition {
  return waitLong(state, restoring(state), outage, QUOTA_RETRY_MS, event);
}

function refuse(state: SessionState, event: Extract<SessionEvent, { type: 'closed' }>): Transition {
  const reason = reasonOf(event);
  return {
    state: { ...memoryOf(state), phase: 'closed', reason },
    effects: [
      { type: 'timer', delayMs: null },
      errorOf(event, true),
      { type: 'tell', state: 'closed', reason },
    ],
  };
}

function reasonOf(event: { readonly code: string; readonly message: string }): string {
  return event.message === '' ? event.code : `${event.code} ${event.message}`;
}

/** An HTTP status, where others are WebSocket close codes. */
function isHttp(code: string): boolean {
  return code.length === 3;
}

/** From 1 s: 1, 1, 2, 3, 5, 8, 8, … s, each pause as long as the two before it. No less after a close, or an idle session is refused again. */
function backoffMs(firstMs: number, attempts: number): number {
  let [pauseMs, nextMs] = [firstMs, firstMs];
  for (let attempt = 1; attempt < attempts; attempt += 1) [pauseMs, nextMs] = [nextMs, pauseMs + nextMs];
  return Math.min(pauseMs, LONGEST_BACKOFF_MS);
}
