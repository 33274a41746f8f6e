// A recording as a scenario: what the service sent is sent again, at the same times after what the client sends.
import type { ConnectionFaultInput } from '../faults/schema.js';
import type { ScenarioInput } from '../scenario/schema.js';
import { isMessage, type RecordedMessage, type RecordingLine } from './file.js';

type Rule = NonNullable<ScenarioInput['rules']>[number];
type Condition = Rule['when'];
type Json = Readonly<Record<string, unknown>>;

/** As often as connections come. */
const ALL = 10_000;
const UNANSWERED = new Set(['video', 'activityStart', 'contextUpdate']);
const COMPLETE = '^\\{"clientContent".*"turnComplete":true';

/**
 * Rules that hold once each, in the order of the recording, also for inputs without an answer: the next ones would be
 * taken for them. Speech of the client is found again by the server's own detector.
 */
export function scenarioOf(lines: readonly RecordingLine[]): ScenarioInput {
  const refusal = refusalIn(lines);
  if (refusal) return { name: 'replay', connections: [{ fault: 'refuse-setup', ...refusal, count: ALL }] };
  const rules = new Rules();
  for (const entry of lines) {
    if (!isMessage(entry)) rules.end(entry);
    else if (entry.from === 'client') rules.input(inCamelCase(entry));
    else rules.output(entry);
  }
  return { name: 'replay', otherwise: 'silence', transcripts: 'none', rules: rules.finish() };
}

/** How the service refused the setup, where it did. */
function refusalIn(lines: readonly RecordingLine[]): { code: number; reason: string } | undefined {
  if (lines.some((entry) => isMessage(entry) && entry.from === 'server')) return undefined;
  const end = lines.find((entry) => !isMessage(entry));
  return end && 'close' in end && ![1000, 1005, 1006].includes(end.close.code) ? end.close : undefined;
}

class Rules {
  readonly #rules: Rule[] = [];
  #when: Condition = { setup: true };
  #steps: Rule['do'] = [];
  /** From when the time of the next message counts; undefined: from the end of the client's speech. */
  #sinceMs: number | undefined;
  /** The client waits for an answer of the service. */
  #asked = false;
  /** The words of the rule's speech came before its turn was over; on older models they may come later. */
  #transcribed = false;
  /** Sound of the client came since the last turn. */
  #sound = false;

  input({ message, atMs }: RecordedMessage): void {
    const { realtimeInput } = message as { realtimeInput?: Json };
    if (realtimeInput?.audio || realtimeInput?.mediaChunks) {
      this.#sound = true;
      return;
    }
    const condition = conditionOf(message);
    if (condition) this.#begin(condition, atMs, !('setup' in message));
  }

  output({ message, atMs }: RecordedMessage): void {
    if ('setupComplete' in message || 'sessionResumptionUpdate' in message) {
      this.#sinceMs = atMs;
      return; // the server's own
    }
    if ('voiceActivity' in message || 'voiceActivityDetectionSignal' in message) return; // its detector's
    if (this.#answersSpeech(message)) this.#begin({ speech: true }, undefined, true);
    const waitMs = this.#sinceMs === undefined ? 0 : atMs - this.#sinceMs;
    if (waitMs > 0) this.#steps.push({ wait: waitMs });
    this.#steps.push({ message });
    const content = contentOf(message);
    // They come while somebody speaks, and the rule begins when that is over.
    this.#sinceMs = content.interimInputTranscription ? undefined : atMs;
    if (content.inputTranscription && this.#asked) this.#transcribed = true;
    if (content.turnComplete !== true) return;
    this.#asked = false;
    this.#sound = false;
  }

  end({ atMs, close }: Extract<RecordingLine, { close: unknown }>): void {
    const fault = endOf(close);
    if (fault) this.#steps.push({ wait: Math.max(0, atMs - (this.#sinceMs ?? atMs)) }, { fault });
  }

  finish(): Rule[] {
    // What was spoken without an effect may have been noise.
    if (this.#steps.length > 0 || this.#when.received !== undefined)
      this.#rules.push({ when: this.#when, times: 1, afterMs: 0, do: this.#steps });
    this.#steps = [];
    return this.#rules;
  }

  #begin(when: Condition, sinceMs: number | undefined, asked: boolean): void {
    this.finish();
    this.#when = when;
    this.#sinceMs = sinceMs;
    this.#asked = asked;
    this.#transcribed = false;
    this.#sound = false;
  }

  /** Whether the message is the first of the service to something spoken. */
  #answersSpeech(message: Json): boolean {
    if (!this.#sound) return false;
    const content = contentOf(message);
    if (content.inputTranscription || content.interimInputTranscription)
      return !this.#when.speech || (!this.#asked && this.#transcribed);
    return !this.#asked && Boolean(content.modelTurn || content.outputTranscription || message.toolCall);
  }
}

const contentOf = (message: Json) => (message.serverContent ?? {}) as Json;

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

/** What has to come again before the service goes on; undefined for what it does not answer. */
function conditionOf(message: Json): Condition | undefined {
  if ('setup' in message) return { setup: true };
  const { realtimeInput } = message as { realtimeInput?: Json };
  const [kind] = Object.keys(realtimeInput ?? message);
  if (kind === undefined || UNANSWERED.has(kind)) return undefined;
  if (kind === 'activityEnd' || kind === 'audioStreamEnd') return { speech: true };
  // Content that is only to be remembered has no answer, and is no input that one waits for.
  const { clientContent } = message as { clientContent?: Json };
  if (clientContent) return clientContent.turnComplete === true ? { received: COMPLETE } : undefined;
  return { received: `^\\{"${realtimeInput ? 'realtimeInput":\\{"' : ''}${kind}"` };
}

/** Python writes client_content and media_chunks. */
function inCamelCase(entry: RecordedMessage): RecordedMessage {
  const renamed = (value: unknown, depth: number): unknown =>
    depth > 0 && typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value).map(([name, field]) => [
            name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
            renamed(field, depth - 1),
          ]),
        )
      : value;
  return { ...entry, message: renamed(entry.message, 2) as Record<string, unknown> };
}
