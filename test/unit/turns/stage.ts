// A conversation together with the playout that its effects drive, so that a test sees what a listener gets.
import type { PcmChunk } from '../../../src/audio/pcm.js';
import type { ModelEventOf } from '../../../src/session/port.js';
import { initialTurn, type TurnInput, type TurnState, trackTurn } from '../../../src/session/turn-tracker.js';
import {
  advance,
  type Conversation,
  type ConversationEffect,
  type ConversationInput,
  type ConversationRules,
  emptyConversation,
} from '../../../src/turns/conversation.js';

export const SAMPLES_PER_MS = 24;

export type EffectOf<T extends ConversationEffect['type']> = Extract<ConversationEffect, { type: T }>;

export function chunkOf(ms: number): PcmChunk {
  return { samples: new Int16Array(ms * SAMPLES_PER_MS), rate: 24_000 };
}

export class Stage {
  readonly rules: ConversationRules;
  turn: TurnState = initialTurn;
  conversation: Conversation = emptyConversation;
  atMs = 50_000;
  written = 0;
  heard = 0;
  /** The playout waits for the rest of what it was given: it was neither flushed nor cleared. */
  expectsMore = false;
  readonly effects: ConversationEffect[] = [];

  constructor(rules: ConversationRules = { bargeIn: true }) {
    this.rules = rules;
  }

  /** One input at this moment, as the session stamps it; returns its effects after they were applied. */
  send(input: ConversationInput | TurnInput): readonly ConversationEffect[] {
    const { atMs, written, heard } = this;
    let step = { stamp: { phase: this.turn.phase, id: 0 }, isStale: false };
    if (input.type !== 'progress' && input.type !== 'person-started' && input.type !== 'interrupt') {
      const tracked = trackTurn(deepFreeze(this.turn), input, atMs);
      this.turn = tracked.state;
      step = { stamp: tracked.stamp, isStale: tracked.isStale === true };
    }
    if (isForSession(input) || step.isStale) return [];
    const moment = { atMs, written, heard, turn: step.stamp };
    const next = advance(deepFreeze(this.conversation), input, moment, this.rules);
    this.conversation = next.conversation;
    for (const effect of next.effects) this.#apply(effect);
    this.effects.push(...next.effects);
    return next.effects;
  }

  wait(ms: number): this {
    this.atMs += ms;
    return this;
  }

  audio(ms: number): readonly ConversationEffect[] {
    return this.send({ type: 'audio', chunk: chunkOf(ms) });
  }

  /** So much more is heard, as far as there is something to hear; time passes with it. */
  hear(ms: number): readonly ConversationEffect[] {
    this.atMs += ms;
    this.heard = Math.min(this.written, this.heard + ms * SAMPLES_PER_MS);
    return this.send({ type: 'progress' });
  }

  say(text: string): readonly ConversationEffect[] {
    return this.send({ type: 'output-transcript', text, finished: false });
  }

  write(text: string): readonly ConversationEffect[] {
    return this.send({ type: 'text', text });
  }

  turnComplete(): readonly ConversationEffect[] {
    return this.send({ type: 'turn-complete' });
  }

  generationComplete(): readonly ConversationEffect[] {
    return this.send({ type: 'generation-complete' });
  }

  interrupted(): readonly ConversationEffect[] {
    return this.send({ type: 'interrupted' });
  }

  toolCall(): readonly ConversationEffect[] {
    return this.send({ type: 'tool-calls', calls: [{ id: 'call_1', name: 'look', args: {} }] });
  }

  activity(phase: 'started' | 'ended'): readonly ConversationEffect[] {
    return this.send({ type: 'activity', phase });
  }

  connection(state: ModelEventOf<'connection'>['state']): readonly ConversationEffect[] {
    return this.send({ type: 'connection', state });
  }

  #apply(effect: ConversationEffect): void {
    if (effect.type === 'play') {
      this.written += effect.chunk.samples.length;
      this.expectsMore = true;
    } else if (effect.type === 'flush') {
      this.expectsMore = false;
    } else if (effect.type === 'clear') {
      this.written = this.heard;
      this.expectsMore = false;
    }
  }
}

/** What only the session knows of. */
function isForSession(input: ConversationInput | TurnInput): input is Exclude<TurnInput, ConversationInput> {
  return ['person', 'asked', 'cancel', 'overdue'].includes(input.type);
}

/** Makes a change to the state that went in an error. Samples stay as they are: they cannot be frozen. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  for (const part of Object.values(value)) deepFreeze(part);
  return Object.freeze(value);
}

/** The effects in short, as `started 1`, `play 1`, `ended 1 interrupted 300`. */
export function brief(effects: readonly ConversationEffect[]): string[] {
  return effects.map(describeEffect);
}

function describeEffect(effect: ConversationEffect): string {
  switch (effect.type) {
    case 'play':
      return `play ${effect.turn}`;
    case 'text':
      return `text ${effect.turn} ${effect.text}`;
    case 'turn':
      return `${effect.phase} ${effect.turn}`;
    case 'turn-ended':
      return `ended ${effect.turn} ${effect.phase} ${effect.playedMs}${effect.truncated ? ' truncated' : ''}`;
    case 'report':
      return `report ${effect.turn} ${effect.event.type}`;
    case 'flush':
    case 'clear':
      return effect.type;
  }
}
