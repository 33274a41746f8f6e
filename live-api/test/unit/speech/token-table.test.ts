import { describe, expect, it } from 'vitest';
import { TokenTable } from '../../../src/speech/token-table.js';

function table(...tokens: string[]): Buffer {
  return Buffer.concat(
    tokens.map((token) => {
      const bytes = Buffer.from(token, 'latin1');
      const length = bytes.length;
      const prefix = length < 128 ? [length] : [128 + (length % 128), Math.floor(length / 128)];
      return Buffer.concat([Buffer.from(prefix), bytes]);
    }),
  );
}

const utf8 = (text: string) => Buffer.from(text).toString('latin1');

describe('TokenTable', () => {
  it('joins tokens to words', () => {
    const tokens = new TokenTable(table('<unk>', '<s>', '</s>', utf8('▁Go'), utf8('▁for'), 'ward', '.'));
    expect(tokens.size).toBe(7);
    expect(tokens.decode([3, 4, 5, 6])).toBe('Go forward.');
  });

  it('leaves special tokens out', () => {
    const tokens = new TokenTable(table('<unk>', '<s>', '</s>', utf8('▁a')));
    expect(tokens.decode([1, 3, 0, 2])).toBe('a');
  });

  it('puts a character together that is spread over tokens', () => {
    const [first = '', ...rest] = utf8('é');
    const tokens = new TokenTable(table('', '', '', 'caf', first, rest.join('')));
    expect(tokens.decode([3, 4, 5])).toBe('café');
  });

  it('reads tokens longer than 127 bytes', () => {
    const tokens = new TokenTable(table('', '', '', 'x'.repeat(300), 'y'));
    expect(tokens.decode([3, 4])).toBe(`${'x'.repeat(300)}y`);
  });

  it('refuses a table that is cut off', () => {
    expect(() => new TokenTable(Buffer.from([5, 65, 66]))).toThrow('ends in the middle of a token');
  });
});
