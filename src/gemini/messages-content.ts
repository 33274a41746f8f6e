// `serverContent`: what the model says, writes and thinks, and how its turn goes.
import { OUTPUT_RATE, pcmFromBase64, rateOfMimeType } from '../audio/pcm.js';
import type { JsonObject, ModelEvent } from '../session/port.js';
import { listOf, objectOf, textOf } from './messages-values.js';

/** Reasons of a turn's end that are none: all others tell what went wrong. */
const ORDINARY_ENDS = ['', 'TURN_COMPLETE_REASON_UNSPECIFIED', 'NEED_MORE_INPUT'];

/** Rates that audio can have; anything else is a broken message. */
const MIN_RATE = 8_000;
const MAX_RATE = 192_000;

/**
 * `interrupted`, before anything else of the message. It says that the answer was cut; audio in the same
 * message belongs to the cut answer, and the playout must know so before it gets that audio.
 */
export function interruption(content: JsonObject, events: ModelEvent[]): void {
  if (content.interrupted === true) events.push({ type: 'interrupted' });
}

/** What the person said. It stands before the answer to it. */
export function inputTranscripts(content: JsonObject, events: ModelEvent[]): void {
  // The low-latency guess first: the real one replaces it.
  inputTranscript(content.interimInputTranscription, true, events);
  inputTranscript(content.inputTranscription, false, events);
}

/** The answer: parts in their order, the words of the audio beside them, and what the answer rests on. */
export function answer(content: JsonObject, events: ModelEvent[]): void {
  for (const part of listOf(objectOf(content.modelTurn)?.parts)) modelPart(objectOf(part), events);
  outputTranscript(content.outputTranscription, events);
  const grounding = objectOf(content.groundingMetadata);
  if (grounding !== undefined) events.push({ type: 'grounding', metadata: grounding });
  const urls = objectOf(content.urlContextMetadata);
  if (urls !== undefined) events.push({ type: 'url-context', metadata: urls });
}

/**
 * How the turn goes on or ends. The status stands before turnComplete, because it decides what that
 * means: on a model that thinks on, the end of an utterance is not the end of the answer.
 */
export function turnEnd(content: JsonObject, events: ModelEvent[]): void {
  if (content.generationComplete === true) events.push({ type: 'generation-complete' });
  interactionStatus(content.interactionStatus, events);
  if (content.turnComplete !== true) return;
  const reason = textOf(content.turnCompleteReason);
  const waiting = content.waitingForInput;
  if (reason !== undefined && !ORDINARY_ENDS.includes(reason)) {
    const message = 'the service has broken off the answer or refused what it was asked';
    events.push({ type: 'error', code: reason, message, fatal: false });
  }
  events.push({
    type: 'turn-complete',
    ...(reason === undefined ? {} : { reason }),
    ...(typeof waiting === 'boolean' ? { waitingForInput: waiting } : {}),
  });
}

/** Documented inside serverContent, and shown beside toolCall as well. */
export function interactionStatus(value: unknown, events: ModelEvent[]): void {
  if (value === 'IDLE') events.push({ type: 'interaction', status: 'idle' });
  // Waiting for a tool's answer, the interaction goes on.
  else if (value === 'IN_PROGRESS' || value === 'REQUIRES_ACTION')
    events.push({ type: 'interaction', status: 'in-progress' });
}

function modelPart(part: JsonObject | undefined, events: ModelEvent[]): void {
  if (part === undefined) return;
  const text = textOf(part.text);
  if (text) events.push({ type: part.thought === true ? 'thought' : 'text', text });
  inlineAudio(objectOf(part.inlineData), events);
  const code = objectOf(part.executableCode);
  const source = textOf(code?.code);
  if (source !== undefined)
    events.push({ type: 'code', language: textOf(code?.language) ?? 'LANGUAGE_UNSPECIFIED', code: source });
  const result = objectOf(part.codeExecutionResult);
  if (result !== undefined) {
    const outcome = textOf(result.outcome) ?? 'OUTCOME_UNSPECIFIED';
    events.push({ type: 'code-result', outcome, output: textOf(result.output) ?? '' });
  }
}

/** PCM only: other media have no place in a voice track. A part without a type is audio, as Vertex AI may send it. */
function inlineAudio(inline: JsonObject | undefined, events: ModelEvent[]): void {
  const data = textOf(inline?.data);
  const mimeType = textOf(inline?.mimeType);
  if (!data || (mimeType !== undefined && !/^audio\/(pcm|l16)\b/i.test(mimeType))) return;
  const rate = rateOfMimeType(mimeType);
  const chunk = pcmFromBase64(data, rate >= MIN_RATE && rate <= MAX_RATE ? rate : OUTPUT_RATE);
  if (chunk.samples.length > 0) events.push({ type: 'audio', chunk });
}

function outputTranscript(value: unknown, events: ModelEvent[]): void {
  const transcript = objectOf(value);
  const text = textOf(transcript?.text) ?? '';
  const finished = transcript?.finished === true;
  if (text !== '' || finished) events.push({ type: 'output-transcript', text, finished });
}

function inputTranscript(value: unknown, interim: boolean, events: ModelEvent[]): void {
  const transcript = objectOf(value);
  const text = textOf(transcript?.text) ?? '';
  const finished = transcript?.finished === true;
  if (text === '' && !finished) return;
  const language = textOf(transcript?.languageCode);
  events.push({
    type: 'input-transcript',
    text,
    finished,
    interim,
    ...(language === undefined ? {} : { language }),
  });
}
