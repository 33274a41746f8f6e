// WebRTC's echo cancellation over rtc-node's native library, which has it and does not export it.
import { EchoSearch, IS_ECHO } from '../../audio/echo-search.js';
import { INPUT_FRAME_MS, INPUT_RATE, isVoice, levelOf, OUTPUT_RATE, type PcmChunk } from '../../audio/pcm.js';
import type { Played } from '../../audio/recent-audio.js';
import type { Logger } from '../../util/log.js';
import {
  byPrivatePart,
  loadNativeClient,
  type NativeBindings,
  type NativeHandle,
  nativeBindings,
} from './native-library.js';

/** The native library takes pieces of 10 ms. */
const PIECE = INPUT_RATE / 100;
/** The shortest way of the voice to a loudspeaker and back; the canceller finds the rest by itself. */
const DELAY_SAMPLES = (OUTPUT_RATE * 80) / 1000;
/** Clocks and jitter move the two streams against each other; beyond this the reference is set anew. */
const DRIFT_SAMPLES = (OUTPUT_RATE * 60) / 1000;
const FRAME_SAMPLES = (OUTPUT_RATE * 20) / 1000;

/** So much of the voice it takes until the canceller knows the way of the echo; before, half of it is left. */
const LEARNS_IN_MS = 3_000;
/** Mean amplitude of a voice that is loud enough to be found in the microphone. */
const LOUD_LEVEL = 500;
/** How much of a loud voice is compared at a time. */
const COMPARED_MS = 200;
/** Comparisons without an echo after which there is none; more of them where there was one: people speak over it. */
const ABSENT_AFTER = 5;
const GONE_AFTER = 15;

export interface EchoCanceller {
  /** Whether speech in what clean() leaves is a person's, not the agent's voice. */
  isReady(): boolean;
  clean(chunk: PcmChunk): PcmChunk;
  close(): void;
}

interface ApmClient {
  request(request: { readonly message: { readonly case: string; readonly value: object } }): {
    readonly message?: { readonly value?: unknown };
    readonly error?: string;
    readonly apm?: { readonly handle?: { readonly id?: bigint } };
  };
  retrievePtr(data: Uint8Array): bigint;
}

/** Where this version has no echo cancellation, frames come back as they are, and it is never ready. */
export function openEchoCanceller(played: Played, log: Pick<Logger, 'warn'>): EchoCanceller {
  const native = byPrivatePart(
    'newApm',
    'listen.bargeIn "local" has no effect: the echo of the voice in a microphone would not be recognised',
    log,
    () => NativeCanceller.open(played),
  );
  return native ?? { isReady: () => false, clean: (chunk) => chunk, close: () => {} };
}

class NativeCanceller implements EchoCanceller {
  readonly #client: ApmClient;
  readonly #handle: NativeHandle;
  readonly #played: Played;
  readonly #reference24 = new Int16Array(FRAME_SAMPLES);
  readonly #reference = new Int16Array(PIECE);
  readonly #piece = new Int16Array(PIECE);
  readonly #pointers: { readonly reference: bigint; readonly piece: bigint };
  /** The position of the reference that is read next. It is read without gaps: the canceller learns one delay. */
  #next = 0;
  readonly #now24 = new Int16Array(FRAME_SAMPLES);
  readonly #search = new EchoSearch();
  /** Without an echo the canceller is not used: it would take the first words of a person for one, and remove them. */
  #echo: 'unknown' | 'absent' | 'present' = 'unknown';
  /** Of the voice, while the canceller was used. */
  #learnedMs = 0;
  #comparedMs = 0;
  #absent = 0;
  #isClosed = false;

  isReady(): boolean {
    // The voice may have moved to a loudspeaker since it was last compared.
    if (this.#echo === 'absent') return this.#search.likeness() < IS_ECHO;
    return this.#echo === 'present' && this.#learnedMs >= LEARNS_IN_MS;
  }

  static open(played: Played): NativeCanceller | undefined {
    const client = loadNativeClient() as unknown as ApmClient | undefined;
    const bindings = nativeBindings();
    if (typeof client?.retrievePtr !== 'function' || typeof bindings?.FfiHandle !== 'function')
      return undefined;
    const { apm } = client.request({
      message: {
        case: 'newApm',
        value: {
          echoCancellerEnabled: true,
          gainControllerEnabled: false,
          highPassFilterEnabled: true,
          noiseSuppressionEnabled: false,
        },
      },
    });
    const id = apm?.handle?.id;
    return id === undefined ? undefined : new NativeCanceller(client, bindings, id, played);
  }

  private constructor(client: ApmClient, bindings: NativeBindings, id: bigint, played: Played) {
    this.#client = client;
    this.#handle = new bindings.FfiHandle(id);
    this.#played = played;
    this.#pointers = {
      reference: client.retrievePtr(new Uint8Array(this.#reference.buffer)),
      piece: client.retrievePtr(new Uint8Array(this.#piece.buffer)),
    };
  }

  clean({ samples, rate }: PcmChunk): PcmChunk {
    if (this.#isClosed || samples.length !== 2 * PIECE) return { samples, rate };
    const { playing } = this.#played;
    if (playing !== undefined && Math.abs(playing - DELAY_SAMPLES - this.#next) > DRIFT_SAMPLES)
      this.#next = playing - DELAY_SAMPLES;
    this.#played.read(this.#reference24, this.#next);
    this.#played.read(this.#now24, this.#next + DELAY_SAMPLES);
    this.#next += FRAME_SAMPLES;
    this.#learn(samples);
    if (this.#echo === 'absent') return { samples, rate };
    const cleaned = new Int16Array(samples.length);
    for (let half = 0; half < 2; half += 1) {
      // 24 to 16 kHz: every third sample is left out, and its neighbours are drawn together.
      for (let at = 0; at < PIECE; at += 1) {
        const from = half * (PIECE * 1.5) + at * 1.5;
        const before = Math.floor(from);
        const [a = 0, b = 0] = [
          this.#reference24[before],
          this.#reference24[before + 1] ?? this.#reference24[before],
        ];
        this.#reference[at] = a + (b - a) * (from - before);
      }
      this.#process('apmProcessReverseStream', this.#pointers.reference);
      this.#piece.set(samples.subarray(half * PIECE, (half + 1) * PIECE));
      this.#process('apmProcessStream', this.#pointers.piece);
      cleaned.set(this.#piece, half * PIECE);
    }
    return { samples: cleaned, rate };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handle.dispose();
  }

  #learn(microphone: Int16Array): void {
    this.#search.push(this.#now24, microphone);
    const level = levelOf({ samples: this.#now24, rate: OUTPUT_RATE });
    if (isVoice(level) && this.#echo !== 'absent') this.#learnedMs += INPUT_FRAME_MS;
    if (level < LOUD_LEVEL) return;
    this.#comparedMs += INPUT_FRAME_MS;
    if (this.#comparedMs < COMPARED_MS) return;
    this.#comparedMs = 0;
    this.#compare();
  }

  #compare(): void {
    if (this.#search.likeness() >= IS_ECHO) {
      // The canceller was not used since, and has the way of another echo, or none.
      if (this.#echo === 'absent') this.#learnedMs = 0;
      this.#echo = 'present';
      this.#absent = 0;
      return;
    }
    this.#absent += 1;
    if (this.#absent >= (this.#echo === 'present' ? GONE_AFTER : ABSENT_AFTER)) this.#echo = 'absent';
  }

  #process(what: string, dataPtr: bigint): void {
    const apmHandle = this.#handle.handle;
    this.#client.request({
      message: {
        case: what,
        value: { apmHandle, dataPtr, size: PIECE * 2, sampleRate: INPUT_RATE, numChannels: 1 },
      },
    });
  }
}
