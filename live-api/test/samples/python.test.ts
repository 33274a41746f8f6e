// The examples in Python (examples.py), with Google's SDK from PyPI in an environment of its own, over TLS.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { CLIP_WORDS, runProgram, type SampleServer, startSampleServer } from './server.js';

const SDK = 'google-genai==3.6.1';
const root = fileURLToPath(new URL('../../../', import.meta.url));
const environment = join(root, '.cache', 'samples', 'python');
const python = join(environment, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
const program = fileURLToPath(new URL('./examples.py', import.meta.url));

type Result = Readonly<Record<string, unknown>>;

/** What has to be true of the example's result; what the page says that the example does. */
const EXAMPLES: Readonly<Record<string, (result: Result) => void>> = {
  text_to_text: ({ text }) => expect(text).toMatch(/fine, thank you/),
  text_to_audio: ({ seconds }) => expect(seconds).toBeGreaterThan(1),
  audio_blob: ({ text, heard }) => {
    expect(heard).toBe(CLIP_WORDS);
    expect(text).toMatch(/Go forward ten meters/);
  },
  audio_stream_end: ({ heard, said, seconds }) => {
    expect(heard).toBe(CLIP_WORDS);
    expect(said).toMatch(/Go forward ten meters/);
    expect(seconds).toBeGreaterThan(1);
  },
  manual_activity: ({ heard, text }) => {
    expect(heard).toBe(CLIP_WORDS);
    expect(text).toMatch(/Go forward ten meters/);
  },
  incremental_content: ({ text }) => expect(text).toMatch(/green/),
  voice_and_transcript: ({ said, seconds }) => {
    expect(said).toBe('2 plus 3 makes 5.');
    expect(seconds).toBeGreaterThan(1);
  },
  token_count: ({ total, details }) => {
    expect(total).toBeGreaterThan(0);
    expect(details).toEqual({ AUDIO: expect.any(Number) });
  },
  function_calling: ({ name, args, text, details }) => {
    expect({ name, args }).toEqual({ name: 'get_weather', args: { city: 'Rome' } });
    expect(text).toMatch(/sunny/);
    expect(details).toBeGreaterThan(0);
  },
  asynchronous_function: ({ said }) => expect(said).toMatch(/sunny/),
  code_execution: ({ code, output, text }) => {
    expect(code).toBe('print(12 * 12)');
    expect(output).toBe('144\n');
    expect(text).toMatch(/144/);
  },
  google_search: ({ said, queries, chunks }) => {
    expect(queries).toEqual(['When did the last Brazil versus Argentina soccer match happen']);
    expect(chunks).toBe(1);
    expect(said).toMatch(/^I searched/);
  },
  resumption: ({ handle, text }) => {
    expect(handle).toBe(true);
    expect(text).toBe('Your name is Ana.');
  },
  compression_and_generation_complete: ({ ends }) =>
    expect(ends).toEqual(['generation_complete', 'turn_complete']),
  interruption: ({ interrupted }) => expect(interrupted).toBe(true),
  thinking: ({ thoughts }) => expect(thoughts).toBeGreaterThan(0),
  affective_and_proactive: ({ seconds }) => expect(seconds).toBeGreaterThan(1),
  realtime_text_and_video: ({ said }) => expect(said).toMatch(/320 by 240 pixels, mostly red/),
  ephemeral_token: ({ token, seconds }) => {
    expect(token).toBe('auth_tokens/');
    expect(seconds).toBeGreaterThan(1);
  },
  latest_alias: ({ seconds }) => expect(seconds).toBeGreaterThan(1),
};

function prepareEnvironment(): void {
  if (
    spawnSync(python, ['-c', `import google.genai as g; assert '${SDK}'.endswith(g.__version__)`]).status ===
    0
  )
    return;
  const base = process.env.PYTHON ?? 'python3';
  const commands: [string, string[]][] = [
    ...(existsSync(python) ? [] : ([[base, ['-m', 'venv', environment]]] as [string, string[]][])),
    [python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', SDK]],
  ];
  for (const [command, args] of commands) {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' });
    if (status !== 0)
      throw new Error(
        `the samples in Python need Python 3.10 or newer and PyPI (PYTHON names another python). ` +
          `This failed: ${command} ${args.join(' ')}\n${error?.message ?? stderr}`,
      );
  }
}

/** Runs the first program of the page, at another address. */
async function hello({ tlsUrl, authorityFile }: SampleServer): Promise<string> {
  const page = readFileSync(join(root, 'docs/live-api/python.md'), 'utf8');
  const [, code = ''] = /^```python\n(# hello\.py[\s\S]*?)^```$/m.exec(page) ?? [];
  return runProgram(python, ['-c', code.replace('https://127.0.0.1:8790', tlsUrl)], {
    SSL_CERT_FILE: authorityFile,
  });
}

describe('the example in Python', () => {
  const results = new Map<string, Result>();
  let said = '';

  beforeAll(async () => {
    prepareEnvironment();
    await using server = await startSampleServer();
    const stdout = await runProgram(python, [program, server.tlsUrl, server.clipFile, server.imageFile], {
      SSL_CERT_FILE: server.authorityFile,
    });
    said = await hello(server);
    for (const line of stdout.split('\n').filter((text) => text.startsWith('{'))) {
      const { example, ...result } = JSON.parse(line) as Result & { example: string };
      results.set(example, result);
    }
  });

  it.each(Object.entries(EXAMPLES))('%s', (name, check) => {
    const result = results.get(name);
    if (!result || 'error' in result)
      throw new Error(`${name}: ${String(result?.error ?? 'it did not run')}`);
    check(result);
  });

  it('of docs/live-api/python.md', () => {
    expect(said).toBe('7 times 6 makes 42.');
  });

  it('is among these', () => {
    expect([...results.keys()].sort()).toEqual(Object.keys(EXAMPLES).sort());
  });
});
