// The words so far of an utterance: one look at a time, the newest first, and nothing of an utterance that is over.
import { describe, expect, it, vi } from 'vitest';
import { PartialWords } from '../../../src/speech/partial-words.js';

/** Sound whose first sample names it. */
const sound = (name: number) => Float32Array.of(name);
const look = (name: number, settled = false) => ({ samples: sound(name), offset: name, settled });

function open() {
  const told: [string, number][] = [];
  const asked: {
    name: number | undefined;
    signal: AbortSignal;
    answer(words: string | undefined): void;
    fail(): void;
  }[] = [];
  const words = new PartialWords({
    recognise: (samples, signal) =>
      new Promise((resolve, reject) => {
        asked.push({
          name: samples[0],
          signal,
          answer: resolve,
          fail: () => reject(new Error('the thread is busy elsewhere')),
        });
      }),
    emit: (text, offset) => told.push([text, offset]),
  });
  /** Answers the look that is under way, and waits until it was taken in. */
  const answer = async (text: string | undefined) => {
    asked.at(-1)?.answer(text);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { words, told, asked, answer };
}

describe('PartialWords', () => {
  it('reports what it finds, but nothing twice and nothing empty', async () => {
    const { words, told, answer } = open();
    for (const [name, text] of [
      [1, ''],
      [2, 'go'],
      [3, 'go'],
      [4, 'go forward'],
    ] as const) {
      words.look(look(name));
      await answer(text);
    }
    expect(told).toEqual([
      ['go', 2],
      ['go forward', 4],
    ]);
  });

  it('takes no words back when a stretch is cut before the end of the last look', async () => {
    const { words, told, answer } = open();
    words.look(look(4640));
    await answer('my fellow Americans ask');
    words.look(look(3056, true));
    await answer('my fellow Americans.');
    words.look(look(6304));
    await answer('Ask not');
    expect(told).toEqual([
      ['my fellow Americans ask', 4640],
      ['my fellow Americans. Ask not', 6304],
    ]);
  });

  it('looks once at a time, and then at the newest', async () => {
    const { words, told, asked, answer } = open();
    for (const name of [1, 2, 3, 4]) words.look(look(name));
    expect(asked.map(({ name }) => name)).toEqual([1]);
    await answer('one');
    expect(asked.map(({ name }) => name)).toEqual([1, 4]);
    await answer('one two');
    expect(told).toEqual([
      ['one', 1],
      ['one two', 4],
    ]);
  });

  it('joins stretches that are over to the one that grows, and passes over none of them', async () => {
    const { words, told, asked, answer } = open();
    words.look(look(1));
    words.look(look(2, true));
    words.look(look(3));
    words.look(look(4));
    await answer('one');
    await answer('one two.');
    await answer('Three');
    expect(asked.map(({ name }) => name)).toEqual([1, 2, 4]);
    expect(told.map(([text]) => text)).toEqual(['one', 'one two.', 'one two. Three']);
  });

  it('reports nothing after the end of an utterance, and begins the next one anew', async () => {
    const { words, told, asked, answer } = open();
    words.look(look(1, true));
    await answer('before');
    words.look(look(2));
    const late = asked[1];
    words.reset();
    expect(late?.signal.aborted).toBe(true);
    words.look(look(3));
    late?.answer('too late');
    await answer('after');
    expect(told.map(([text]) => text)).toEqual(['before', 'after']);
  });

  it('goes on after a look that failed, or that there was no time for', async () => {
    const { words, told, asked, answer } = open();
    words.look(look(1));
    await answer(undefined);
    words.look(look(2));
    asked.at(-1)?.fail();
    await vi.waitFor(() => {
      words.look(look(3));
      expect(asked).toHaveLength(3);
    });
    await answer('three');
    expect(told).toEqual([['three', 3]]);
  });

  it('reports no more of an utterance of which it missed words', async () => {
    const { words, told, asked, answer } = open();
    words.look(look(1, true));
    await answer(undefined);
    words.look(look(2));
    expect(asked).toHaveLength(1);
    words.reset();
    words.look(look(3));
    await answer('three');
    expect(told).toEqual([['three', 3]]);
  });

  it('keeps no more stretches than a few', async () => {
    const { words, told, asked, answer } = open();
    for (let name = 0; name < 20; name++) words.look(look(name, true));
    for (let n = 0; n < 20; n++) await answer('words');
    expect(asked.length).toBeLessThan(8);
    expect(told).toEqual([]);
  });
});
