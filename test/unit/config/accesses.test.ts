// The file of GOOGLE_ACCESS_FILE: keys by reference alone, every wrong entry named at once, no value printed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readAccesses } from '../../../src/config/accesses.js';

const folder = mkdtempSync(join(tmpdir(), 'accesses-'));
afterAll(() => rmSync(folder, { recursive: true }));

const VARIABLES: Readonly<Record<string, string>> = { FIRST: 'key-one', SECOND: 'key-two', BAD: 'a b' };

function read(content: unknown): ReturnType<typeof readAccesses> {
  const path = join(folder, 'accesses.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return readAccesses(path, (name) => VARIABLES[name]);
}

test('keys, another address and Vertex AI, in their order', () => {
  const vertex = { project: 'p', location: 'europe-west4' };
  expect(
    read([
      { apiKey: 'env:FIRST' },
      { apiKey: 'env:SECOND', baseUrl: 'https://proxy.example' },
      vertex,
      { vertex },
      { baseUrl: 'http://localhost:8790' },
    ]),
  ).toEqual([
    { apiKey: 'key-one' },
    { apiKey: 'key-two', baseUrl: 'https://proxy.example' },
    { vertex },
    { vertex },
    { baseUrl: 'http://localhost:8790' },
  ]);
});

test.each([
  ['no list', { apiKey: 'env:FIRST' }, 'no list of 1 to 16'],
  ['an empty list', [], 'no list of 1 to 16'],
  ['no JSON', '{', 'not JSON'],
  ['a key in the file', [{ apiKey: 'secret-key' }], '[0].apiKey: must be env:NAME'],
  ['a variable that is not set', [{ apiKey: 'env:NONE' }], 'names the variable NONE, which is not set'],
  ['a variable that holds no key', [{ apiKey: 'env:BAD' }], 'names the variable BAD, which is no key'],
  ['an unknown field', [{ apiKey: 'env:FIRST', model: 'm' }], '[0]: Unrecognized key: "model"'],
  ['an entry without anything', [{}], 'must have apiKey, baseUrl, or project and location'],
  ['half of Vertex AI', [{ project: 'p' }], 'must have project and location together'],
  ['Vertex AI with a key', [{ apiKey: 'env:FIRST', project: 'p', location: 'l' }], 'must not have apiKey'],
  ['another address that is none', [{ baseUrl: 'ftp://x' }], '[0].baseUrl: must be an http: or https:'],
  ['a key in clear', [{ apiKey: 'env:FIRST', baseUrl: 'http://far.example' }], 'must be an https: address'],
])('%s is refused, and no value is printed', (_name, content, message) => {
  const failure = (() => {
    try {
      return String(read(content));
    } catch (error) {
      return (error as Error).message;
    }
  })();
  expect(failure).toContain('GOOGLE_ACCESS_FILE');
  expect(failure).toContain(message);
  for (const secret of ['secret-key', 'key-one', 'a b']) expect(failure).not.toContain(secret);
});

test('every wrong entry is named', () => {
  expect(() => read([{ apiKey: 'x' }, { apiKey: 'env:FIRST' }, { apiKey: 'env:NONE' }])).toThrow(
    /\[0\]\.apiKey.*\[2\]\.apiKey/,
  );
  expect(() => readAccesses(join(folder, 'none.json'))).toThrow('cannot be read (ENOENT)');
});
