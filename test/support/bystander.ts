// A person who listens to an agent that talks without a pause, and what of it was lost while others did what they did.
import { ParticipantKind } from '@livekit/rtc-node';
import { Person } from '../../cli/person.js';
import { ECHO_IDENTITY } from './guests.js';
import { LiveService, type Peer } from './live-service.js';
import type { LiveKitServer } from './livekit-server.js';
import { personToken } from './tokens.js';
import { sine } from './tone.js';

/** Each chunk of the voice, and how often a word is said. */
const CHUNK_MS = 100;
const WORD_EVERY_MS = 500;
const RATE = 24_000;
/** Words by which it is known how late captions are before. */
export const WORDS_BEFORE = 6;
/** RMS above which the tone is heard. */
const HEARD_RMS = 300;
/** Often enough that the latest of the shortest deed is not its 95th percentile; less than one person may ask. */
const ASK_EVERY_MS = 65;

/** Half of a surrogate pair, as JSON writes it. */
const HALF_CHARACTER = /\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}/i;

export interface Toll {
  /** The longest silence in the voice. */
  readonly silenceMs: number;
  /** The latest caption, against the earliest of those just before. */
  readonly captionLateMs: number;
  readonly eventsLost: number;
  readonly getStateP95Ms: number;
  /** Of answers by somebody who does nothing else: what the server and the machine take of the same way. */
  readonly echoP95Ms: number;
}

/** A service whose model speaks one tone without end, and says a numbered word every half second. */
export class EndlessSpeech implements AsyncDisposable {
  readonly service: LiveService;
  /** When each word went out, by its number (performance.now()). */
  readonly saidAtMs: number[] = [];
  #voice: NodeJS.Timeout | undefined;
  #words: NodeJS.Timeout | undefined;

  readonly #aheadMs: number;

  private constructor(service: LiveService, aheadMs: number) {
    this.service = service;
    this.#aheadMs = aheadMs;
  }

  /** @param aheadMs how much of an answer is sent before its time; half a second as the service does at its beginning */
  static async start(aheadMs = 500): Promise<EndlessSpeech> {
    let speech: EndlessSpeech | undefined;
    const service = await LiveService.start((peer) => {
      // As the service does.
      peer.socket.on('message', (data) => {
        if (HALF_CHARACTER.test(String(data)))
          peer.socket.close(1007, 'Request contains an invalid argument.');
      });
      peer.socket.once('message', () => {
        peer.send({ setupComplete: {} });
        speech?.speak(peer);
      });
    });
    speech = new EndlessSpeech(service, aheadMs);
    return speech;
  }

  /** The service's end of the connection that is open. */
  get peer(): Peer {
    return this.service.peers.at(-1) ?? this.service.peer;
  }

  /** How much audio the model was sent. */
  get heardMs(): number {
    let chars = 0;
    for (const { received } of this.service.peers) {
      for (const { realtimeInput } of received)
        chars += (realtimeInput as { audio?: { data: string } } | undefined)?.audio?.data.length ?? 0;
    }
    return (chars * 3) / 4 / 2 / 16;
  }

  /** Says no word until it speaks anew; the voice goes on. */
  endWords(): void {
    clearInterval(this.#words);
  }

  /** Breaks the answer off, as when a person interrupts it, and begins another one. */
  speakAnew(peer: Peer): void {
    peer.send({ serverContent: { interrupted: true } });
    peer.send({ serverContent: { turnComplete: true } });
    this.speak(peer);
  }

  /** Over this connection from now on. */
  speak(peer: Peer): void {
    this.#stop();
    const tone = sine(440, CHUNK_MS, RATE);
    const data = Buffer.from(tone.buffer, tone.byteOffset, tone.byteLength).toString('base64');
    const part = { inlineData: { mimeType: `audio/pcm;rate=${RATE}`, data } };
    const startedMs = performance.now();
    let sent = 0;
    const sendDue = (): void => {
      while (sent * CHUNK_MS < performance.now() - startedMs + this.#aheadMs) {
        peer.send({ serverContent: { modelTurn: { parts: [part] } } });
        sent += 1;
      }
    };
    sendDue();
    this.#voice = setInterval(sendDue, CHUNK_MS / 2);
    this.#words = setInterval(() => {
      const text = `w${this.saidAtMs.length} `;
      this.saidAtMs.push(performance.now());
      peer.send({ serverContent: { outputTranscription: { text } } });
    }, WORD_EVERY_MS);
  }

  #stop(): void {
    clearInterval(this.#voice);
    clearInterval(this.#words);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    await this.service[Symbol.asyncDispose]();
  }
}

export class Bystander implements AsyncDisposable {
  // Decoding a guest's screen and twenty microphones here would take the core on which the voice is heard.
  readonly person = new Person({
    keepSamples: false,
    video: false,
    hears: ({ kind }) => kind === ParticipantKind.AGENT,
  });
  readonly #speech: EndlessSpeech;
  readonly #readAtMs = new Map<number, number>();
  readonly #seqs: number[] = [];
  /** How long each answer took, by whom it was asked. */
  readonly #asked = { agent: [] as number[], echo: [] as number[] };
  #timer: NodeJS.Timeout | undefined;
  #fromWindow = 0;
  #fromSeq = 0;
  #fromWord = 0;
  #fromAsked = { agent: 0, echo: 0 };
  /** By how much captions come after their words at that time: the voice is ahead of itself by so much. */
  #usualMs = 0;

  constructor(speech: EndlessSpeech) {
    this.#speech = speech;
    this.person.on((happened) => {
      if (happened.type === 'caption') this.#read(happened.caption.text);
      if (happened.type === 'event') this.#seqs.push(happened.event.seq);
    });
  }

  async join(livekit: LiveKitServer, room: string, identity = 'ana'): Promise<void> {
    await this.person.connect(livekit.url, await personToken({ identity, room }));
    this.#timer = setInterval(() => {
      void this.#ask('agent', 'get_state', this.person.agent()?.identity);
      void this.#ask('echo', 'echo', this.#echoes() ? ECHO_IDENTITY : undefined);
    }, ASK_EVERY_MS);
  }

  /** What is counted begins now. */
  begin(): void {
    this.#fromWindow = this.person.heard().envelope().length;
    this.#fromSeq = this.#seqs.length;
    this.#fromWord = this.#speech.saidAtMs.length;
    this.#fromAsked = { agent: this.#asked.agent.length, echo: this.#asked.echo.length };
    const delays = this.#speech.saidAtMs
      .map((saidMs, word) => (this.#readAtMs.get(word) ?? Number.NaN) - saidMs)
      .filter((delayMs) => !Number.isNaN(delayMs));
    this.#usualMs = Math.min(...delays.slice(-WORDS_BEFORE));
  }

  /** What this person has lost since begin(). */
  toll(): Toll {
    const during = this.#speech.saidAtMs
      .slice(this.#fromWord, -2)
      .map((saidMs, at) => (this.#readAtMs.get(this.#fromWord + at) ?? performance.now()) - saidMs);
    return {
      silenceMs: longestSilenceMs(this.person.heard().envelope().subarray(this.#fromWindow)),
      captionLateMs: Math.round(Math.max(0, ...during) - this.#usualMs),
      eventsLost: missing(this.#seqs.slice(this.#fromSeq)),
      getStateP95Ms: p95Of(this.#asked.agent.slice(this.#fromAsked.agent)),
      echoP95Ms: p95Of(this.#asked.echo.slice(this.#fromAsked.echo)),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    await this.person.close();
  }

  #read(text: string): void {
    const now = performance.now();
    for (const [, word] of text.matchAll(/w(\d+)/g))
      if (!this.#readAtMs.has(Number(word))) this.#readAtMs.set(Number(word), now);
  }

  async #ask(whom: 'agent' | 'echo', method: string, identity: string | undefined): Promise<void> {
    if (identity === undefined) return;
    const startedMs = performance.now();
    await this.person.rpc(method, '', identity).catch(() => {});
    this.#asked[whom].push(performance.now() - startedMs);
  }

  #echoes(): boolean {
    return this.person.room.remoteParticipants.has(ECHO_IDENTITY);
  }
}

function p95Of(timesMs: readonly number[]): number {
  return Math.round([...timesMs].sort((a, b) => a - b)[Math.floor(timesMs.length * 0.95)] ?? 0);
}

/** Of windows of 10 ms. */
function longestSilenceMs(levels: Float32Array): number {
  let longest = 0;
  let silent = 0;
  for (const level of levels) {
    silent = level < HEARD_RMS ? silent + 10 : 0;
    longest = Math.max(longest, silent);
  }
  return longest;
}

/** Numbers that are missing between the first and the last. */
function missing(seqs: readonly number[]): number {
  const known = new Set(seqs);
  const sorted = [...known].sort((a, b) => a - b);
  const [first = 0] = sorted;
  const last = sorted.at(-1) ?? first - 1;
  return last - first + 1 - known.size;
}
