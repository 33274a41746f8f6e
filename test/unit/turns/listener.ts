// Captions of a person under test: inputs go through the reducer, and time passes as it asks for it.
import {
  advanceUtterance,
  noUtterance,
  type UtteranceInput,
  type UtteranceStep,
} from '../../../src/turns/utterance.js';

type Captions = UtteranceStep['captions'];

/** Runs inputs through the reducer and ticks exactly when it asks for it. */
export class Listener {
  utterance = noUtterance;
  atMs = 10_000;
  readonly captions: (Captions[number] & { readonly atMs: number })[] = [];

  get finals(): readonly string[] {
    return this.captions.filter(({ final }) => final).map(({ text }) => text);
  }

  send(input: UtteranceInput): Captions {
    const step = advanceUtterance(this.utterance, input, this.atMs);
    this.utterance = step.utterance;
    this.captions.push(...step.captions.map((caption) => ({ ...caption, atMs: this.atMs })));
    return step.captions;
  }

  wait(ms: number): Captions {
    const before = this.captions.length;
    const untilMs = this.atMs + ms;
    for (
      let due = this.utterance.dueAtMs;
      due !== undefined && due <= untilMs;
      due = this.utterance.dueAtMs
    ) {
      this.atMs = due;
      this.send({ type: 'tick' });
    }
    this.atMs = untilMs;
    return this.captions.slice(before).map(({ segment, text, final }) => ({ segment, text, final }));
  }

  fragment(text: string, options: { finished?: boolean; interim?: boolean } = {}): Captions {
    return this.send({ type: 'input-transcript', text, finished: false, interim: false, ...options });
  }

  activity(phase: 'started' | 'ended'): Captions {
    return this.send({ type: 'activity', phase });
  }
}
