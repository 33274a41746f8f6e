// Maps `serverContent`: the model's audio, text, thoughts and transcripts, and the course of its turn.
import { OUTPUT_RATE, pcmFromBase64, rateOfMimeType } from '../audio/pcm.js';
import type { JsonObject, ModelEvent, Stretch, TimedWord } from '../session/port.js';
import {
  durationMsOf,
  labelOf,
  listOf,
  MAX_TEXT_CHARS,
  objectOf,
  shortTextOf,
  smallObjectOf,
  textOf,
} from './messages-values.js';

/** Values of turnCompleteReason that are no error. */
const ORDINARY_ENDS = ['', 'TURN_COMPLETE_REASON_UNSPECIFIED', 'NEED_MORE_INPUT'];

/** Valid sample rates; the rate of a part with another one is ignored. A list, because each rate has its own resampler. */
const RATES: readonly number[] = [
  8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000,
];

/** More words than anybody says in one breath are not looked at. */
const MAX_WORDS = 2_000;

/** Programs and their results in one message: each is an event to everybody in the room. */
const MAX_CODE_PARTS = 32;

/**
 * `interrupted`, before the rest of the message: audio in the same message belongs to the interrupted answer and
 * would be played if the playout got it first.
 */
export function interruption(content: JsonObject, events: ModelEvent[]): void {
  if (content.interrupted === true) events.push({ type: 'interrupted' });
}

/** Transcripts of a person's speech, before the answer to it. */
export function inputTranscripts(content: JsonObject, events: ModelEvent[]): void {
  // The interim transcript first: the final one of the same message replaces it.
  inputTranscript(content.interimInputTranscription, true, events);
  inputTranscript(content.inputTranscription, false, events);
}

/** The answer: parts in their order, the transcript of the audio, and the sources. */
export function answer(content: JsonObject, events: ModelEvent[]): void {
  let codeParts = 0;
  for (const entry of listOf(objectOf(content.modelTurn)?.parts)) {
    const part = objectOf(entry);
    if (part === undefined) continue;
    modelPart(part, events);
    if (part.executableCode === undefined && part.codeExecutionResult === undefined) continue;
    codeParts += 1;
    if (codeParts <= MAX_CODE_PARTS) codePart(part, events);
  }
  outputTranscript(content.outputTranscription, events);
  const grounding = smallObjectOf(content.groundingMetadata);
  if (grounding !== undefined) events.push({ type: 'grounding', metadata: grounding });
  const urls = smallObjectOf(content.urlContextMetadata);
  if (urls !== undefined) events.push({ type: 'url-context', metadata: urls });
}

/**
 * Events that continue or end the turn. The interaction status comes before turnComplete because it decides whether
 * that ends the answer: a model that continues to think completes a turn several times in one answer.
 */
export function turnEnd(content: JsonObject, events: ModelEvent[]): void {
  if (content.generationComplete === true) events.push({ type: 'generation-complete' });
  interactionStatus(content.interactionStatus, events);
  if (content.turnComplete !== true) return;
  const reason = labelOf(content.turnCompleteReason);
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

/** interactionStatus, which is documented inside serverContent and was also observed beside toolCall. */
export function interactionStatus(value: unknown, events: ModelEvent[]): void {
  if (value === 'IDLE') events.push({ type: 'interaction', status: 'idle' });
  // REQUIRES_ACTION: the interaction waits for a tool result and is not over.
  else if (value === 'IN_PROGRESS' || value === 'REQUIRES_ACTION')
    events.push({ type: 'interaction', status: 'in-progress' });
}

function modelPart(part: JsonObject, events: ModelEvent[]): void {
  const text = shortTextOf(part.text);
  if (text) addText(part.thought === true ? 'thought' : 'text', text, events);
  inlineAudio(objectOf(part.inlineData), events);
}

/** Texts that follow each other are one: thousands in one message would be as many events to everybody in the room. */
function addText(type: 'thought' | 'text', text: string, events: ModelEvent[]): void {
  const last = events.at(-1);
  if (last?.type !== type) events.push({ type, text });
  else if (last.text.length + text.length <= MAX_TEXT_CHARS)
    events[events.length - 1] = { type, text: last.text + text };
}

function codePart(part: JsonObject, events: ModelEvent[]): void {
  const code = objectOf(part.executableCode);
  const source = shortTextOf(code?.code);
  if (source !== undefined)
    events.push({ type: 'code', language: labelOf(code?.language) ?? 'LANGUAGE_UNSPECIFIED', code: source });
  const result = objectOf(part.codeExecutionResult);
  if (result !== undefined) {
    const outcome = labelOf(result.outcome) ?? 'OUTCOME_UNSPECIFIED';
    events.push({ type: 'code-result', outcome, output: shortTextOf(result.output) ?? '' });
  }
}

/** PCM only: a voice track carries no other media. Vertex AI may send audio without a MIME type. */
function inlineAudio(inline: JsonObject | undefined, events: ModelEvent[]): void {
  const data = textOf(inline?.data);
  const mimeType = textOf(inline?.mimeType);
  if (!data || (mimeType !== undefined && !/^audio\/(pcm|l16)\b/i.test(mimeType))) return;
  const rate = rateOfMimeType(mimeType);
  const chunk = pcmFromBase64(data, RATES.includes(rate) ? rate : OUTPUT_RATE);
  if (chunk.samples.length > 0) events.push({ type: 'audio', chunk });
}

function outputTranscript(value: unknown, events: ModelEvent[]): void {
  const transcript = objectOf(value);
  const text = shortTextOf(transcript?.text) ?? '';
  const finished = transcript?.finished === true;
  if (text !== '' || finished) events.push({ type: 'output-transcript', text, finished });
}

function inputTranscript(value: unknown, interim: boolean, events: ModelEvent[]): void {
  const transcript = objectOf(value);
  const text = shortTextOf(transcript?.text) ?? '';
  const finished = transcript?.finished === true;
  if (text === '' && !finished) return;
  const language = labelOf(transcript?.languageCode);
  const stretch = stretchOf(transcript);
  const words = listOf(transcript?.words).slice(0, MAX_WORDS).map(wordOf);
  events.push({
    type: 'input-transcript',
    text,
    finished,
    interim,
    ...(language === undefined ? {} : { language }),
    ...(stretch === undefined ? {} : { stretch }),
    ...(words.length === 0 || words.includes(undefined) ? {} : { words: words as TimedWord[] }),
  });
}

function stretchOf(of: JsonObject | undefined): Stretch | undefined {
  const startMs = durationMsOf(of?.startOffset);
  const endMs = durationMsOf(of?.endOffset);
  return startMs === undefined || endMs === undefined || endMs < startMs ? undefined : { startMs, endMs };
}

function wordOf(value: unknown): TimedWord | undefined {
  const word = textOf(objectOf(value)?.word);
  const stretch = stretchOf(objectOf(value));
  return word === undefined || stretch === undefined ? undefined : { word, ...stretch };
}
