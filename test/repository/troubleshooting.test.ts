// docs/troubleshooting.md says for each code of docs/protocol.md what to do.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { rootFolder } from '../../scripts/setup/paths.mjs';

const read = (path: string): string => readFileSync(join(rootFolder, path), 'utf8');

/** The codes in the first column of the table with this head: one row names several as `1007`, `1008`. */
function codesOf(text: string, head: RegExp): string[] {
  const [, , ...rows] = text.slice(text.search(head)).split('\n');
  const body = rows.slice(
    0,
    rows.findIndex((row) => !row.startsWith('|')),
  );
  return body.flatMap((row) => {
    const first = row.split('|')[1] ?? '';
    const quoted = [...first.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
    return quoted.length > 0 ? quoted : [first.trim()];
  });
}

const protocol = read('docs/protocol.md');
const troubleshooting = read('docs/troubleshooting.md');

const EVENTS = [/^\| code of an `error` +\|/m, /^\| code of an `error` event or/m] as const;
const COMMANDS = [/^\| error +\| meaning/m, /^\| error of a command/m] as const;
const TOOLS = [/^\| code +\| meaning/m, /^\| code of a failed tool/m] as const;

describe('every code has a row that says what to do', () => {
  test.each([
    ['error events', ...EVENTS],
    ['errors of the library', /^\| code of AgentError/m, EVENTS[1]],
    ['errors of commands', ...COMMANDS],
    ['errors of tools', ...TOOLS],
  ])('%s', (_kind, inProtocol, inTroubleshooting) => {
    const codes = codesOf(protocol, inProtocol);
    expect(codes.length).toBeGreaterThan(5);
    const answered = codesOf(troubleshooting, inTroubleshooting);
    expect(codes.filter((code) => !answered.includes(code))).toEqual([]);
  });

  test('and no row is about a code that is not there', () => {
    const events = [...codesOf(protocol, EVENTS[0]), ...codesOf(protocol, /^\| code of AgentError/m)];
    expect(codesOf(troubleshooting, EVENTS[1]).filter((code) => !events.includes(code))).toEqual([]);
    for (const [there, here] of [COMMANDS, TOOLS])
      expect(codesOf(troubleshooting, here)).toEqual(codesOf(protocol, there));
  });
});
