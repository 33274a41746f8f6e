// Speech over the voice in a real room: local barge-in beside the service's own detection, and a protected greeting.

import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import { joinSamples, pcmFromBase64 } from '../../src/audio/pcm.js';
import { startCall } from '../support/call.js';
import { readFixture } from '../support/fixtures.js';
import { sessionOf } from '../support/heard-by-model.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startShortAnswers } from '../support/short-answers.js';
import { envelopeOf, gaps, silence, soundMs } from '../support/tone.js';

const ARRIVES_MS = 20_000;
/** About 7 s. */
const WELCOME = 'Welcome to our house, we are very glad that you call us on this fine day. '.repeat(2);

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startShortAnswers()]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

const turns = (person: Person, phase: string) =>
  person.events().filter((each) => each.type === 'turn' && each.phase === phase);

test('speech over the voice ends the answer, and nothing of it is heard after that', async () => {
  await using call = await startCall({ livekit, liveApi, profile: { listen: { bargeIn: 'local' } } });
  const { person } = call;
  await person.waitFor((ana) => ana.state() === 'listening', ARRIVES_MS);
  await person.sendChat('story');
  // Until the microphone is known to have no echo.
  await person.waitFor((ana) => ana.heard().soundMs() > 2_000, ARRIVES_MS);
  const { samples, rate } = await readFixture('goforward');
  await person.speak(samples, rate);
  await person.waitFor((ana) => turns(ana, 'interrupted').length > 0, ARRIVES_MS);
  // The answer to what was said over the story.
  await person.waitFor((ana) => turns(ana, 'completed').length > 0, ARRIVES_MS);
  expect(turns(person, 'interrupted')).toMatchObject([{ turn: 1 }]);
  expect(call.logs.filter(({ level }) => level === 'warn')).toEqual([]);
});

test('after a sound as short as a cough the voice goes on where it stopped', async () => {
  await using deaf = await startShortAnswers();
  await using call = await startCall({
    livekit,
    liveApi: deaf,
    profile: { listen: { bargeIn: 'local' } },
  });
  const { person } = call;
  await person.waitFor((ana) => ana.state() === 'listening', ARRIVES_MS);
  // The service would interrupt: the local detection alone decides here.
  deaf.faults.apply({ fault: 'swallow', input: 'speech', count: 1_000 });
  await person.sendChat('story');
  await person.waitFor((ana) => ana.heard().soundMs() > 2_000, ARRIVES_MS);
  const { samples, rate } = await readFixture('goforward');
  const from = samples.findIndex((sample) => Math.abs(sample) > 3_000);
  await person.speak(joinSamples([samples.slice(from, from + rate * 0.3), silence(1_000, rate)]), rate);
  await person.waitFor((ana) => turns(ana, 'completed').length > 0, 40_000);
  expect(turns(person, 'interrupted')).toEqual([]);
  const heard = person.heard();
  expect(gaps(heard.samples(), 24_000, { minMs: 250 }).length).toBeGreaterThan(0);
  // Nothing of the answer is missing, and little is heard twice; what a busy machine conceals or repeats is let pass.
  const spokenMs = soundMs(envelopeOf(spokenBy(deaf), 24_000));
  expect(heard.soundMs()).toBeGreaterThan(0.95 * spokenMs);
  expect(heard.soundMs()).toBeLessThan(1.1 * spokenMs);
});

/** All that the service has sent, at 24 kHz. */
function spokenBy(service: LiveApiServer): Int16Array {
  const parts = sessionOf(service).frames.flatMap(({ from, message }) => {
    if (from !== 'server') return [];
    const { modelTurn } = (message.serverContent ?? {}) as {
      readonly modelTurn?: {
        readonly parts?: readonly { readonly inlineData?: { readonly data: string } }[];
      };
    };
    return modelTurn?.parts ?? [];
  });
  return joinSamples(
    parts.flatMap(({ inlineData }) => (inlineData ? [pcmFromBase64(inlineData.data, 24_000).samples] : [])),
  );
}

test('a protected greeting is heard to its end, and then what was said over it is answered', async () => {
  await using greets = await startLiveApi({
    speech: 'tones',
    pace: 'prompt',
    scenario: {
      rules: [
        { when: { text: '^greet$' }, do: [{ say: WELCOME }] },
        { when: { speech: true }, do: [{ say: 'Yes.' }] },
      ],
    },
  });
  await using call = await startCall({
    livekit,
    liveApi: greets,
    profile: { greeting: 'greet', listen: { bargeIn: 'local', protectGreeting: true } },
  });
  const { person } = call;
  await person.waitFor((ana) => ana.heard().soundMs() > 2_000, ARRIVES_MS);
  const { samples, rate } = await readFixture('goforward');
  await person.speak(samples, rate);
  await person.waitFor((ana) => turns(ana, 'completed').length === 2, ARRIVES_MS);
  expect(turns(person, 'interrupted')).toEqual([]);
  const [welcome, answer] = turns(person, 'completed') as unknown as { playedMs: number }[];
  expect(welcome?.playedMs).toBeGreaterThan(3_500);
  expect(answer?.playedMs).toBeGreaterThan(0);
});
