// A ModelSession in memory: the test sends its events and reads what it was sent.
import type {
  Content,
  ModelEvent,
  ModelListener,
  ModelSession,
  ProfileChange,
  ToolResult,
} from '../../src/session/port.js';

import { initialTurn, stampOf, type TurnStamp, trackTurn } from '../../src/session/turn-tracker.js';

export class FakeSession implements ModelSession {
  readonly resumptionHandle = undefined;
  readonly toolMemory = { open: [], seen: [], unconfirmed: [] };
  readonly isQuiet = true;
  readonly openCalls = [];
  readonly texts: string[] = [];
  /** Of each text and context in order: called where it does not reach the model. */
  readonly onUnsent: ((() => void) | undefined)[] = [];
  readonly contexts: { readonly turns: readonly Content[]; readonly turnComplete: boolean }[] = [];
  readonly results: ToolResult[] = [];
  /** Calls of methods without an argument that matters, in order. */
  readonly calls: string[] = [];
  occupied: boolean | undefined;
  state: 'new' | 'started' | 'closed' = 'new';
  /** Throws instead of starting. */
  failsToStart = false;
  readonly #listener: ModelListener;
  #turn = initialTurn;

  constructor(listener: ModelListener) {
    this.#listener = listener;
  }

  emit(...events: readonly ModelEvent[]): void {
    for (const event of events) {
      const step = trackTurn(this.#turn, event, performance.now());
      this.#turn = step.state;
      this.#listener(event, step.stamp);
    }
  }

  get turn(): TurnStamp {
    return stampOf(this.#turn);
  }

  cancelTurn(): number {
    this.calls.push('cancel-turn');
    return this.turn.id;
  }

  start(): void {
    if (this.failsToStart) throw new Error('the session cannot start');
    this.state = 'started';
  }

  sendAudio(): void {
    this.calls.push('audio');
  }

  endAudio(): void {
    this.calls.push('end-audio');
  }

  startActivity(): void {
    this.calls.push('start-activity');
  }

  endActivity(): void {
    this.calls.push('end-activity');
  }

  sendImage(): void {
    this.calls.push('image');
  }

  sendText(text: string, onUnsent?: () => void): void {
    this.texts.push(text);
    this.onUnsent.push(onUnsent);
  }

  sendContext(turns: readonly Content[], turnComplete: boolean, onUnsent?: () => void): void {
    this.contexts.push({ turns, turnComplete });
    this.onUnsent.push(onUnsent);
  }

  sendToolResults(results: readonly ToolResult[]): void {
    this.results.push(...results);
  }

  reconfigure(_change: ProfileChange): 'now' | 'next-connection' {
    return 'now';
  }

  setOccupied(present: boolean): void {
    this.occupied = present;
  }

  async close(): Promise<void> {
    if (this.state === 'closed') return;
    const wasStarted = this.state === 'started';
    this.state = 'closed';
    if (wasStarted) this.emit({ type: 'connection', state: 'closed' });
  }
}
