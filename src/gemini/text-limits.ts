// How much text of a kind the service may send: what is beyond is left out, because everybody in the room is sent it.
import type { ModelEvent } from '../session/port.js';
import { RateLimits } from '../util/rate-limits.js';

const KB = 1_024;
/** In characters, at once and in a second after that: many times what a model says, hears, thinks or cites. */
const RATES = {
  spoken: { burst: 16 * KB, perSecond: KB },
  heard: { burst: 16 * KB, perSecond: KB },
  // Each interim transcript has the whole utterance.
  interim: { burst: 16 * KB, perSecond: 32 * KB },
  written: { burst: 64 * KB, perSecond: 4 * KB },
  thought: { burst: 64 * KB, perSecond: 4 * KB },
  code: { burst: 64 * KB, perSecond: 4 * KB },
  sources: { burst: 256 * KB, perSecond: 16 * KB },
} as const;
const REPORT_RATE = { burst: 1, perSecond: 0.1 };

type Kind = keyof typeof RATES;

export class TextLimits {
  readonly #rates = new Map(Object.entries(RATES).map(([kind, rate]) => [kind, new RateLimits(rate)]));
  readonly #reports = new RateLimits(REPORT_RATE);
  #leftOut = 0;

  /** The events without the texts that are too many, and now and then one that reports how much was left out. */
  within(events: readonly ModelEvent[]): readonly ModelEvent[] {
    const kept = events.map((event) => this.#within(event)).filter((event) => event !== undefined);
    if (this.#leftOut === 0 || !this.#reports.take('')) return kept;
    const message = `${this.#leftOut} characters of the service were left out: more text than anybody reads`;
    this.#leftOut = 0;
    return [...kept, { type: 'error', code: 'too_much_text', message, fatal: false }];
  }

  #within(event: ModelEvent): ModelEvent | undefined {
    switch (event.type) {
      case 'output-transcript':
        if (this.#takes('spoken', event.text.length)) return event;
        return event.finished ? { ...event, text: '' } : undefined;
      case 'input-transcript': {
        if (this.#takes(event.interim ? 'interim' : 'heard', event.text.length)) return event;
        const { finished, interim } = event;
        return finished ? { type: 'input-transcript', text: '', finished, interim } : undefined;
      }
      case 'text':
        return this.#takes('written', event.text.length) ? event : undefined;
      case 'thought':
        return this.#takes('thought', event.text.length) ? event : undefined;
      case 'code':
        return this.#takes('code', event.code.length) ? event : undefined;
      case 'code-result':
        return this.#takes('code', event.output.length) ? event : undefined;
      case 'grounding':
      case 'url-context':
        return this.#takes('sources', JSON.stringify(event.metadata).length) ? event : undefined;
      default:
        return event;
    }
  }

  #takes(kind: Kind, chars: number): boolean {
    const isTaken = this.#rates.get(kind)?.take('', chars) ?? true;
    if (!isTaken) this.#leftOut += chars;
    return isTaken;
  }
}
