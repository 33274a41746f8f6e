// Hundreds of rotations in one call while a person talks: no word is lost or said twice, and memory stays flat.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Person } from '../../cli/person.js';
import type { Caption } from '../../cli/received-messages.js';
import { startCallProcess } from '../support/call-process.js';
import { readFixture } from '../support/fixtures.js';
import { VoicedFrames } from '../support/heard-by-model.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startSameAnswer } from '../support/short-answers.js';
import { leastSquares } from '../support/slope.js';
import { personToken } from '../support/tokens.js';
import { wordsOf } from '../support/words.js';

const ROTATIONS = Number(process.env.SOAK_ROTATIONS ?? 200);
/** Before this many, pools and caches still fill. */
const WARM_UP = Math.min(50, Math.floor(ROTATIONS / 4));
/** Of the captions. */
const MISHEARD_AT_MOST = 0.02;
/** Growth a rotation that noise can make of none: two standard errors, or the least that would matter in a call of days. */
const NOISE = { errors: 2, heapKb: 0.1, rssKb: 1 };
const SAID = ['go', 'forward', 'ten', 'meters'];

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startSameAnswer('Yes.')]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

test(`${ROTATIONS} rotations: every word is heard exactly once, memory does not grow`, async () => {
  const clip = await readFixture('goforward');
  const room = 'soak';
  await using person = new Person({ keepSamples: false });
  await person.connect(livekit.url, await personToken({ identity: 'ana', room }));
  await using call = await startCallProcess({ livekit, liveApiUrl: liveApi.url, room });
  await person.waitFor(() => person.state() === 'listening', 15_000);
  const spoken: string[] = [];
  const heard: string[] = [];
  const frames = new VoicedFrames();
  const heapMb: number[] = [];
  const rssMb: number[] = [];
  for (let rotation = 0; rotation < ROTATIONS; rotation += 1) {
    // At a different moment of the utterance each time, also between utterances.
    const goAwayAfterMs = (rotation * 397) % 4_000;
    const timer = setTimeout(() => liveApi.faults.goAway({ timeLeftMs: 50_000, end: false }), goAwayAfterMs);
    await person.speak(clip.samples, clip.rate);
    await person.waitFor(() => finals(person).length > rotation, 30_000);
    await person.waitFor(() => restored(person) > rotation, 30_000);
    clearTimeout(timer);
    spoken.push(...(await call.voiced()));
    heard.push(...frames.take(liveApi));
    if (rotation >= WARM_UP) {
      const { heapUsed, rss } = await call.memory();
      heapMb.push(heapUsed / 2 ** 20);
      rssMb.push(rss / 2 ** 20);
    }
  }
  const heap = leastSquares(heapMb);
  const rss = leastSquares(rssMb);
  const captions = finals(person);
  const odd = captions.filter(({ text }) => wordsOf(text).join(' ') !== SAID.join(' '));
  console.log(`${spoken.length} frames of speech from the microphone, ${heard.length} to the model`);
  console.log(`${captions.length} captions, misheard: ${odd.map(({ text }) => text).join(' / ') || 'none'}`);
  console.log(`heap ${tell(heap)}; RSS ${tell(rss)} (the agent's process)`);
  // Not a frame is lost, sent twice or out of order.
  expect(spoken.length).toBeGreaterThan(ROTATIONS * 50);
  expect(heard).toEqual(spoken);
  expect(captions).toHaveLength(ROTATIONS);
  for (const { text } of captions) expect(repeated(text)).toEqual([]);
  // The way to the agent may blur a word on a busy machine, rotation or none: the model was sent what came.
  expect(odd.length).toBeLessThanOrEqual(MISHEARD_AT_MOST * ROTATIONS);
  expect(heap.slope * 1024).toBeLessThan(Math.max(NOISE.heapKb, NOISE.errors * heap.error * 1024));
  expect(rss.slope * 1024).toBeLessThan(Math.max(NOISE.rssKb, NOISE.errors * rss.error * 1024));
});

function repeated(text: string): string[] {
  const words = wordsOf(text);
  return SAID.filter((word) => words.filter((each) => each === word).length > 1);
}

function finals(person: Person): Caption[] {
  return person.captions().filter(({ final, segmentId }) => final && segmentId.includes('_user_'));
}

function restored(person: Person): number {
  return person.events().filter((event) => event.type === 'session' && event.restored === 'resumed').length;
}

function tell({ slope, error, mean }: { slope: number; error: number; mean: number }): string {
  return `${mean.toFixed(1)} MB, ${(slope * 1024).toFixed(2)} ± ${(error * 1024).toFixed(2)} KB a rotation`;
}
