// Speech for unit tests: the test says what the recogniser hears, the voice gives silence of a known length.
import {
  type RecogniserEvent,
  type RecogniserOptions,
  type Speech,
  VOICE_RATE,
} from '../../src/speech/port.js';

export interface FakeSpeech extends Speech {
  /** Lets the recogniser opened last tell something. */
  hear(event: RecogniserEvent): void;
  /** A whole utterance in one go. */
  utter(text: string): void;
  /** Recognisers that were opened and not closed. */
  readonly recognisers: number;
  readonly pushed: number;
  /** How often end() was called. */
  readonly ends: number;
  /** What the recogniser opened last was asked for. */
  readonly options: RecogniserOptions | undefined;
}

/** Each text takes `sayMs`, in one segment. */
export function fakeSpeech(sayMs = 1000, recognises = true): FakeSpeech {
  let listener: (event: RecogniserEvent) => void = () => undefined;
  let recognisers = 0;
  let pushed = 0;
  let ends = 0;
  let speaking = false;
  let options: RecogniserOptions | undefined;
  const hear = (event: RecogniserEvent) => {
    if (event.type === 'started') speaking = true;
    else if (event.type === 'ended') speaking = false;
    listener(event);
  };
  return {
    recognises,
    get recognisers() {
      return recognisers;
    },
    get pushed() {
      return pushed;
    },
    get ends() {
      return ends;
    },
    get options() {
      return options;
    },
    hear,
    utter(text) {
      hear({ type: 'started', offset: 1600 });
      hear({ type: 'ended', offset: 17_600 });
      hear({ type: 'heard', text, offset: 17_600 });
    },
    openRecogniser(given, onEvent) {
      recognisers++;
      options = given;
      listener = onEvent;
      return {
        push: (samples) => {
          pushed += samples.length;
        },
        begin: () => hear({ type: 'started', offset: 0 }),
        end: () => {
          ends++;
          if (!speaking) return;
          hear({ type: 'ended', offset: 1600 });
          hear({ type: 'heard', text: '', offset: 1600 });
        },
        close: () => {
          recognisers--;
        },
      };
    },
    async *say(_text, _voice, signal) {
      if (!signal.aborted) yield new Int16Array((sayMs * VOICE_RATE) / 1000);
    },
    close: () => Promise.resolve(),
  };
}
