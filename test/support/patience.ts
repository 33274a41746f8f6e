// Set-up of every test file: what a test waits for may take 8 s. Vitest's default of 1 s is shorter than the pauses of a
// busy machine, and its own time for a test of 10 s must not end before the wait, whose error says what was missing.
import { vi } from 'vitest';

const ARRIVES_MS = 8_000;

const { waitFor } = vi;
vi.waitFor = (callback, options = {}) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: ARRIVES_MS, ...options });
