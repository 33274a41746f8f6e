// A spoken turn and an interruption against the timeline that was measured on the real gemini-3.8-live.
import { Modality } from '@google/genai';
import { expect, it } from 'vitest';
import { type LiveApiServer, type LiveApiSession, startLiveApi } from '../../src/index.js';
import { briefAnswerer } from '../support/brief-answerer.js';
import { modelDir, readClip } from '../support/clips.js';
import { openMicrophone } from '../support/microphone.js';
import { connectSdk, isTurnComplete } from '../support/sdk-client.js';
import { fitting } from '../support/slowness.js';

interface Interval {
  readonly name: string;
  readonly measuredMs: readonly [number, number];
  readonly hereMs: number;
}

const LOUD = 600;

/** When the first and the last loud chunk of the microphone came in, from the frame at `from` on. */
function speechBounds(session: LiveApiSession, from: number): { onsetMs: number; endMs: number } {
  const loud = session.frames.slice(from).filter(({ message }) => {
    const data = /"data":"([^"]+)"/.exec(JSON.stringify(message))?.[1];
    if (!('realtimeInput' in message) || !data) return false;
    const bytes = Buffer.from(data, 'base64');
    for (let at = 0; at < bytes.length; at += 2) if (Math.abs(bytes.readInt16LE(at)) > LOUD) return true;
    return false;
  });
  return { onsetMs: loud[0]?.atMs ?? Number.NaN, endMs: loud.at(-1)?.atMs ?? Number.NaN };
}

/** When the server sent messages with this field of serverContent, or at the top. */
function times(session: LiveApiSession, key: string, from: 'client' | 'server' = 'server'): number[] {
  return session.frames
    .filter((frame) => frame.from === from)
    .filter(({ message }) => key in message || key in ((message.serverContent ?? {}) as object))
    .map(({ atMs }) => atMs);
}

/** Within a quarter, or 100 ms, of what was measured; more only by as much as the machine is slow. */
const fits = ({ measuredMs: [low, high], hereMs }: Interval, slowness: number) =>
  hereMs >= low - Math.max(low * 0.25, 100) * slowness &&
  hereMs <= high + Math.max(high * 0.25, 100) * slowness;

/** One conversation: a spoken turn that is answered, and an answer that is cut short by speech. */
async function converse(server: LiveApiServer): Promise<readonly Interval[]> {
  await using client = await connectSdk(server.url, {
    config: {
      responseModalities: [Modality.AUDIO],
      inputAudioTranscription: {},
      outputAudioTranscription: {},
    },
  });
  const session = await server.waitForSession();
  await client.waitFor((message) => message.sessionResumptionUpdate !== undefined);
  const clip = await readClip('goforward.wav');
  const microphone = openMicrophone(client.session, 16_000, 100);

  await microphone.say(clip);
  await client.waitFor(isTurnComplete);
  const utterance = speechBounds(session, 0);
  const sentUntil = session.frames.length;
  const from = client.received.length;
  client.session.sendRealtimeInput({ text: 'now something long, please' });
  await client.waitFor((message) => message.data !== undefined, from);
  await microphone.say(clip);
  await client.waitFor((message) => message.serverContent?.interrupted === true);
  await client.waitFor(isTurnComplete, from);
  await session.waitForSent((message) => 'usageMetadata' in message && !('serverContent' in message));
  microphone.stop();
  const second = speechBounds(session, sentUntil);

  const [setupMs = Number.NaN] = times(session, 'setup', 'client');
  const [completeMs = Number.NaN] = times(session, 'setupComplete');
  const [resumableMs = Number.NaN] = times(session, 'sessionResumptionUpdate');
  const [startMs = Number.NaN, activityEndMs = Number.NaN] = times(session, 'voiceActivity');
  const [transcriptMs = Number.NaN] = times(session, 'inputTranscription');
  const [turnMs = Number.NaN, cutMs = Number.NaN] = times(session, 'turnComplete');
  const [generatedMs = Number.NaN] = times(session, 'generationComplete');
  const audio = session.frames.slice(0, sentUntil).flatMap(({ message, atMs }) => {
    const text = JSON.stringify(message);
    const data = /"data":"([^"]+)"/.exec(text)?.[1];
    return text.includes('modelTurn') && data ? [{ atMs, ms: Buffer.from(data, 'base64').length / 48 }] : [];
  });
  const firstAudioMs = audio[0]?.atMs ?? Number.NaN;
  const lastAudioMs = audio.at(-1)?.atMs ?? Number.NaN;
  const playedMs = audio.reduce((sum, { ms }) => sum + ms, 0);
  const beforeLastMs = playedMs - (audio.at(-1)?.ms ?? 0);
  const [interruptedMs = Number.NaN] = times(session, 'interrupted');
  const activityBeforeCutMs =
    times(session, 'voiceActivity').findLast((atMs) => atMs <= interruptedMs) ?? Number.NaN;

  expect(audio[0]?.ms).toBe(100);
  return [
    { name: 'setup to setupComplete', measuredMs: [260, 260], hereMs: completeMs - setupMs },
    { name: 'setupComplete to resumption update', measuredMs: [110, 120], hereMs: resumableMs - completeMs },
    {
      name: 'onset of speech to ACTIVITY_START',
      measuredMs: [140, 260],
      hereMs: startMs - utterance.onsetMs,
    },
    {
      name: 'end of speech to ACTIVITY_END',
      measuredMs: [1137, 1300],
      hereMs: activityEndMs - utterance.endMs,
    },
    { name: 'input transcript to ACTIVITY_END', measuredMs: [0, 1], hereMs: activityEndMs - transcriptMs },
    { name: 'ACTIVITY_END to first audio', measuredMs: [0, 600], hereMs: firstAudioMs - activityEndMs },
    {
      name: 'first to last chunk, of a quarter of the audio',
      measuredMs: [beforeLastMs / 4.3, beforeLastMs / 4],
      hereMs: lastAudioMs - firstAudioMs,
    },
    { name: 'last chunk to generationComplete', measuredMs: [0, 30], hereMs: generatedMs - lastAudioMs },
    {
      name: 'first audio to turnComplete, less the audio',
      measuredMs: [2, 9],
      hereMs: turnMs - firstAudioMs - playedMs,
    },
    {
      name: 'onset of barge-in to ACTIVITY_START',
      measuredMs: [140, 260],
      hereMs: activityBeforeCutMs - second.onsetMs,
    },
    {
      name: 'ACTIVITY_START to interrupted',
      measuredMs: [0, 1],
      hereMs: interruptedMs - activityBeforeCutMs,
    },
    { name: 'interrupted to turnComplete', measuredMs: [3, 36], hereMs: cutMs - interruptedMs },
  ];
}

it('keeps the times of the real service', async () => {
  await using server = await startLiveApi({ modelDir, answerer: briefAnswerer() });
  const { result, slowness } = await fitting(
    () => converse(server),
    (intervals, slow) => intervals.every((interval) => fits(interval, slow)),
  );
  const table = result.map((interval) => ({
    interval: interval.name,
    'measured ms': interval.measuredMs.map(Math.round).join(' to '),
    'here ms': Math.round(interval.hereMs),
    fits: fits(interval, slowness),
  }));
  console.table(table);
  console.log(`on a machine ${slowness.toFixed(1)} times as slow as it could be`);
  expect(table.filter(({ fits: good }) => !good)).toEqual([]);
});
