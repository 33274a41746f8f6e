// A spoken answer as the service sends it: a short first chunk, then larger ones, at four times real time.
import { base64Of, tone } from '../tone.js';

export const ANSWER_RATE = 24_000;
const ANSWER_HZ = 440;
const FIRST_CHUNK_MS = 100;
const CHUNK_MS = 320;
/** How much faster than it is spoken an answer is sent. */
const PACE = 4;

export interface AnswerFrame {
  /** After the first frame. */
  readonly atMs: number;
  readonly bytes: Buffer;
}

export interface Answer {
  readonly durationMs: number;
  readonly frames: readonly AnswerFrame[];
}

/** Everything is encoded beforehand, so that sending costs nothing but the send. */
export function prepareAnswer(durationMs: number): Answer {
  const samples = tone(ANSWER_HZ, durationMs, ANSWER_RATE);
  const frames: AnswerFrame[] = [];
  let fromMs = 0;
  while (fromMs < durationMs) {
    const toMs = Math.min(durationMs, fromMs + (fromMs === 0 ? FIRST_CHUNK_MS : CHUNK_MS));
    const atMs = fromMs / PACE;
    frames.push({ atMs, bytes: audioFrame(samples.slice(indexOf(fromMs), indexOf(toMs))) });
    // The words come beside the audio, a fragment a second or so.
    if (fromMs === 0 || Math.floor(fromMs / 1000) !== Math.floor(toMs / 1000)) {
      frames.push({ atMs, bytes: contentFrame({ outputTranscription: { text: 'words of an answer ' } }) });
    }
    fromMs = toMs;
  }
  frames.push({ atMs: frames.at(-1)?.atMs ?? 0, bytes: contentFrame({ generationComplete: true }) });
  return { durationMs, frames };
}

export function contentFrame(serverContent: object, beside: object = {}): Buffer {
  return Buffer.from(JSON.stringify({ serverContent, ...beside }));
}

function audioFrame(samples: Int16Array): Buffer {
  const inlineData = { mimeType: `audio/pcm;rate=${ANSWER_RATE}`, data: base64Of(samples) };
  return contentFrame({ modelTurn: { parts: [{ inlineData }] } });
}

function indexOf(ms: number): number {
  return Math.round((ms * ANSWER_RATE) / 1000);
}
