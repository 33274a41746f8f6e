// Lane: the first turn of a call, sent once a person is subscribed to the voice.
import type { Voice } from '../room/port.js';

export interface GreetingOptions {
  readonly voice: Voice;
  /** What the model is asked to open the call with. */
  readonly greeting: string | undefined;
  readonly say: (text: string) => void;
}

/** A greeting that is spoken before anybody is subscribed would lose its first seconds. */
export function attachGreeting({ voice, greeting, say }: GreetingOptions): () => void {
  const detached = new AbortController();
  if (greeting) {
    voice.waitForListener(detached.signal).then(
      () => {
        if (!detached.signal.aborted) say(greeting);
      },
      // Aborted, or the track is gone: nobody is left to greet.
      () => {},
    );
  }
  return () => detached.abort();
}
