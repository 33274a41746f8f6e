// Faults of single messages: drops, delays, splits, duplicates and swaps a session's messages before they are sent.
import type { JsonObject } from '../answerer-port.js';
import type { Cancel, Clock } from '../clock/clock.js';
import type { ConnectionFault } from '../faults/schema.js';
import { newCallId } from '../session/conversation.js';
import { type FunctionCall, messages, withoutMedia } from '../wire/messages.js';

type Fault<Name extends ConnectionFault['fault']> = Extract<ConnectionFault, { fault: Name }>;
export type MessageFault = Fault<
  | 'duplicate'
  | 'reorder'
  | 'late-transcripts'
  | 'split-transcripts'
  | 'drop'
  | 'delay'
  | 'text-parts'
  | 'double-calls'
>;
type Anchor = Exclude<Fault<'late-transcripts'>['after'], 'message'>;
type Side = 'input' | 'output';

export class MessageFaults {
  readonly #clock: Clock;
  readonly #forward: (message: JsonObject) => void;
  readonly #cancels = new Set<Cancel>();
  #duplicates = 0;
  #reorders = 0;
  #overtaken: JsonObject[] = [];
  #doubleCalls = 0;
  #newIds = false;
  #drops: { readonly pattern: RegExp; left: number }[] = [];
  #delays: { readonly pattern: RegExp; readonly delayMs: number; left: number }[] = [];
  #late: Fault<'late-transcripts'>[] = [];
  #split: Fault<'split-transcripts'> | undefined;
  #textParts: { readonly fault: Fault<'text-parts'>; left: number } | undefined;
  /** Transcriptions that wait for a message of their turn. */
  #held: { readonly late: Fault<'late-transcripts'>; readonly message: JsonObject }[] = [];
  /** Whether the current turn has sent audio. */
  #audible = false;

  constructor(clock: Clock, forward: (message: JsonObject) => void) {
    this.#clock = clock;
    this.#forward = forward;
  }

  apply(fault: MessageFault): void {
    switch (fault.fault) {
      case 'duplicate':
        this.#duplicates += fault.count;
        return;
      case 'reorder':
        this.#reorders += fault.count;
        return;
      case 'double-calls':
        this.#doubleCalls += fault.count;
        this.#newIds = fault.newIds;
        return;
      case 'drop':
        this.#drops.push({ pattern: new RegExp(fault.sent, 'iu'), left: fault.count });
        return;
      case 'delay':
        this.#delays.push({
          pattern: new RegExp(fault.sent, 'iu'),
          delayMs: fault.delayMs,
          left: fault.count,
        });
        return;
      case 'late-transcripts':
        this.#late = [...this.#late.filter(({ of }) => !overlap(of, fault.of)), fault];
        return;
      case 'split-transcripts':
        this.#split = fault;
        return;
      case 'text-parts':
        this.#textParts = { fault, left: fault.count };
    }
  }

  send(message: JsonObject): void {
    if (this.#takesOne(this.#drops, message)) return;
    const delayed = this.#takesOne(this.#delays, message);
    if (delayed) {
      this.#later(delayed.delayMs, () => this.#pass(message));
      return;
    }
    const transcription = transcriptionOf(message);
    if (!transcription) this.#withText(message);
    else if (this.#split && overlap(this.#split.of, transcription.side)) this.#fragments(transcription);
    else this.#transcription(message, transcription.side);
  }

  clear(): void {
    this.#duplicates = 0;
    this.#reorders = 0;
    this.#doubleCalls = 0;
    this.#drops = [];
    this.#delays = [];
    this.#late = [];
    this.#split = undefined;
    this.#textParts = undefined;
    for (const { message } of this.#held.splice(0)) this.#forward(message);
    for (const message of this.#overtaken.splice(0)) this.#forward(message);
  }

  close(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#overtaken = [];
    this.#held = [];
  }

  /** Finds the first fault with a matching pattern and remaining uses, and counts one use. */
  #takesOne<T extends { readonly pattern: RegExp; left: number }>(
    faults: readonly T[],
    message: JsonObject,
  ): T | undefined {
    if (faults.length === 0) return undefined;
    const text = withoutMedia(message);
    const fault = faults.find(({ pattern, left }) => left > 0 && pattern.test(text));
    if (fault) fault.left--;
    return fault;
  }

  #withText(message: JsonObject): void {
    const beside = this.#textParts;
    if (!beside || beside.left === 0 || !isAudio(message)) {
      this.#pass(message);
      return;
    }
    const { text, place } = beside.fault;
    if (this.#audible && place !== 'after') {
      this.#pass(message);
      return;
    }
    beside.left--;
    const { serverContent } = message as { serverContent: { modelTurn: { parts: JsonObject[] } } };
    if (place === 'before') this.#pass(messages.text(text));
    this.#pass(
      place === 'inside'
        ? { serverContent: { modelTurn: { parts: [{ text }, ...serverContent.modelTurn.parts] } } }
        : message,
    );
    if (place === 'after') this.#pass(messages.text(text));
  }

  #fragments({ side, text }: { readonly side: Side; readonly text: string }): void {
    const { into, gapMs } = this.#split as Fault<'split-transcripts'>;
    const size = Math.ceil(text.length / into);
    for (let n = 0; n * size < text.length; n++) {
      const fragment = text.slice(n * size, (n + 1) * size);
      const message =
        side === 'input' ? messages.inputTranscription(fragment) : messages.outputTranscription(fragment);
      if (n === 0) this.#transcription(message, side);
      else this.#later(n * gapMs, () => this.#transcription(message, side));
    }
  }

  #transcription(message: JsonObject, side: Side): void {
    const late = this.#late.find(({ of }) => overlap(of, side));
    if (!late) this.#pass(message);
    else if (late.after === 'message') this.#later(late.delayMs, () => this.#pass(message));
    else {
      if (late.fragments === 'last') {
        const before = this.#held.findIndex((held) => held.late === late);
        if (before >= 0) for (const held of this.#held.splice(before, 1)) this.#pass(held.message);
      }
      this.#held.push({ late, message });
    }
  }

  #pass(message: JsonObject): void {
    if (this.#reorders > 0) {
      this.#reorders--;
      this.#overtaken.push(message);
      return;
    }
    this.#forward(message);
    if (this.#duplicates > 0) {
      this.#duplicates--;
      this.#forward(message);
    }
    this.#doubleCall(message);
    for (const late of this.#overtaken.splice(0)) this.#forward(late);
    this.#anchor(message);
  }

  /** Releases the transcriptions that wait for this message. */
  #anchor(message: JsonObject): void {
    const { turnComplete, generationComplete, interrupted } = (message.serverContent ?? {}) as JsonObject;
    const first = isAudio(message) && !this.#audible;
    if (isAudio(message)) this.#audible = true;
    if (turnComplete) this.#audible = false;
    if (this.#held.length === 0) return;
    const reached: Anchor[] = [];
    if (first || turnComplete) reached.push('first-audio');
    if (generationComplete || interrupted || turnComplete) reached.push('generation-complete');
    if (turnComplete) reached.push('turn-complete');
    const due = this.#held.filter(({ late }) => reached.some((anchor) => anchor === late.after));
    this.#held = this.#held.filter((held) => !due.includes(held));
    for (const { late, message: transcription } of due)
      this.#later(late.delayMs, () => this.#pass(transcription));
  }

  #doubleCall(message: JsonObject): void {
    const { functionCalls } = (message.toolCall ?? {}) as { functionCalls?: readonly FunctionCall[] };
    if (!functionCalls || this.#doubleCalls === 0) return;
    this.#doubleCalls--;
    const calls = this.#newIds ? functionCalls.map((call) => ({ ...call, id: newCallId() })) : functionCalls;
    this.#forward({ toolCall: { functionCalls: calls } });
  }

  #later(delayMs: number, run: () => void): void {
    const cancel = this.#clock.after(delayMs, () => {
      this.#cancels.delete(cancel);
      run();
    });
    this.#cancels.add(cancel);
  }
}

const overlap = (a: Side | 'both', b: Side | 'both') => a === b || a === 'both' || b === 'both';

function transcriptionOf({
  serverContent,
}: JsonObject): { readonly side: Side; readonly text: string } | undefined {
  const content = (serverContent ?? {}) as Record<string, { readonly text?: string } | undefined>;
  for (const side of ['input', 'output'] as const) {
    const text = content[`${side}Transcription`]?.text;
    if (text !== undefined) return { side, text };
  }
  return undefined;
}

function isAudio({ serverContent }: JsonObject): boolean {
  const { modelTurn } = (serverContent ?? {}) as {
    modelTurn?: { parts?: readonly { inlineData?: { mimeType?: string } }[] };
  };
  return modelTurn?.parts?.some(({ inlineData }) => inlineData?.mimeType?.startsWith('audio/')) === true;
}
