// Process-wide changes of the worker. The library (src/) changes nothing in its process.
import { dedicateProcess, type Environment, preloadCalls, serverSdk } from '../src/index.js';
import { createLog } from './observe/log.js';

/**
 * What @google/genai prints at each connection about keys in the environment, although it is configured which one to use.
 * It is not JSON, so it would break the parsing of the log.
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

/** Call it before anything else of the process. */
export function ownProcess(): void {
  // rtc-node's native library looks there, once, when it is loaded; what it would print has no reader.
  process.env.RUST_LOG ||= 'off';
  silenceSdk();
}

/** Loads what calls need, for a process that runs calls alone. */
export async function loadCalls(environment: Pick<Environment, 'logLevel' | 'logFormat'>): Promise<void> {
  await Promise.all([preloadCalls(), serverSdk()]);
  await dedicateProcess(createLog(environment));
}
