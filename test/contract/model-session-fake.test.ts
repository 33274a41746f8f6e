// The contract of ModelSession, kept by the supervisor over the fake service that unit tests use.

import { capabilitiesOf } from '../../src/profile/model-capabilities.js';
import type { ModelEvent, ModelListener } from '../../src/session/port.js';
import { Supervisor } from '../../src/session/supervisor.js';
import type { Input, OpenWire } from '../../src/session/wire.js';
import { FakeWire } from '../support/fake-wire.js';
import { profileOf, quietLog, speech } from '../support/supervised.js';
import { type Arrived, describeModelSession, type Rig, TOOL, WEATHER } from './model-session.js';

const ANSWER: readonly ModelEvent[] = [
  speech,
  { type: 'output-transcript', text: 'Well.', finished: false },
  speech,
  { type: 'generation-complete' },
  { type: 'turn-complete' },
];

/** A fake wire whose service does what the contract asks of one. */
class AnsweringWire extends FakeWire {
  override send(input: Input): boolean {
    const taken = super.send(input);
    if (taken) setTimeout(() => this.#answer(input), 1);
    return taken;
  }

  #answer(input: Input): void {
    if (this.ended) return;
    if (input.type === 'text' && input.text === WEATHER) {
      this.emit({ type: 'tool-calls', calls: [{ id: 'call-1', name: TOOL, args: { city: 'Oslo' } }] });
    } else if (input.type === 'text' || input.type === 'tool-results') {
      this.emit(...ANSWER);
    }
  }
}

class FakeRig implements Rig {
  readonly #wires: AnsweringWire[] = [];

  open(listener: ModelListener): Supervisor {
    const openWire: OpenWire = (opening, wireListener) => {
      const wire = new AnsweringWire(opening, wireListener);
      this.#wires.push(wire);
      setTimeout(() => this.#accept(wire), 5);
      return wire;
    };
    const session = new Supervisor(
      {
        openWire,
        capabilities: capabilitiesOf('gemini-2.5-flash-native-audio-preview-12-2025'),
        profile: profileOf({}),
        compresses: true,
        history: [],
        ledger: () => [],
        log: quietLog,
      },
      listener,
    );
    session.start();
    return session;
  }

  get arrived(): readonly Arrived[] {
    return this.#wires.flatMap((wire) => wire.sent.flatMap(arrivedOf));
  }

  get connections(): number {
    return this.#wires.filter((wire) => wire.isOpen).length;
  }

  drop(): void {
    this.#wires.at(-1)?.end({ code: 1006 });
  }

  close(code: number, reason: string): void {
    this.#wires.at(-1)?.end({ code, reason });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const wire of this.#wires) wire.end();
  }

  async #accept(wire: AnsweringWire): Promise<void> {
    if (wire.ended) return;
    await wire.accept();
    wire.emit({ type: 'resumption', handle: `handle-${this.#wires.length}`, resumable: true });
  }
}

function arrivedOf(input: Input): Arrived[] {
  switch (input.type) {
    case 'audio':
      return [{ kind: 'audio', loudest: Math.max(...input.chunk.samples) }];
    case 'text':
      return [{ kind: 'text', text: input.text }];
    case 'context':
      return [{ kind: 'context', text: String(input.turns[0]?.parts[0]?.text) }];
    case 'tool-results':
      return input.results.map(({ id, response }) => ({ kind: 'tool-result', id, response }));
    case 'reconfigure':
      return [];
    default:
      return [{ kind: input.type }];
  }
}

describeModelSession('the supervisor over the fake service', async () => new FakeRig());
