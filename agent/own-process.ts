// What a process of this worker changes for all of itself. The library (src/) changes nothing of the process it runs in.

/**
 * What @google/genai prints at each connection about keys in the environment, although it is configured which one to use.
 * Among the lines of a log nobody can parse it.
 */
const ABOUT_KEYS =
  /^(Both GOOGLE_API_KEY and GEMINI_API_KEY are set|The user provided .* will take precedence)/;

export function silenceSdk(console: Pick<Console, 'warn' | 'debug'> = globalThis.console): void {
  for (const level of ['warn', 'debug'] as const) {
    const print = console[level].bind(console);
    console[level] = (...words: unknown[]) => {
      if (!ABOUT_KEYS.test(String(words[0]))) print(...words);
    };
  }
}
