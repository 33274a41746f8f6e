// Connections without a network: a test plays the service, and sees what it was sent.
import type { ModelEvent } from '../../src/session/port.js';
import type { CloseInfo, Input, OpenWire, Wire, WireListener } from '../../src/session/wire.js';

export class FakeWire implements Wire {
  readonly handle: string | undefined;
  readonly seed: boolean;
  readonly deadlineMs: number | undefined;
  readonly sent: Input[] = [];
  readonly #listener: WireListener;
  #onPong: () => void = () => {};
  #ended = false;
  isOpen = false;
  /** Close frames that were sent; a fake service answers each at once unless told otherwise. */
  closes = 0;
  answersClose = true;
  answersPings = true;

  constructor(opening: Parameters<OpenWire>[0], listener: WireListener) {
    this.handle = opening.handle;
    this.deadlineMs = opening.deadlineMs;
    this.seed = opening.seed;
    this.#listener = listener;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The service accepts the set-up. */
  async accept(): Promise<void> {
    this.isOpen = true;
    this.#listener.onReady();
  }

  emit(...events: ModelEvent[]): void {
    for (const event of events) this.#listener.onEvent(event);
  }

  end(info: Partial<CloseInfo> = {}): void {
    if (this.#ended) return;
    this.#ended = true;
    this.isOpen = false;
    this.#listener.onClose({ code: 1006, reason: '', expected: false, ...info });
  }

  send(input: Input): boolean {
    if (!this.isOpen) return false;
    this.sent.push(input);
    return true;
  }

  ping(onPong: () => void): void {
    this.#onPong = onPong;
    if (this.answersPings) this.#onPong();
  }

  async close(): Promise<void> {
    this.closes += 1;
    this.isOpen = false;
    if (this.answersClose) {
      await Promise.resolve();
      this.end({ code: 1000, expected: true });
    }
  }

  terminate(reason: string): void {
    this.end({ code: 1006, reason });
  }

  /** Inputs of one kind, in order. */
  of<T extends Input['type']>(type: T): Extract<Input, { type: T }>[] {
    return this.sent.filter((input): input is Extract<Input, { type: T }> => input.type === type);
  }
}

/** Every connection that was opened, in order. */
export class FakeService {
  readonly wires: FakeWire[] = [];

  readonly open: OpenWire = (opening, listener) => {
    const wire = new FakeWire(opening, listener);
    this.wires.push(wire);
    return wire;
  };

  get wire(): FakeWire {
    const wire = this.wires.at(-1);
    if (!wire) throw new Error('no connection was opened');
    return wire;
  }

  /** Connections that have not ended. */
  get alive(): number {
    return this.wires.filter((wire) => !wire.ended).length;
  }
}
