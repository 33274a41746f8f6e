// A recording as a scenario: what the service sent is sent again, at the same times after what the client sends.
import type { ConnectionFaultInput } from '../faults/schema.js';
import type { ScenarioInput } from '../scenario/schema.js';
import { isMessage, type RecordedMessage, type RecordingLine } from './file.js';

type Rule = NonNullable<ScenarioInput['rules']>[number];
type Condition = Rule['when'];

/** Rules that hold once each, in the order of the recording. Audio of the client is found again as speech that ends. */
export function scenarioOf(lines: readonly RecordingLine[]): ScenarioInput {
  const rules: Rule[] = [];
  let when: Condition = { setup: true };
  let sinceMs: number | undefined;
  let steps: Rule['do'] = [];
  const finish = () => {
    if (steps.length > 0) rules.push({ when, times: 1, afterMs: 0, do: steps });
    steps = [];
  };
  for (const entry of lines) {
    if (!isMessage(entry)) {
      const end = endOf(entry.close);
      if (end) steps.push({ wait: Math.max(0, entry.atMs - (sinceMs ?? entry.atMs)) }, { fault: end });
      continue;
    }
    const condition = entry.from === 'client' ? conditionOf(entry) : undefined;
    if (condition) {
      // Chunks of one stream are one input.
      if (when.speech && condition.speech && steps.length === 0) continue;
      if (condition.speech && when.speech && !endsTurn(steps)) continue;
      finish();
      when = condition;
      sinceMs = condition.speech ? undefined : entry.atMs;
    }
    if (entry.from === 'client') continue;
    if ('setupComplete' in entry.message || 'sessionResumptionUpdate' in entry.message) {
      sinceMs = entry.atMs;
      continue; // the server's own
    }
    const waitMs = sinceMs === undefined ? 0 : entry.atMs - sinceMs;
    if (waitMs > 0) steps.push({ wait: waitMs });
    steps.push({ message: entry.message });
    sinceMs = entry.atMs;
  }
  finish();
  return { name: 'replay', otherwise: 'silence', rules };
}

/** What the service did to the connection; undefined where the client has left (1005: no code was sent). */
function endOf({
  code,
  reason,
}: {
  readonly code: number;
  readonly reason: string;
}): ConnectionFaultInput | undefined {
  if (code === 1005) return undefined;
  return code === 1006 ? { fault: 'kill' } : { fault: 'close', code, reason };
}

const endsTurn = (steps: Rule['do']) => JSON.stringify(steps.at(-1) ?? {}).includes('"turnComplete":true');

/** What has to come again before the service goes on; undefined for what it does not answer. */
function conditionOf({ message }: RecordedMessage): Condition | undefined {
  if ('setup' in message) return { setup: true };
  const { realtimeInput } = message as { realtimeInput?: Record<string, unknown> };
  if (realtimeInput?.audio || realtimeInput?.mediaChunks) return { speech: true };
  const [kind] = Object.keys(realtimeInput ?? message);
  if (kind === undefined || kind === 'video' || kind === 'activityStart') return undefined;
  if (kind === 'activityEnd' || kind === 'audioStreamEnd') return { speech: true };
  return { received: `"${kind}"` };
}
