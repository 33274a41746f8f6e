// What a session of the local Live API has been sent of a microphone, frame by frame.
import { createHash } from 'node:crypto';
import type { LiveApiServer, LiveApiSession } from '@gemini-room-agent/live-api';
import { INPUT_RATE, isVoiced, joinSamples } from '../../src/audio/pcm.js';

export interface SentAudio {
  /** Since the connection was opened. */
  readonly atMs: number;
  /** 16 kHz mono. */
  readonly samples: Int16Array;
}

interface RealtimeInput {
  readonly audio?: { readonly data: string };
  readonly audioStreamEnd?: boolean;
}

/** Samples whose loudest stays below this are a pause. */
const QUIET_PEAK = 200;

export function sessionOf(liveApi: LiveApiServer): LiveApiSession {
  const session = liveApi.sessions.at(-1);
  if (!session) throw new Error('no session was opened');
  return session;
}

type HeardInput = SentAudio | { readonly atMs: number; readonly end: true };

/** Frames of audio and the ends of the stream, in order. */
export function audioInputs(session: Pick<LiveApiSession, 'frames'>): HeardInput[] {
  return session.frames.flatMap(({ from, atMs, message }): HeardInput[] => {
    const input = message.realtimeInput as RealtimeInput | undefined;
    if (from !== 'client' || !input) return [];
    if (input.audioStreamEnd) return [{ atMs, end: true }];
    return input.audio ? [{ atMs, samples: samplesOf(input.audio.data) }] : [];
  });
}

/** Audio that was sent after a moment of the session. */
export function audioSince(session: LiveApiSession, atMs: number): SentAudio[] {
  return audioInputs(session).filter((input): input is SentAudio => 'samples' in input && input.atMs >= atMs);
}

/** When the stream was said to have ended, since the connection was opened. */
export function streamEnds(session: LiveApiSession): number[] {
  return audioInputs(session).flatMap((input) => ('end' in input ? [input.atMs] : []));
}

/** Collects a digest of each frame of speech that a server's sessions are sent, as `CallProcess.voiced` tells them of the microphone. */
export class VoicedFrames {
  readonly #taken = new Map<string, number>();

  /** Those since the last time, in order. A server forgets sessions that ended long ago: ask now and then. */
  take(liveApi: LiveApiServer): string[] {
    return liveApi.sessions.flatMap((session) => {
      const audio = audioInputs(session);
      const fresh = audio.slice(this.#taken.get(session.id) ?? 0);
      this.#taken.set(session.id, audio.length);
      return fresh.flatMap((input) => ('samples' in input && isSpeech(input) ? [digestOf(input)] : []));
    });
  }
}

function isSpeech({ samples }: SentAudio): boolean {
  return isVoiced({ samples, rate: INPUT_RATE });
}

function digestOf({ samples }: SentAudio): string {
  return createHash('sha1').update(samples).digest('base64');
}

export function joined(audio: readonly SentAudio[]): Int16Array {
  return joinSamples(audio.map(({ samples }) => samples));
}

export function isQuiet({ samples }: SentAudio): boolean {
  return samples.every((sample) => Math.abs(sample) < QUIET_PEAK);
}

function samplesOf(base64: string): Int16Array {
  const bytes = Buffer.from(base64, 'base64');
  const samples = new Int16Array(bytes.length >> 1);
  for (let index = 0; index < samples.length; index++) samples[index] = bytes.readInt16LE(index * 2);
  return samples;
}
