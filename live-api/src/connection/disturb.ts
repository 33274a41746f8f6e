// Carries out a fault on one connection.
import type { Clock } from '../clock/clock.js';
import type { ConnectionFault } from '../faults/schema.js';
import { say } from '../session/plan.js';
import type { TurnScheduler } from '../session/turn-scheduler.js';
import { VOICE_RATE } from '../speech/port.js';
import { messages } from '../wire/messages.js';
import { refusals } from '../wire/refusal.js';
import type { Outgoing } from './outgoing.js';

/** What a fault can get hold of. */
export interface Disturbed {
  readonly clock: Clock;
  readonly outgoing: Outgoing;
  /** Undefined until the setup is complete. */
  readonly scheduler: TurnScheduler | undefined;
  kill(): void;
  close(code: number, reason: string): void;
  /** Stops to read. */
  pause(): void;
  resume(): void;
}

/** Near-silence, not digital zero: one step of PCM16 up and down. */
function nearSilence(durationMs: number): Int16Array {
  return Int16Array.from({ length: Math.round((durationMs * VOICE_RATE) / 1000) }, (_, n) =>
    n % 2 === 0 ? 1 : -1,
  );
}

export function disturb(target: Disturbed, fault: ConnectionFault): void {
  const { outgoing, scheduler } = target;
  switch (fault.fault) {
    case 'kill':
      target.kill();
      return;
    case 'close':
      target.close(fault.code, fault.reason);
      return;
    case 'go-away':
      goAway(target, fault.timeLeftMs, fault.end);
      return;
    case 'freeze':
      target.pause();
      outgoing.freeze();
      if (fault.forMs !== undefined) target.clock.after(fault.forMs, () => thaw(target));
      return;
    case 'thaw':
      thaw(target);
      return;
    case 'slow':
      outgoing.slow(fault);
      return;
    case 'duplicate':
      outgoing.duplicate(fault.count);
      return;
    case 'reorder':
      outgoing.reorder(fault.count);
      return;
    case 'late-transcripts':
      outgoing.lateTranscripts(fault.delayMs);
      return;
    case 'double-calls':
      outgoing.doubleCalls(fault.count, fault.newIds);
      return;
    case 'cancel-calls':
      scheduler?.cancelCalls();
      return;
    case 'interrupted':
      outgoing.send(messages.interrupted());
      return;
    case 'empty-turn':
      scheduler?.answer({ steps: [] });
      return;
    case 'silent-turn':
      scheduler?.answer({ steps: [{ do: 'audio', samples: nearSilence(fault.durationMs) }] });
      return;
    case 'malformed':
      outgoing.sendFrame({ data: Buffer.from(fault.text) });
      return;
    case 'send':
      outgoing.send(fault.message);
      return;
    case 'say':
      scheduler?.answer(say(fault.text));
      return;
    case 'clear':
      outgoing.clear();
      return;
  }
}

function thaw({ outgoing, resume }: Disturbed): void {
  outgoing.thaw();
  resume();
}

function goAway(target: Disturbed, timeLeftMs: number, end: boolean): void {
  target.outgoing.send(messages.goAway(timeLeftMs));
  const { code, message } = refusals.deadline();
  if (end) target.clock.after(timeLeftMs, () => target.close(code, message));
}
