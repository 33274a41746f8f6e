// A worker's log line as `npm start` shows it.
import { expect, test } from 'vitest';
import { readableLine } from '../../scripts/start/log-line.mjs';

test('level and message first, then the fields that say something', () => {
  const line = JSON.stringify({
    level: 40,
    time: 1,
    pid: 2,
    hostname: 'h',
    room: 'talk-1',
    reason: 'went away',
    usage: { total: 3 },
    msg: 'the call has ended',
  });
  expect(readableLine(line)).toBe(
    'WARN  the call has ended room=talk-1 reason="went away" usage={"total":3}',
  );
});

test('an error keeps its stack', () => {
  const line = JSON.stringify({
    level: 50,
    err: { message: 'no', stack: 'Error: no\n    at here' },
    msg: 'failed',
  });
  expect(readableLine(line)).toBe('ERROR failed err=Error: no\n    at here');
});

test.each([
  'plain words',
  '{"level":30,"msg":"cut o',
  '{"level":"info","msg":"of another logger"}',
  '{}',
  '',
])('%j stays as it is', (line) => {
  expect(readableLine(line)).toBe(line);
});
