// The service's messages as events. Pure, and it never throws: what it cannot read is left out.

import type { JsonObject, ModelEvent, ToolCall } from '../session/port.js';
import { answer, inputTranscripts, interactionStatus, interruption, turnEnd } from './messages-content.js';
import { usage } from './messages-usage.js';
import { countOf, durationMsOf, listOf, objectOf, textOf } from './messages-values.js';

const EMPTY: JsonObject = {};

/**
 * Everything that one message tells, in the order in which it is to be acted on.
 *
 * A message may carry several things at once; their order is the one that the service keeps when it sends
 * them one by one: speech starts, then the interruption that it causes; the words of the person, then the
 * end of his speech; the answer; calls of functions; the end of generation and of the turn; and last what
 * is only counted or announced. A message without anything known gives no events.
 */
export function mapServerMessage(message: unknown): ModelEvent[] {
  const events: ModelEvent[] = [];
  const body = objectOf(message);
  if (body === undefined) return events;
  const content = objectOf(body.serverContent) ?? EMPTY;
  const activity = activityOf(body);

  // A new activity opens the gate that an interruption closes, so it has to come first.
  if (activity?.phase === 'started') events.push(activity);
  interruption(content, events);
  inputTranscripts(content, events);
  if (activity?.phase === 'ended') events.push(activity);
  answer(content, events);
  interactionStatus(body.interactionStatus, events);
  toolCalls(body.toolCall, events);
  toolCancellation(body.toolCallCancellation, events);
  turnEnd(content, events);
  resumption(body.sessionResumptionUpdate, events);
  goAway(body.goAway, events);
  usage(body.usageMetadata, events);
  failure(body.error, events);
  return events;
}

type Activity = Extract<ModelEvent, { type: 'activity' }>;

/**
 * The Gemini API says `type` where the SDK's types say `voiceActivityType`. Vertex AI sends the older signal
 * beside it when asked to; of two that stand in one message the newer one is told, which has the offset.
 */
function activityOf(body: JsonObject): Activity | undefined {
  const voice = objectOf(body.voiceActivity);
  const phase =
    phaseOf(voice?.type) ??
    phaseOf(voice?.voiceActivityType) ??
    phaseOf(objectOf(body.voiceActivityDetectionSignal)?.vadSignalType);
  if (phase === undefined) return undefined;
  const offsetMs = durationMsOf(voice?.audioOffset);
  return { type: 'activity', phase, ...(offsetMs === undefined ? {} : { offsetMs }) };
}

function phaseOf(value: unknown): Activity['phase'] | undefined {
  if (value === 'ACTIVITY_START' || value === 'VAD_SIGNAL_TYPE_SOS') return 'started';
  return value === 'ACTIVITY_END' || value === 'VAD_SIGNAL_TYPE_EOS' ? 'ended' : undefined;
}

function toolCalls(value: unknown, events: ModelEvent[]): void {
  const calls: ToolCall[] = [];
  for (const entry of listOf(objectOf(value)?.functionCalls)) {
    const call = objectOf(entry);
    const name = textOf(call?.name);
    // Nobody could run a call without a name. Vertex AI may leave out the id: the session, which knows the other calls, gives it one.
    if (name) calls.push({ id: textOf(call?.id) ?? '', name, args: objectOf(call?.args) ?? {} });
  }
  if (calls.length > 0) events.push({ type: 'tool-calls', calls });
}

function toolCancellation(value: unknown, events: ModelEvent[]): void {
  const ids = listOf(objectOf(value)?.ids).filter((id): id is string => typeof id === 'string');
  if (ids.length > 0) events.push({ type: 'tool-cancelled', ids });
}

function resumption(value: unknown, events: ModelEvent[]): void {
  const update = objectOf(value);
  if (update === undefined) return;
  const handle = textOf(update.newHandle) ?? '';
  events.push({ type: 'resumption', handle, resumable: update.resumable === true && handle !== '' });
}

function goAway(value: unknown, events: ModelEvent[]): void {
  const notice = objectOf(value);
  // Without a time that can be read there may be none left.
  if (notice !== undefined) events.push({ type: 'go-away', timeLeftMs: durationMsOf(notice.timeLeft) ?? 0 });
}

/** The service closes with a reason instead; proxies in front of it send Google's error object. */
function failure(value: unknown, events: ModelEvent[]): void {
  const error = objectOf(value);
  if (error === undefined) return;
  const code = textOf(error.status) ?? String(countOf(error.code) ?? 'UNKNOWN');
  events.push({ type: 'error', code, message: textOf(error.message) ?? 'no message', fatal: false });
}
