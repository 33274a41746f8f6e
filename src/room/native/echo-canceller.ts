// WebRTC's echo cancellation over rtc-node's native library, which has it and does not export it.
import { EchoSearch, IS_ECHO, LATEST_MS } from '../../audio/echo-search.js';
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
const FRAME_SAMPLES = (OUTPUT_RATE * 20) / 1000;
/** Frames come in bursts on a busy machine: only what all of so many show is a drift of the streams against each other. */
const DRIFT_FRAMES = 25;
const DRIFT_SAMPLES = (OUTPUT_RATE * 40) / 1000;
/** The voice has begun anew, or the place was lost. */
const LOST_SAMPLES = (OUTPUT_RATE * LATEST_MS) / 1000;

/** The canceller finds an echo at most 500 ms late: the reference is moved so that the echo follows so long after it. */
const AHEAD_MS = 80;
const FOUND_FROM_MS = 10;
const FOUND_TO_MS = 350;
/** An echo that is found so near to its former place has taken the same way. */
const SAME_PLACE_MS = 10;
/** Comparisons in a row that find the echo in another place, until it counts as moved. */
const MOVED_AFTER = 2;

/** So much of the voice it takes until the canceller knows some of the way of the echo; before, all of it is left. */
const LEARNS_IN_MS = 2_000;
/** So much of it until the canceller removes an echo again that it knew. */
const LEARNS_AGAIN_IN_MS = 600;
/** Mean amplitude of a voice that is loud enough to be found in the microphone. */
const LOUD_LEVEL = 500;
/** How much of a loud voice is compared at a time. */
const COMPARED_MS = 200;
/** Comparisons without an echo after which there is none; more of them where there was one: people speak over it. */
const ABSENT_AFTER = 5;
const GONE_AFTER = 15;
/** What the canceller leaves of an echo is distorted, and less like the voice than the echo was. */
const IS_LEFT_ECHO = 0.35;
/** What is left is softer by as much where nobody speaks over the echo. */
const LEAST_LEFT = 0.25;
/** After so much of the voice at one place the canceller leaves less than a tenth of an echo, and softer people are heard. */
const LEARNED_WELL_MS = 4_000;
const LEAST_LEFT_WELL = 0.12;

export interface EchoCanceller {
  /** Whether speech that was found in what clean() has left just now is a person's, not the agent's voice. */
  isPerson(): boolean;
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
  return native ?? { isPerson: () => false, clean: (chunk) => chunk, close: () => {} };
}

class NativeCanceller implements EchoCanceller {
  readonly #client: ApmClient;
  readonly #handle: NativeHandle;
  readonly #played: Played;
  readonly #reference24 = new Int16Array(FRAME_SAMPLES);
  readonly #reference = new Int16Array(PIECE);
  readonly #piece = new Int16Array(PIECE);
  readonly #pointers: { readonly reference: bigint; readonly piece: bigint };
  /** The position of the voice that is read next. It is read without gaps, so that the echo stays in its place. */
  #next = 0;
  /** How far the voice was from there, in the last frames. */
  readonly #drifts: number[] = [];
  readonly #now24 = new Int16Array(FRAME_SAMPLES);
  readonly #search = new EchoSearch();
  /** Without an echo the canceller is not used: it would take the first words of a person for one, and remove them. */
  #echo: 'unknown' | 'absent' | 'present' = 'unknown';
  /** The canceller's reference is read so long after the voice. */
  #delayMs = 0;
  /** How late the echo is. */
  #placeMs = 0;
  #moved = 0;
  /** Of the voice, while the canceller was used. */
  #learnedMs = 0;
  #comparedMs = 0;
  #absent = 0;
  #isClosed = false;

  isPerson(): boolean {
    // The voice may have moved to a loudspeaker since it was last compared.
    if (this.#echo === 'absent') return this.#search.ofHeard().likeness < IS_ECHO;
    if (this.#echo === 'unknown' || this.#learnedMs < LEARNS_IN_MS) return false;
    const least = this.#learnedMs < LEARNED_WELL_MS ? LEAST_LEFT : LEAST_LEFT_WELL;
    return this.#search.leftOver() > least && this.#search.ofLeft().likeness < IS_LEFT_ECHO;
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
    this.#synchronize();
    this.#played.read(this.#now24, this.#next);
    const cleaned = this.#echo === 'absent' ? samples : this.#cancel(samples);
    this.#next += FRAME_SAMPLES;
    this.#search.push(this.#now24, samples, cleaned);
    this.#learn();
    return { samples: cleaned, rate };
  }

  /** Reads on where the voice is, after it began anew or when the streams have drifted apart. */
  #synchronize(): void {
    const { playing } = this.#played;
    if (playing === undefined) {
      this.#drifts.length = 0;
      return;
    }
    const drift = playing - this.#next;
    this.#drifts.push(drift);
    if (this.#drifts.length > DRIFT_FRAMES) this.#drifts.shift();
    const isLost = Math.abs(drift) > LOST_SAMPLES || this.#drifts.length === 1;
    const least = this.#drifts.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a), drift);
    if (!isLost && (this.#drifts.length < DRIFT_FRAMES || Math.abs(least) < DRIFT_SAMPLES)) return;
    this.#next += isLost ? drift : least;
    this.#drifts.length = 1;
    this.#drifts[0] = 0;
  }

  #cancel(samples: Int16Array): Int16Array {
    this.#played.read(this.#reference24, this.#next - (this.#delayMs * OUTPUT_RATE) / 1000);
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
    return cleaned;
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handle.dispose();
  }

  #learn(): void {
    const level = levelOf({ samples: this.#now24, rate: OUTPUT_RATE });
    if (isVoice(level) && this.#echo !== 'absent') this.#learnedMs += INPUT_FRAME_MS;
    if (level < LOUD_LEVEL) return;
    this.#comparedMs += INPUT_FRAME_MS;
    if (this.#comparedMs < COMPARED_MS) return;
    this.#comparedMs = 0;
    this.#compare();
  }

  #compare(): void {
    const { likeness, lateMs } = this.#search.ofHeard();
    if (likeness >= IS_ECHO) {
      const isSame = Math.abs(lateMs - this.#placeMs) <= SAME_PLACE_MS;
      // The canceller was not used since, and has the way of another echo, or none. The same echo was there all the time,
      // under a louder person.
      if (this.#echo === 'absent')
        this.#learnedMs = isSame ? Math.min(this.#learnedMs, LEARNS_IN_MS - LEARNS_AGAIN_IN_MS) : 0;
      this.#echo = 'present';
      this.#absent = 0;
      this.#moved = isSame ? 0 : this.#moved + 1;
      if (this.#moved >= MOVED_AFTER) this.#move(lateMs);
      return;
    }
    this.#absent += 1;
    if (this.#absent >= (this.#echo === 'present' ? GONE_AFTER : ABSENT_AFTER)) this.#echo = 'absent';
  }

  /** Moves the reference too where the canceller would not find an echo that is so late. */
  #move(lateMs: number): void {
    this.#moved = 0;
    this.#placeMs = lateMs;
    const after = lateMs - this.#delayMs;
    if (after >= FOUND_FROM_MS && after <= FOUND_TO_MS) {
      this.#learnedMs = Math.min(this.#learnedMs, LEARNS_IN_MS);
      return;
    }
    this.#delayMs = Math.max(0, Math.round(lateMs) - AHEAD_MS);
    this.#learnedMs = 0;
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
