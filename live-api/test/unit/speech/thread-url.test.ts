import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { threadUrl } from '../../../src/speech/thread.js';

describe('threadUrl', () => {
  it('finds the thread beside the compiled file', () => {
    expect(threadUrl('detection-thread', 'file:///app/live-api/dist/speech/thread.js').href).toBe(
      'file:///app/live-api/dist/speech/detection-thread.js',
    );
  });

  it('takes the compiled file when the sources are run', () => {
    const here = new URL('../../../src/speech/thread.ts', import.meta.url);
    const url = threadUrl('recognition-thread', here.href);
    expect(url.href).toMatch(/live-api\/dist\/speech\/recognition-thread\.js$/);
    expect(existsSync(url)).toBe(true);
  });

  it('says what to do when nothing is built', () => {
    expect(() => threadUrl('detection-thread', 'file:///nowhere/src/speech/thread.ts')).toThrow(
      /\/nowhere\/dist\/speech\/detection-thread\.js is missing: .*npm run build/,
    );
  });
});
