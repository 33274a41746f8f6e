// What a process of the worker changes of itself.
import { GoogleGenAI } from '@google/genai';
import { afterEach, expect, test, vi } from 'vitest';
import { silenceSdk } from '../../../agent/own-process.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

test('the SDK says nothing of keys in the environment, and what else is printed is printed', () => {
  vi.stubEnv('GOOGLE_API_KEY', 'a key');
  vi.stubEnv('GEMINI_API_KEY', 'another key');
  const printed: unknown[][] = [];
  for (const level of ['warn', 'debug'] as const)
    vi.spyOn(console, level).mockImplementation((...words) => void printed.push(words));
  const make = () => {
    new GoogleGenAI({ apiKey: 'a third key', vertexai: false });
    new GoogleGenAI({ vertexai: true, project: 'shop', location: 'europe-west4' });
  };
  make();
  expect(printed).toHaveLength(3);
  silenceSdk();
  make();
  console.warn('another warning', 1);
  expect(printed.slice(3)).toEqual([['another warning', 1]]);
});
