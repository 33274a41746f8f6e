// One turn of the model: executes a plan, and can be interrupted until turnComplete was sent.
import type { JsonObject } from '../answerer-port.js';
import type { Clock } from '../clock/clock.js';
import type { ConnectionFault } from '../faults/schema.js';
import type { ModelRow } from '../models/row.js';
import type { Speech } from '../speech/port.js';
import { messages, type Usage } from '../wire/messages.js';
import { fragments, MS_PER_CHARACTER } from './fragments.js';
import type { Pace } from './pace.js';
import { Pacer } from './pacer.js';
import type { Plan, PlannedCall, Step } from './plan.js';

/** The output of a turn, for its usage. */
export interface TurnOutput {
  readonly audioMs: number;
  readonly text: string;
  readonly thoughts: string;
  /** Calls as JSON. */
  readonly calls: string;
}

export interface TurnPort {
  readonly clock: Clock;
  readonly speech: Speech;
  readonly pace: Pace;
  readonly model: ModelRow;
  readonly modality: 'AUDIO' | 'TEXT';
  readonly voice: string;
  readonly transcripts: boolean;
  send(message: JsonObject): void;
  fault(fault: ConnectionFault): void;
  /** Words about the last picture. */
  look(): Promise<string>;
  /** Sends the calls. Resolves with what to do next once blocking ones are answered, at once for others. */
  call(calls: readonly PlannedCall[], signal: AbortSignal): Promise<readonly Step[]>;
  /** The usage of the turn, once it is over. */
  usage(turn: TurnOutput): Usage;
}

/** Why a turn was interrupted: the reason of the signal that its tool calls get. */
export type Cut = 'interrupted' | 'dropped';

export type Outcome = 'completed' | 'interrupted' | 'dropped';

export class Turn {
  readonly #port: TurnPort;
  readonly #plan: Plan;
  readonly #abort = new AbortController();
  readonly #pacer: Pacer;
  readonly #done: Promise<Outcome>;
  #interrupted = false;
  #alone = false;
  #said = '';
  #thoughts = '';
  #calls = '';
  #onChunk: (() => void) | undefined;
  #generated = false;
  /** The voice of the first step: it is made while the model thinks. */
  #opening: AsyncIterable<Int16Array> | undefined;

  constructor(port: TurnPort, plan: Plan) {
    this.#port = port;
    this.#plan = plan;
    this.#pacer = new Pacer({
      clock: port.clock,
      firstChunkMs: port.pace.firstChunkMs,
      chunkMs: port.model.chunkMs,
      speedup: port.pace.speedup,
      send: (chunk) => this.#sendAudio(chunk),
    });
    this.#done = this.#run();
  }

  /** Resolves when the turn's last message was sent, or the turn was dropped. Rejects when the voice fails. */
  get done(): Promise<Outcome> {
    return this.#done;
  }

  /** What has been said so far, or written. */
  get said(): string {
    return this.#said;
  }

  /** How much audio was sent. */
  get audioMs(): number {
    return this.#pacer.sentMs;
  }

  /** Whether generationComplete was sent: what remains is playback. */
  get generated(): boolean {
    return this.#generated;
  }

  /** Interrupts the turn: `interrupted` is sent at once and turnComplete follows, unless `alone`. */
  interrupt({ alone = false } = {}): void {
    if (this.#interrupted || this.#abort.signal.aborted) return;
    this.#interrupted = true;
    this.#alone = alone;
    if (!this.#plan.silent) this.#port.send(messages.interrupted());
    this.#stop('interrupted');
  }

  /** The connection is gone: nothing more is sent. */
  drop(): void {
    this.#stop('dropped');
  }

  #stop(cut: Cut): void {
    this.#abort.abort(cut);
    this.#pacer.stop();
  }

  async #run(): Promise<Outcome> {
    const port = this.#port;
    const { signal } = this.#abort;
    try {
      const [first] = this.#plan.steps;
      if (first?.do === 'say' && port.modality === 'AUDIO')
        this.#opening = begun(port.speech.say(first.text, port.voice, signal));
      await delay(port.clock, this.#plan.afterMs ?? (this.#plan.silent ? 0 : port.pace.responseMs), signal);
      await this.#steps(this.#plan.steps);
      if (!signal.aborted && !this.#plan.silent) await this.#finish();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
    if (!signal.aborted) return 'completed';
    if (!this.#interrupted || this.#plan.silent) return 'dropped';
    if (this.#alone) return 'interrupted';
    await delay(port.clock, port.pace.interruptedMs);
    port.send(messages.turnComplete(this.#plan.complete));
    port.send(messages.usage(this.#usage()));
    return 'interrupted';
  }

  async #finish(): Promise<void> {
    const port = this.#port;
    const { signal } = this.#abort;
    if (this.#pacer.firstAtMs !== undefined) await delay(port.clock, port.pace.generationCompleteMs, signal);
    if (signal.aborted) return;
    this.#generated = true;
    port.send(messages.generationComplete());
    const { firstAtMs } = this.#pacer;
    if (firstAtMs !== undefined) {
      await delay(port.clock, firstAtMs + this.#pacer.sentMs - port.clock.now(), signal);
      if (signal.aborted) return;
    }
    port.send(messages.turnCompleteWithUsage(this.#usage(), this.#plan.complete));
  }

  #usage(): Usage {
    return this.#port.usage({
      audioMs: this.#pacer.sentMs,
      text: this.#said,
      thoughts: this.#thoughts,
      calls: this.#calls,
    });
  }

  async #steps(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      if (this.#abort.signal.aborted) return;
      await this.#step(step);
    }
  }

  async #step(step: Step): Promise<void> {
    const port = this.#port;
    const { signal } = this.#abort;
    switch (step.do) {
      case 'say':
        if (port.modality === 'TEXT') return this.#write(step.text);
        return this.#speak(this.#voiceOf(step.text), step.transcript ?? step.text);
      case 'look': {
        const text = await port.look();
        return this.#abort.signal.aborted ? undefined : this.#step({ do: 'say', text });
      }
      case 'audio':
        return this.#speak([step.samples], step.transcript ?? '');
      case 'parts':
        for (const { thought, text } of step.parts)
          if (thought === true && typeof text === 'string') this.#thoughts += text;
        return port.send(messages.parts(step.parts));
      case 'content':
        return port.send({ serverContent: step.content });
      case 'message':
        return port.send(step.message);
      case 'wait':
        return delay(port.clock, step.ms, signal);
      case 'fault':
        return port.fault(step.fault);
      case 'calls':
        this.#calls += JSON.stringify(step.calls);
        return this.#steps(await port.call(step.calls, signal));
    }
  }

  #voiceOf(text: string): AsyncIterable<Int16Array> {
    const opening = this.#opening;
    this.#opening = undefined;
    return opening ?? this.#port.speech.say(text, this.#port.voice, this.#abort.signal);
  }

  async #write(text: string): Promise<void> {
    const { clock, pace } = this.#port;
    for (const fragment of fragments(text, 32)) {
      if (this.#abort.signal.aborted) return;
      this.#said += fragment.text;
      this.#port.send(messages.text(fragment.text));
      await delay(clock, pace.textMs, this.#abort.signal);
    }
  }

  async #speak(voice: Iterable<Int16Array> | AsyncIterable<Int16Array>, transcript: string): Promise<void> {
    const beganMs = this.#pacer.sentMs;
    const waiting = [...fragments(transcript)];
    const release = (untilMs: number) => {
      for (let next = waiting[0]; next && next.start * MS_PER_CHARACTER < untilMs; next = waiting[0]) {
        waiting.shift();
        this.#said += next.text;
        if (this.#port.transcripts) this.#port.send(messages.outputTranscription(next.text));
      }
    };
    this.#onChunk = () => release(this.#pacer.sentMs - beganMs);
    for await (const samples of voice) this.#pacer.push(samples);
    await this.#pacer.flush();
    this.#onChunk = undefined;
    if (!this.#abort.signal.aborted) release(Number.POSITIVE_INFINITY);
  }

  #sendAudio(chunk: Int16Array): void {
    const base64 = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('base64');
    this.#port.send(messages.audio(base64));
    this.#onChunk?.();
  }
}

/** The same voice, whose first samples are made at once and not when they are asked for. */
function begun(voice: AsyncIterable<Int16Array>): AsyncIterable<Int16Array> {
  const samples = voice[Symbol.asyncIterator]();
  const first = samples.next();
  // A turn that is cut off before it speaks never asks for it.
  first.catch(() => undefined);
  return (async function* () {
    try {
      for (let next = await first; next.done !== true; next = await samples.next()) yield next.value;
    } finally {
      await samples.return?.();
    }
  })();
}

/** Resolves after a while, or early when aborted. */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted || ms <= 0) return resolve();
    const cancel = clock.after(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    const onAbort = () => {
      cancel();
      resolve();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
