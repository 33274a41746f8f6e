// What src/gemini uses of @google/genai without a public promise: still there, and still doing this.
import * as sdk from '@google/genai';
import { expect, test, vi } from 'vitest';
import { createClient } from '../../src/gemini/client.js';

test('the client keeps for subclasses what its Live is made with, and Live takes a factory of sockets', async () => {
  const warn = vi.fn();
  const opened: string[] = [];
  const live = createClient({ apiKey: 'a key', baseUrl: 'http://127.0.0.1:9' }, 'v1beta', {
    warn,
  }).liveThrough(() => ({
    create: (url) => {
      opened.push(url);
      throw new Error('as far as this goes');
    },
  }));
  expect(live).toBeInstanceOf(sdk.Live);
  await expect(
    live?.connect({ model: 'gemini-3.8-live', callbacks: { onmessage: () => {} } }),
  ).rejects.toThrow('as far as this goes');
  expect(opened).toEqual([
    expect.stringMatching(/v1beta\.GenerativeService\.BidiGenerateContent\?key=a key$/),
  ]);
  expect(warn).not.toHaveBeenCalled();
});

test('a session lets its socket be written to and closed', () => {
  const sent: string[] = [];
  const conn = {
    connect: () => {},
    send: (text: string) => void sent.push(text),
    close: () => void sent.push('closed'),
  };
  const session = new sdk.Session(conn, { isVertexAI: () => false } as never);
  session.conn.send('a frame');
  session.close();
  expect(sent).toEqual(['a frame', 'closed']);
});
