// Maps a message of the service to events. Pure; never throws: values that it cannot read are ignored.

import type { JsonObject, ModelEvent, ToolCall } from '../session/port.js';
import { answer, inputTranscripts, interactionStatus, interruption, turnEnd } from './messages-content.js';
import { usage } from './messages-usage.js';
import { countOf, durationMsOf, labelOf, listOf, objectOf, problemOf, textOf } from './messages-values.js';

const EMPTY: JsonObject = {};
/** Above any handle that the service gives, which have some hundred characters. */
const MAX_HANDLE_CHARS = 16 * 1024;

/**
 * The events of one message, in the order in which they are to be handled.
 *
 * A message may carry several fields. Their events have the order in which the service sends them one by one:
 * the start of speech, the interruption that it causes, the transcript of the person, the end of speech, the
 * answer, tool calls, the end of generation and of the turn, and last usage and announcements. A message without
 * a known field gives no events.
 */
export function mapServerMessage(message: unknown): ModelEvent[] {
  const events: ModelEvent[] = [];
  const body = objectOf(message);
  if (body === undefined) return events;
  const content = objectOf(body.serverContent) ?? EMPTY;
  const activity = activityOf(body);

  // Before the interruption: an activity that starts after it would mark the output that follows as a new answer's.
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
 * The Gemini API has `type` where the SDK's types have `voiceActivityType`. Vertex AI also sends the older
 * voiceActivityDetectionSignal when it is requested; of two in one message the newer one is used, which has the offset.
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
    const name = labelOf(call?.name);
    // A call without a name cannot be run. Vertex AI may omit the id: the session gives the call one.
    if (name) calls.push({ id: labelOf(call?.id) ?? '', name, ...argsOf(call?.args) });
  }
  if (calls.length > 0) events.push({ type: 'tool-calls', calls });
}

/** Arguments that cannot be written as JSON are left out; the call is answered nevertheless. */
function argsOf(value: unknown): Pick<ToolCall, 'args' | 'refused'> {
  const args = objectOf(value) ?? {};
  const problem = problemOf(args);
  return problem === undefined ? { args } : { args: {}, refused: `the arguments ${problem}` };
}

function toolCancellation(value: unknown, events: ModelEvent[]): void {
  const ids = listOf(objectOf(value)?.ids)
    .map(labelOf)
    .filter((id) => id !== undefined);
  if (ids.length > 0) events.push({ type: 'tool-cancelled', ids });
}

function resumption(value: unknown, events: ModelEvent[]): void {
  const update = objectOf(value);
  if (update === undefined) return;
  const given = textOf(update.newHandle) ?? '';
  // It is kept, encrypted and handed over with the call.
  const handle = given.length > MAX_HANDLE_CHARS ? '' : given;
  events.push({ type: 'resumption', handle, resumable: update.resumable === true && handle !== '' });
}

function goAway(value: unknown, events: ModelEvent[]): void {
  const notice = objectOf(value);
  // An unreadable timeLeft counts as 0: the connection may end at once.
  if (notice !== undefined) events.push({ type: 'go-away', timeLeftMs: durationMsOf(notice.timeLeft) ?? 0 });
}

/** Google's error object, as proxies send it; the service itself closes the socket with a reason. */
function failure(value: unknown, events: ModelEvent[]): void {
  const error = objectOf(value);
  if (error === undefined) return;
  const code = labelOf(error.status) ?? String(countOf(error.code) ?? 'UNKNOWN');
  events.push({ type: 'error', code, message: labelOf(error.message) ?? 'no message', fatal: false });
}
