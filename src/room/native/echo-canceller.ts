// WebRTC's echo cancellation over rtc-node's native library, which has it and does not export it.
import {
  INPUT_FRAME_MS,
  INPUT_RATE,
  isVoiced,
  levelOf,
  OUTPUT_RATE,
  type PcmChunk,
} from '../../audio/pcm.js';
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
/** A microphone that stays silent for so long while the voice is loud has no echo. */
const NO_ECHO_MS = 1_000;
/** Mean amplitude of a microphone without any sound of a room. */
const SILENT_LEVEL = 60;

export interface EchoCanceller {
  /** What clean() leaves is free of the agent's voice. */
  readonly isReady: boolean;
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
  return native ?? { isReady: false, clean: (chunk) => chunk, close: () => {} };
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
  #loudMs = 0;
  #noEchoMs = 0;
  #isClosed = false;

  get isReady(): boolean {
    return this.#loudMs >= LEARNS_IN_MS || this.#noEchoMs >= NO_ECHO_MS;
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
    this.#next += FRAME_SAMPLES;
    if (!this.isReady) this.#learn({ samples, rate });
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

  #learn(microphone: PcmChunk): void {
    if (!isVoiced({ samples: this.#reference24, rate: OUTPUT_RATE })) return;
    this.#loudMs += INPUT_FRAME_MS;
    this.#noEchoMs = levelOf(microphone) < SILENT_LEVEL ? this.#noEchoMs + INPUT_FRAME_MS : 0;
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
