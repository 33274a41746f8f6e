// Speech for unit tests: the test says what the ear hears, the voice gives silence of a known length.
import { type EarEvent, type EarOptions, type Speech, VOICE_RATE } from '../../src/speech/port.js';

export interface FakeSpeech extends Speech {
  /** Lets the ear opened last tell something. */
  hear(event: EarEvent): void;
  /** A whole utterance in one go. */
  utter(text: string): void;
  /** Ears that were opened and not closed. */
  readonly ears: number;
  readonly pushed: number;
  /** How often an ear was told that an utterance ends. */
  readonly ends: number;
  /** What the ear opened last was asked for. */
  readonly options: EarOptions | undefined;
}

/** Each text takes `sayMs`, in one piece. */
export function fakeSpeech(sayMs = 1000, recognises = true): FakeSpeech {
  let listener: (event: EarEvent) => void = () => undefined;
  let ears = 0;
  let pushed = 0;
  let ends = 0;
  let speaking = false;
  let options: EarOptions | undefined;
  const hear = (event: EarEvent) => {
    if (event.type === 'started') speaking = true;
    else if (event.type === 'ended') speaking = false;
    listener(event);
  };
  return {
    recognises,
    get ears() {
      return ears;
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
    openEar(given, onEvent) {
      ears++;
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
          ears--;
        },
      };
    },
    async *say(_text, _voice, signal) {
      if (!signal.aborted) yield new Int16Array((sayMs * VOICE_RATE) / 1000);
    },
    close: () => Promise.resolve(),
  };
}
