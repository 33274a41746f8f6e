// Scenarios from files: YAML and JSON mean the same, and a mistake is reported with the file and the place.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readScenarioFile } from '../../src/scenario/file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scenario-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (name: string, text: string) => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const yaml = `
# A comment.
name: weather
otherwise: silence
rules:
  - when: { heard: 'weather in (\\w+)' }
    do:
      - call: { name: get_weather, args: { city: Rome } }
    times: 1
  - when:
      toolResponse: get_weather
    do:
      - say: >
          Take an
          umbrella.
`;

it('YAML and JSON mean the same', async () => {
  const fromYaml = await readScenarioFile(write('s.yaml', yaml));
  expect(fromYaml).toMatchObject({
    name: 'weather',
    otherwise: 'silence',
    rules: [
      {
        when: { heard: 'weather in (\\w+)' },
        do: [{ call: { name: 'get_weather', args: { city: 'Rome' } } }],
      },
      { do: [{ say: 'Take an umbrella.\n' }] },
    ],
  });
  const { connections, ...json } = fromYaml;
  expect(connections).toEqual([]);
  expect(await readScenarioFile(write('s.json', JSON.stringify(json, undefined, '\t')))).toEqual(fromYaml);
});

it.each([
  ['no-file.yaml', undefined, /no-file\.yaml cannot be read: ENOENT/],
  ['a.yaml', 'rules: [', /a\.yaml: .*at line 1, column 9$/],
  ['a.yaml', 'rules: []\nrules: []\n', /a\.yaml: Map keys must be unique at line 2, column 1$/],
  ['a.json', '{ "rules": [', /a\.json: .*JSON/],
  ['a.yaml', '', /a\.yaml: the scenario cannot be read: .*expected object/],
  ['a.yaml', 'rules:\n  - when: { turn: 0 }\n    do: []\n', /a\.yaml: .*rules\.0\.when\.turn/],
  [
    'a.yaml',
    'rules:\n  - when: { setup: true }\n    do:\n      - shout: x\n',
    /a\.yaml: .*rules\.0\.do\.0: has to be one of say/,
  ],
])('%s with %j is refused', async (name, text, words) => {
  const path = text === undefined ? join(folder, name) : write(name, text);
  const failure = await readScenarioFile(path).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(TypeError);
  expect((failure as Error).message).toMatch(words);
  expect((failure as Error).message).not.toContain('\n');
});
