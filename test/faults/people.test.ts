// Two people in a real room, under every policy: who takes turns, speaks over another, mutes and leaves in mid-word is
// heard once, in order and under the right name, or learns that they are not.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Person } from '../../cli/person.js';
import { builtFile } from '../support/built.js';
import { startCall, type TestCall } from '../support/call.js';
import { type Fixture, readFixture } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { startSameAnswer } from '../support/short-answers.js';
import { wordsOf } from '../support/words.js';

type Policy = 'everyone' | 'floor' | 'push-to-talk' | 'one';

const FORWARD = /forward/;
const CARD = /\bof\b/;
const READING = /dashwood|leisure/;
/** The first words of the reading. */
const MID_WORD_MS = 2_100;

let livekit: LiveKitServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  await builtFile('src/audio/silero-thread-main.ts');
  [livekit, liveApi] = await Promise.all([startLivekitServer(), startSameAnswer('Yes.')]);
});

afterAll(async () => {
  await liveApi?.close();
  await livekit?.[Symbol.asyncDispose]();
});

interface Said {
  readonly identity: string;
  readonly text: string;
  readonly speakers?: readonly string[];
}

class Scene implements AsyncDisposable {
  readonly #call: TestCall;
  readonly #policy: Policy;
  readonly ben: Person;
  #seen = 0;

  private constructor(call: TestCall, ben: Person, policy: Policy) {
    this.#call = call;
    this.ben = ben;
    this.#policy = policy;
  }

  static async start(policy: Policy): Promise<Scene> {
    const listen = { policy, ...(policy === 'one' ? { participant: 'ana' } : {}) };
    const call = await startCall({ livekit, liveApi, profile: { listen } });
    const ben = await call.join('ben');
    for (const person of [call.person, ben]) {
      await person.waitFor(() => person.state() === 'listening', 15_000);
      if (policy !== 'one' || person !== ben) await person.waitFor(() => person.listenedTo, 15_000);
    }
    return new Scene(call, ben, policy);
  }

  get ana(): Person {
    return this.#call.person;
  }

  /** A sentence; `then` happens in mid-word, and the rest is not said. */
  async say(person: Person, name: Fixture, then?: () => unknown): Promise<void> {
    if (this.#policy === 'push-to-talk') await person.rpc('start_turn');
    const { samples, rate } = await readFixture(name);
    if (then) {
      const at = (MID_WORD_MS * rate) / 1_000;
      const begun = person.speak(samples.slice(0, at), rate);
      const rest = new AbortController();
      person.speak(samples.slice(at), rate, rest.signal).catch(() => {});
      await begun;
      await then();
      rest.abort(new Error('what follows is not said'));
      return;
    }
    await person.speak(samples, rate);
    if (this.#policy === 'push-to-talk') await person.rpc('end_turn');
  }

  /** What is captioned next, once it is there and has been answered. */
  async heard(
    isAll: (said: readonly Said[]) => boolean = (said) => said.length > 0,
  ): Promise<readonly Said[]> {
    const fresh = (): readonly Said[] => this.#captions().slice(this.#seen);
    await this.ana.waitFor(() => isAll(fresh()) && this.ana.state() === 'listening', 40_000);
    const said = fresh();
    this.#seen += said.length;
    return said;
  }

  #captions(): readonly Said[] {
    return this.ana
      .captions()
      .filter(({ final, complete, segmentId }) => final && complete && segmentId.includes('_user_'))
      .map(({ identity, text, speakers }) => ({
        identity,
        text: wordsOf(text).join(' '),
        ...(speakers ? { speakers } : {}),
      }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#call.close();
  }
}

/** Each sentence once, in this order: a sentence may be captioned in parts. */
function expectSaid(
  said: readonly Said[],
  sentences: readonly (readonly [identity: string, words: RegExp])[],
): void {
  const parts: { identity: string; text: string }[] = [];
  for (const { identity, text } of said) {
    const last = parts.at(-1);
    if (last?.identity === identity) last.text += ` ${text}`;
    else parts.push({ identity, text });
  }
  const shown = JSON.stringify(said);
  expect(
    parts.map(({ identity }) => identity),
    shown,
  ).toEqual(sentences.map(([identity]) => identity));
  for (const [index, [, words]] of sentences.entries()) expect(parts[index]?.text, shown).toMatch(words);
}

test.each(['everyone', 'floor', 'push-to-talk', 'one'] as const)('under %s', async (policy) => {
  await using scene = await Scene.start(policy);
  const { ana, ben } = scene;
  const isHeard = policy !== 'one';

  // One after the other.
  await scene.say(ana, 'goforward');
  expectSaid(await scene.heard(), [['ana', FORWARD]]);
  if (isHeard) {
    await scene.say(ben, 'card001');
    expectSaid(await scene.heard(), [['ben', CARD]]);
  } else await scene.say(ben, 'card001');

  // Over each other.
  if (policy === 'push-to-talk') {
    await ana.rpc('start_turn');
    await expect(ben.rpc('start_turn')).rejects.toMatchObject({ code: 409 });
    const [one, other] = await Promise.all([readFixture('card001'), readFixture('goforward')]);
    await Promise.all([ana.speak(one.samples, one.rate), ben.speak(other.samples, other.rate)]);
    await ana.rpc('end_turn');
    expectSaid(await scene.heard(), [['ana', CARD]]);
  } else {
    await Promise.all([scene.say(ana, 'ss0870'), scene.say(ben, 'goforward')]);
    if (policy === 'floor') {
      const said = await scene.heard((all) => all.some(({ identity }) => identity === 'ben'));
      const order =
        said[0]?.identity === 'ana'
          ? [['ana', READING] as const, ['ben', FORWARD] as const]
          : [['ben', FORWARD] as const, ['ana', READING] as const];
      expectSaid(said, order);
    } else if (policy === 'one') {
      expectSaid(await scene.heard(), [['ana', READING]]);
    } else {
      const said = await scene.heard();
      const names = new Set(said.flatMap(({ identity, speakers }) => speakers ?? [identity]));
      expect(names, JSON.stringify(said)).toEqual(new Set(['ana', 'ben']));
    }
  }

  // Muted in mid-word, and heard again afterwards.
  await scene.say(ana, 'ss0870', () => ana.microphone.mute());
  const cut = await scene.heard();
  expectSaid(cut, [['ana', READING]]);
  expect(cut.map(({ text }) => text).join(' ')).not.toMatch(/in his power/);
  ana.microphone.unmute();
  await ana.waitFor(() => ana.listenedTo, 15_000);
  await scene.say(ana, 'goforward');
  expectSaid(await scene.heard(), [['ana', FORWARD]]);

  // Gone in mid-word.
  await scene.say(ben, 'ss0870', () => ben.close());
  if (isHeard) expectSaid(await scene.heard(), [['ben', READING]]);
  await scene.say(ana, 'card001');
  expectSaid(await scene.heard(), [['ana', CARD]]);
});
