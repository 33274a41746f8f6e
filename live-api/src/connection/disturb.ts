// Executes a fault on one connection.
import type { Clock } from '../clock/clock.js';
import type { ConnectionFault } from '../faults/schema.js';
import type { Dialogue } from '../session/dialogue.js';
import { say } from '../session/plan.js';
import { VOICE_RATE } from '../speech/port.js';
import { closeOf } from '../wire/known-closes.js';
import { messages } from '../wire/messages.js';
import { refusals } from '../wire/refusal.js';
import type { Outgoing } from './outgoing.js';

/** The parts of a connection that faults need. */
export interface Disturbed {
  readonly clock: Clock;
  readonly outgoing: Outgoing;
  /** Undefined until the setup is complete. */
  readonly dialogue: Dialogue | undefined;
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
  const { outgoing, dialogue } = target;
  const scheduler = dialogue?.scheduler;
  switch (fault.fault) {
    case 'kill':
      target.kill();
      return;
    case 'close':
      {
        const { code, message } = closeOf(fault);
        target.close(code, message);
      }
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
    case 'reorder':
    case 'late-transcripts':
    case 'split-transcripts':
    case 'drop':
    case 'delay':
    case 'text-parts':
    case 'double-calls':
      outgoing.apply(fault);
      return;
    case 'swallow':
      dialogue?.swallow(fault.input, fault.count);
      return;
    case 'no-answer':
      dialogue?.answerNothing(fault.turn, fault.count);
      return;
    case 'cancel-calls':
      scheduler?.cancelCalls();
      return;
    case 'interrupted':
      if (fault.turn !== 'goes-on' && scheduler?.busy) scheduler.cut({ alone: fault.turn === 'ends-alone' });
      else outgoing.send(messages.interrupted());
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
