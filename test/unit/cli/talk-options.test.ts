// The command line of the talk: paths, defaults, and one line for each mistake.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { CliFailure } from '../../../cli/failure.js';
import {
  callersFolder,
  checkOut,
  parseTalkArguments,
  parseWaitMs,
  readProfileFile,
  readWavFile,
} from '../../../cli/talk-options.js';
import { encodeWav } from '../../../cli/wav-writer.js';
import { sine } from '../../support/tone.js';

let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'options-'));
  return () => rm(folder, { recursive: true, force: true });
});

function mistake(message: string | RegExp): unknown {
  return expect.objectContaining({
    exitCode: 2,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
}

describe('arguments', () => {
  test('one file is enough', () => {
    expect(parseTalkArguments(['q.wav'], '/home/ana')).toEqual({
      help: false,
      file: '/home/ana/q.wav',
      out: '/home/ana/answer.wav',
      room: undefined,
      profile: undefined,
      agentName: undefined,
      waitMs: 60_000,
      json: false,
    });
  });

  test('all of them', () => {
    const argv = '--out a.wav --room r --profile p.json /q.wav --agent echo --wait-ms 500 --json'.split(' ');
    expect(parseTalkArguments(argv, '/home/ana')).toEqual({
      help: false,
      file: '/q.wav',
      out: '/home/ana/a.wav',
      room: 'r',
      profile: '/home/ana/p.json',
      agentName: 'echo',
      waitMs: 500,
      json: true,
    });
    expect(parseTalkArguments(['q.wav', '--agent', ''], '/').agentName).toBe('');
    expect(parseTalkArguments(['-h'], '/').help).toBe(true);
  });

  test.each<[string[], string | RegExp]>([
    [[], /^name the WAV file to play/],
    [['a.wav', 'b.wav'], 'one file at a time, please: b.wav is too many'],
    [['a.wav', '--room', ''], '--room needs a name'],
    [['a.wav', '--loud'], /^Unknown option '--loud'.*\(--help lists the options\)$/],
    [['a.wav', '--room'], /argument missing/],
    [['a.wav', '--wait-ms', '0'], /^--wait-ms must be whole milliseconds/],
  ])('%j is refused', (argv, message) => {
    expect(() => parseTalkArguments(argv, '/')).toThrow(CliFailure);
    try {
      parseTalkArguments(argv, '/');
    } catch (error) {
      expect(error).toEqual(mistake(message));
    }
  });

  test.each(['', '1.5', '-1', '1e3', 'soon', '999999999999'])('--wait-ms %j is refused', (text) => {
    expect(() => parseWaitMs(text)).toThrow('whole milliseconds');
  });
});

describe('files', () => {
  test('a WAV file is read, anything else is named', async () => {
    await writeFile(join(folder, 'q.wav'), encodeWav(sine(500, 100, 16_000), 16_000));
    await writeFile(join(folder, 'q.txt'), 'Dear Sir');
    expect((await readWavFile(join(folder, 'q.wav'))).rate).toBe(16_000);
    await expect(readWavFile(join(folder, 'q.txt'))).rejects.toEqual(mistake(/^q\.txt is no WAV file/));
    await expect(readWavFile(join(folder, 'no.wav'))).rejects.toEqual(
      mistake(`${join(folder, 'no.wav')} does not exist`),
    );
    await expect(readWavFile(folder)).rejects.toEqual(mistake(`cannot read ${folder}: EISDIR`));
  });

  test('a profile is passed on as it is written', async () => {
    const path = join(folder, 'p.json');
    await writeFile(path, '{ "voice": "Puck" }\n');
    expect(await readProfileFile(path)).toBe('{ "voice": "Puck" }\n');
    for (const text of ['[]', '"Puck"', 'null']) {
      await writeFile(path, text);
      await expect(readProfileFile(path)).rejects.toEqual(
        mistake('p.json is no profile: it must be a JSON object'),
      );
    }
    await writeFile(path, '{ voice }');
    await expect(readProfileFile(path)).rejects.toEqual(mistake(/^p\.json is no JSON: /));
    await expect(readProfileFile(join(folder, 'no.json'))).rejects.toEqual(mistake(/does not exist$/));
  });

  test('where the answer goes is checked before the talk', async () => {
    await mkdir(join(folder, 'sub'));
    await writeFile(join(folder, 'old.wav'), '');
    await checkOut(join(folder, 'new.wav'), '/q.wav');
    await checkOut(join(folder, 'old.wav'), '/q.wav');
    await expect(checkOut('/q.wav', '/q.wav')).rejects.toEqual(mistake(/would replace the file to play/));
    await expect(checkOut(join(folder, 'sub'), '/q.wav')).rejects.toEqual(mistake(/is a folder/));
    await expect(checkOut(join(folder, 'no', 'a.wav'), '/q.wav')).rejects.toEqual(
      mistake(/^cannot write .*: ENOENT$/),
    );
  });
});

test('paths start where npm was called for this script, and not for one around it', () => {
  expect(callersFolder({ npm_lifecycle_event: 'talk', INIT_CWD: '/home/ana' }, 'talk')).toBe('/home/ana');
  expect(callersFolder({ npm_lifecycle_event: 'test', INIT_CWD: '/home/ana' }, 'talk')).toBe(process.cwd());
  expect(callersFolder({}, 'talk')).toBe(process.cwd());
});
