// A call beside which guests do what they can, and what it costs the one who only listens.
import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { type Slowness, watchSlowness } from '../../live-api/test/support/slowness.js';
import { Bystander, EndlessSpeech, type Toll, WORDS_BEFORE } from './bystander.js';
import { type CallProcess, startCallProcess } from './call-process.js';
import { joinEcho } from './guests.js';
import type { Peer } from './live-service.js';
import type { LiveKitServer } from './livekit-server.js';

const MB = 1024 * 1024;
const READY_MS = 20_000;
/** An answer of the agent may take as long as so many of one who does nothing else. */
const ECHOES = 4;
const CAUGHT_UP_MS = 30_000;
const WORDS_AFTER = 3;

export interface Allowance {
  /** By how much the service sends speech earlier than before: its words are read as much later. */
  readonly aheadMs?: number;
  /** How much more memory the process may have meanwhile. */
  readonly grownMb?: number;
}

const atMost = (bound: number) =>
  expect.toSatisfy((value: number) => value <= bound, `at most ${Math.round(bound)}`);

/** What a bystander may notice of others: nothing that they would call a disturbance. */
const unnoticed = ({ echoP95Ms }: Toll, slowness: Slowness, { aheadMs = 0, grownMb = 100 }: Allowance) => ({
  // At the source, where no decoder of a listener and no network is between.
  dryMs: atMost(100),
  // Where the machine itself is late, so are the listener's decoder and every message on it.
  silenceMs: atMost(100 * slowness.peak),
  captionLateMs: atMost(aheadMs + 500 * slowness.peak),
  eventsLost: 0,
  // The slowest of many grow faster than their mean. An answer of the agent, which has a voice to send meanwhile, goes
  // the same way as an echo by a process that does nothing else.
  getStateP95Ms: atMost(Math.max(100 * slowness.mean ** 2, ECHOES * echoP95Ms)),
  echoP95Ms: expect.any(Number),
  grownMb: atMost(grownMb),
  hasEnded: false,
});

export interface Measured {
  /** Of each bystander. */
  readonly tolls: readonly Toll[];
  readonly slowness: Slowness;
  readonly dryMs: number;
  readonly grownMb: number;
}

export class WatchedCall implements AsyncDisposable {
  readonly room: string;
  readonly speech: EndlessSpeech;
  readonly bystanders: readonly Bystander[];
  readonly call: CallProcess;
  readonly #echo: AsyncDisposable;

  private constructor(
    parts: Pick<WatchedCall, 'room' | 'speech' | 'bystanders' | 'call'>,
    echo: AsyncDisposable,
  ) {
    const { room, speech, bystanders, call } = parts;
    this.room = room;
    this.speech = speech;
    this.bystanders = bystanders;
    this.call = call;
    this.#echo = echo;
  }

  /** The voice is heard and captions are read when this resolves. */
  static async start(
    livekit: LiveKitServer,
    options: {
      readonly profile?: object;
      readonly people?: readonly string[];
      /** How much of its speech the service sends before its time. */
      readonly aheadMs?: number;
    } = {},
  ): Promise<WatchedCall> {
    const { profile = {}, people = ['ana'] } = options;
    const room = `guests-${randomUUID().slice(0, 8)}`;
    const speech = await EndlessSpeech.start(options.aheadMs);
    const bystanders = people.map(() => new Bystander(speech));
    for (const [index, bystander] of bystanders.entries())
      await bystander.join(livekit, room, people[index] ?? 'ana');
    const echo = await joinEcho(livekit, room);
    const call = await startCallProcess({
      livekit,
      liveApiUrl: speech.service.url,
      room,
      profile,
      optimised: true,
    });
    const watched = new WatchedCall({ room, speech, bystanders, call }, echo);
    for (const { person } of bystanders)
      await person.waitFor(() => person.heard().soundMs() > 1_000 && person.captions().length > 2, READY_MS);
    return watched;
  }

  /** Fails where somebody notices what `act` does. */
  async isUndisturbedBy(act: () => Promise<unknown>, allowed: Allowance = {}): Promise<Measured> {
    const before = await this.call.memory();
    await this.call.strain();
    const slownessOf = watchSlowness();
    for (const bystander of this.bystanders) bystander.begin();
    await act();
    // What follows is noticed, too.
    await this.#haveRead(this.speech.saidAtMs.length + WORDS_AFTER);
    const slowness = slownessOf();
    const tolls = this.bystanders.map((bystander) => bystander.toll());
    const { dryMs, peakRss } = await this.call.strain();
    const grownMb = Math.round((peakRss - before.rss) / MB);
    const { hasEnded } = this.call;
    expect(tolls.map((toll) => ({ ...toll, dryMs, grownMb, hasEnded }))).toEqual(
      tolls.map((toll) => unnoticed(toll, slowness, allowed)),
    );
    return { tolls, slowness, dryMs, grownMb };
  }

  /** The service says no more words until it speaks anew; those that it has said are read when this resolves. */
  async endWords(): Promise<void> {
    this.speech.endWords();
    await this.#haveRead(this.speech.saidAtMs.length - 1);
  }

  /** What is ahead is not heard any more: the next answer is as far ahead as the first one. */
  async beginAnew(peer: Peer): Promise<void> {
    this.speech.speakAnew(peer);
    await this.#haveRead(this.speech.saidAtMs.length + WORDS_BEFORE);
  }

  async #haveRead(word: number): Promise<void> {
    const found = new RegExp(`w${word}\\b`);
    const isRead = ({ text }: { readonly text: string }): boolean => found.test(text);
    for (const { person } of this.bystanders)
      await person.waitFor(() => person.captions().some(isRead), CAUGHT_UP_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.call[Symbol.asyncDispose]();
    for (const bystander of this.bystanders) await bystander[Symbol.asyncDispose]();
    await this.#echo[Symbol.asyncDispose]();
    await this.speech[Symbol.asyncDispose]();
  }
}
