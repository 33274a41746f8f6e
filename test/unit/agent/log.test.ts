// The worker's log lines: JSON in which nothing is left that a terminal would obey, and that says the same.
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { writeLines } from '../../../agent/observe/log.js';

function collected(): { readonly sink: Writable; readonly written: () => string } {
  let text = '';
  const sink = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  return { sink, written: () => text };
}

const OBEYED = 'eve\u001b[2J\u009b31m\u202e\u2066\r\n\u2028x';

test('control characters and turned text are escaped, in children too, and each entry is one line', () => {
  const { sink, written } = collected();
  const log = pino({}, sink);
  writeLines(log, 'json');
  log.child({ room: OBEYED }).warn({ identity: OBEYED, err: new Error(OBEYED) }, OBEYED);
  log.info({}, 'next');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
  expect(written()).not.toMatch(/[\0-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
  const lines = written().split('\n');
  expect(lines).toHaveLength(3);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ room: OBEYED, identity: OBEYED, msg: OBEYED });
});

test('lines for people show the fields, and control characters as their escapes', () => {
  const { sink, written } = collected();
  const log = pino({}, sink);
  writeLines(log, 'pretty');
  log.warn({ room: OBEYED, path: 'C:\\u0041' }, 'the call has begun');
  expect(written()).toContain('WARN: the call has begun');
  expect(written()).toContain('eve\\u001b[2J\\u009b31m');
  expect(written()).toContain('C:\\u0041');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be there
  expect(written()).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]/);
});
