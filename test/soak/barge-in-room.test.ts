// Local barge-in in a real room: `npm run soak -- barge-in-room`. From the onset of speech to silence at the listener,
// beside a loop that falls silent at the first loud frame; and the agent's voice fed back into the microphone.
import { randomUUID } from 'node:crypto';
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { type AudioFrame, AudioStream, type RemoteTrack, RoomEvent, TrackKind } from '@livekit/rtc-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Person } from '../../cli/person.js';
import { levelOf } from '../../src/audio/pcm.js';
import { LiveKitVoice } from '../../src/room/livekit-voice.js';
import { startCall } from '../support/call.js';
import { upsampled } from '../support/echo-room.js';
import { readFixture } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { MODEL_DIR } from '../support/model-dir.js';
import { agentToken, personToken } from '../support/tokens.js';
import { silence, sine } from '../support/tone.js';

const ARRIVES_MS = 20_000;
const ONSETS = Number(process.env.SOAK_ONSETS ?? 20);
const RATE = 16_000;
const LOUD = 300;

let livekit: LiveKitServer;

beforeAll(async () => {
  livekit = await startLivekitServer();
});

afterAll(() => livekit?.[Symbol.asyncDispose]());

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** From its first loud sample on. */
async function speech(): Promise<Int16Array> {
  const { samples } = await readFixture('goforward');
  const from = samples.findIndex((sample) => Math.abs(sample) > 1_000);
  return samples.slice(from, from + RATE);
}

/** A person speaks; returns when the voice that they hear has fallen silent, in ms from the onset. */
async function untilSilent(person: Person, samples: Int16Array): Promise<number> {
  const spoken = person.speak(samples, RATE);
  const onsetMs = Date.now();
  const silentAt = (): number | undefined => {
    const heard = person.heard();
    const envelope = heard.envelope();
    const from = Math.floor((onsetMs - (heard.startedAtMs ?? 0)) / 10);
    // Longer than the pauses between the words of the voice.
    for (let at = Math.max(0, from); at + 40 <= envelope.length; at += 1) {
      if (envelope.subarray(at, at + 40).every((level) => level < LOUD))
        return (heard.startedAtMs ?? 0) + at * 10 - onsetMs;
    }
    return undefined;
  };
  const ms = await person.waitFor(silentAt, ARRIVES_MS);
  await spoken;
  return ms;
}

/** Falls silent at the first loud frame: what no detection can be faster than. */
async function bareLoop(samples: Int16Array): Promise<number[]> {
  const room = `bare-${randomUUID().slice(0, 8)}`;
  const agent = new Person({ microphone: false });
  const person = new Person();
  await agent.connect(livekit.url, await agentToken({ identity: 'agent-gemini', room }));
  const voice = await LiveKitVoice.publish(agent.room.localParticipant as never);
  let playing = false;
  const tone = sine(440, 20_000, 24_000);
  const play = async (): Promise<void> => {
    playing = true;
    for (let at = 0; playing && at + 480 <= tone.length; at += 480)
      await voice.capture(tone.slice(at, at + 480));
  };
  agent.room.on(RoomEvent.TrackSubscribed, async (track: RemoteTrack) => {
    if (track.kind !== TrackKind.KIND_AUDIO) return;
    const stream = new AudioStream(track, { sampleRate: RATE, numChannels: 1, frameSizeMs: 20 });
    for await (const frame of stream as AsyncIterable<AudioFrame>) {
      if (!playing || levelOf({ samples: frame.data, rate: RATE }) < 90) continue;
      playing = false;
      voice.clear();
    }
  });
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  await person.microphone.waitForListener();
  const results: number[] = [];
  for (let onset = 0; onset < ONSETS; onset += 1) {
    await person.speak(silence(300, RATE), RATE);
    const before = Date.now();
    const playedOut = play();
    await person.waitFor((ana) => ana.heard('agent-gemini').soundMsSince(before) > 600, ARRIVES_MS);
    results.push(await untilSilent(person, samples));
    await playedOut;
  }
  await Promise.all([person.close(), agent.close()]);
  return results;
}

test('onset of speech to silence at the listener: at most 150 ms over the bare loop', async () => {
  const samples = await speech();
  const bare = await bareLoop(samples);
  const liveApi: LiveApiServer = await startLiveApi({
    modelDir: MODEL_DIR,
    // One sentence, without pauses.
    scenario: {
      rules: [{ when: { text: '.' }, do: [{ say: `And so ${'it went on and on and '.repeat(20)} ended.` }] }],
    },
  });
  const call = await startCall({ livekit, liveApi, profile: { listen: { bargeIn: 'local' } } });
  const { person } = call;
  await person.waitFor((ana) => ana.state() === 'listening', ARRIVES_MS);
  // The service hears nothing: the local detection alone holds.
  liveApi.faults.apply({ fault: 'swallow', input: 'speech', count: 10_000 });
  const local: number[] = [];
  for (let onset = 0; onset < ONSETS; onset += 1) {
    const before = Date.now();
    await person.sendChat('story');
    await person.waitFor((ana) => ana.heard().soundMsSince(before) > (onset === 0 ? 4_000 : 700), ARRIVES_MS);
    local.push(await untilSilent(person, samples));
    const ended = (): boolean =>
      person.events().filter((each) => each.type === 'turn' && each.phase === 'interrupted').length > onset;
    await person.waitFor(ended, ARRIVES_MS);
    await person.speak(silence(500, RATE), RATE);
  }
  await call.close();
  await liveApi.close();
  console.log(`bare loop: ${median(bare)} ms (${[...bare].sort((a, b) => a - b).join(' ')})`);
  console.log(`local: ${median(local)} ms (${[...local].sort((a, b) => a - b).join(' ')})`);
  expect(median(local) - median(bare)).toBeLessThanOrEqual(150);
});

/** About 25 s. */
const STORY = 'Once upon a time there was a house at the edge of a wood, and in it lived a fox. '.repeat(5);

test.each([
  [20, -6],
  [150, -12],
  [300, -6],
])(
  'the voice that comes back after %d ms at %d dB does not stop it, a person over it does',
  async (delayMs, gainDb) => {
    const liveApi = await startLiveApi({
      modelDir: MODEL_DIR,
      scenario: { rules: [{ when: { text: '.' }, do: [{ say: STORY }] }] },
    });
    const call = await startCall({
      livekit,
      liveApi,
      microphone: false,
      profile: { listen: { bargeIn: 'local' } },
    });
    const { person } = call;
    await person.waitFor((ana) => ana.state() === 'listening', ARRIVES_MS);
    // The service would interrupt by itself.
    liveApi.faults.apply({ fault: 'swallow', input: 'speech', count: 10_000 });
    const room = await loudspeaker(person, delayMs, gainDb);
    const turns = (phase: string): number =>
      person.events().filter((each) => each.type === 'turn' && each.phase === phase).length;
    await person.sendChat('story');
    await person.waitFor(() => turns('completed') + turns('interrupted') > 0, 60_000);
    expect(turns('interrupted')).toBe(0);
    const before = Date.now();
    await person.sendChat('story');
    await person.waitFor((ana) => ana.heard().soundMsSince(before) > 8_000, ARRIVES_MS);
    const spokeMs = performance.now();
    room.speak(upsampled((await readFixture('ss0870')).samples));
    await person.waitFor(() => turns('completed') > 1 || turns('interrupted') > 0, 60_000);
    console.log(
      `${delayMs} ms, ${gainDb} dB: stopped ${Math.round(performance.now() - spokeMs)} ms after the person began`,
    );
    room.close();
    expect(turns('interrupted')).toBe(1);
    await call.close();
    await liveApi.close();
  },
);

/** What a person hears comes back into their microphone, late and softer, beside what they say. */
async function loudspeaker(person: Person, delayMs: number, gainDb: number) {
  const gain = 10 ** (gainDb / 20);
  const microphone = await LiveKitVoice.publish(person.room.localParticipant as never);
  let capturing = Promise.resolve();
  const capture = (samples: Int16Array): void => {
    capturing = capturing.then(() => microphone.capture(samples)).catch(() => {});
  };
  // Its queue is filled ahead by as much as the echo is late.
  for (let at = 0; at < delayMs; at += 20) capture(new Int16Array(480));
  let said: Int16Array = new Int16Array();
  const close = person.on((event) => {
    if (event.type !== 'sound') return;
    const { samples } = event;
    capture(
      samples.map((sample, at) => Math.max(-32_768, Math.min(32_767, sample * gain + (said[at] ?? 0)))),
    );
    said = said.subarray(samples.length);
  });
  return {
    close,
    speak: (samples: Int16Array): void => {
      said = samples;
    },
  };
}
