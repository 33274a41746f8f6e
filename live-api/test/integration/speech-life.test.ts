// Opening and closing the speech parts, with and without the recognition model, and what becomes of an answer.
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LONG_STORY } from '../../src/answerer/stories.js';
import { openSpeech, type SpeechOptions } from '../../src/speech/index.js';
import type { RecogniserEvent, Speech } from '../../src/speech/port.js';
import { joined, readClip } from '../fixtures/clips.js';
import { EAR_OPTIONS, listenTo } from '../fixtures/listening.js';
import { speechModelDir } from '../fixtures/speech-model.js';

const opened: Speech[] = [];

async function open(options: SpeechOptions = { modelDir: speechModelDir() }) {
  const log = { warn: vi.fn<(message: string) => void>(), error: vi.fn<(message: string) => void>() };
  const speech = await openSpeech({ log, ...options });
  opened.push(speech);
  return { speech, log };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((speech) => speech.close()));
});

async function segments(speech: Speech, text: string, signal = new AbortController().signal) {
  const found: Int16Array[] = [];
  for await (const segment of speech.say(text, 'Puck', signal)) found.push(segment);
  return found;
}

describe('without the recognition model', () => {
  const clip = () => joined(500, readClip('goforward'), 1000);

  it('hears that somebody speaks, and says once why it knows no words', async () => {
    const { speech, log } = await open({ modelDir: '/no/such/folder' });
    expect(speech.recognises).toBe(false);
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^Words cannot be recognised.*\/no\/such\/folder\/.* \(ENOENT\).*npm run setup/),
    );
    const events = await listenTo(speech, clip());
    expect(events.map(({ type }) => type)).toEqual(['started', 'ended', 'heard']);
    expect(events.at(-1)).toMatchObject({ text: '' });
    expect(await segments(speech, 'I can speak all the same.')).toHaveLength(1);
  });

  it('needs no folder at all', async () => {
    const { speech, log } = await open({});
    expect(speech.recognises).toBe(false);
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('no folder'));
  });

  it('does not take other files for the model', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'model-'));
    try {
      for (const name of ['decoder_model_merged.ort', 'tokenizer.bin']) {
        await copyFile(join(speechModelDir(), name), join(folder, name));
      }
      await writeFile(join(folder, 'encoder_model.ort'), 'not a model');
      await truncate(join(folder, 'encoder_model.ort'), 13_281_600);
      const { speech, log } = await open({ modelDir: folder });
      expect(speech.recognises).toBe(false);
      expect(log.warn).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('sha256 differs'));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('the first answer', () => {
  it('costs what later ones cost: what is compiled and allocated at first use was before', async () => {
    const index = new URL('../../dist/speech/index.js', import.meta.url);
    const clip = fileURLToPath(new URL('../fixtures/goforward.wav', import.meta.url));
    const program = `
      import { readFileSync } from 'node:fs';
      import { openSpeech } from ${JSON.stringify(index.href)};
      const file = readFileSync(${JSON.stringify(clip)});
      const speech = await openSpeech({ modelDir: ${JSON.stringify(speechModelDir())} });
      const cpuMs = async (run) => {
        const began = process.cpuUsage();
        await run();
        const { user, system } = process.cpuUsage(began);
        return (user + system) / 1000;
      };
      const hear = () => new Promise((resolve) => {
        const recogniser = speech.openRecogniser(${JSON.stringify({ ...EAR_OPTIONS, manual: true })}, ({ type }) => {
          if (type !== 'heard') return;
          recogniser.close();
          resolve();
        });
        recogniser.begin();
        recogniser.push(new Int16Array(file.buffer.slice(file.byteOffset + 44, file.byteOffset + file.length)));
        recogniser.end();
      });
      const say = async () => {
        const { signal } = new AbortController();
        for await (const _ of speech.say('You want me to go forward ten meters.', 'Puck', signal)) break;
      };
      const heard = [];
      const said = [];
      for (let n = 0; n < 6; n++) {
        heard.push(await cpuMs(hear));
        said.push(await cpuMs(say));
      }
      console.log(JSON.stringify({ heard, said }));
      await speech.close();`;
    // Processor time, not time: other processes do not change it.
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    const { heard, said } = JSON.parse(stdout) as Record<'heard' | 'said', number[]>;
    console.log(
      `processor ms to hear ${heard.map(Math.round).join(', ')}; to speak ${said.map(Math.round).join(', ')}`,
    );
    const median = ([, ...later]: readonly number[]) => [...later].sort((a, b) => a - b)[2] ?? 0;
    expect(heard[0]).toBeLessThan(1.6 * median(heard) + 20);
    expect(said[0]).toBeLessThan(1.6 * median(said) + 20);
  });
});

describe('say', () => {
  it('gives a long answer sentence by sentence, the first long before the last', async () => {
    const { speech } = await open();
    const began = performance.now();
    const at: number[] = [];
    let samples = 0;
    for await (const segment of speech.say(LONG_STORY, 'Puck', new AbortController().signal)) {
      expect(segment.buffer.byteLength).toBe(segment.byteLength);
      at.push(performance.now() - began);
      samples += segment.length;
    }
    expect(at.length).toBeGreaterThanOrEqual(6);
    expect(at[0] as number).toBeLessThan((at.at(-1) as number) / 2);
    expect(samples / 24_000).toBeGreaterThan(20);
    expect(samples / 24_000).toBeLessThan(30);
  });

  it('ends when it is aborted, between segments and while one is made', async () => {
    const { speech, log } = await open();
    const between = new AbortController();
    let count = 0;
    for await (const _ of speech.say(LONG_STORY, 'Puck', between.signal)) if (++count === 2) between.abort();
    expect(count).toBe(2);

    const during = new AbortController();
    const saying = segments(speech, LONG_STORY, during.signal);
    during.abort();
    expect(await saying).toEqual([]);
    expect(await segments(speech, 'Never.', AbortSignal.abort())).toEqual([]);
    expect(log.error).not.toHaveBeenCalled();
  });

  it('leaves nothing behind on a signal that lives on', async () => {
    const { speech } = await open();
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, 'addEventListener');
    const remove = vi.spyOn(signal, 'removeEventListener');
    await segments(speech, 'One. Two. Three.', signal);
    expect(add.mock.calls.length).toBe(remove.mock.calls.length);
  });

  it('has nothing to say of nothing', async () => {
    const { speech } = await open();
    expect(await segments(speech, '')).toEqual([]);
    expect(await segments(speech, '你好')).toEqual([]);
  });
});

describe('recognisers', () => {
  it('emit no event after they are closed, and others continue', async () => {
    const { speech } = await open();
    const events: RecogniserEvent[] = [];
    const recogniser = speech.openRecogniser(EAR_OPTIONS, (event) => events.push(event));
    recogniser.push(joined(readClip('goforward'), 1000));
    recogniser.close();
    expect(
      (await listenTo(speech, joined(500, readClip('goforward'), 1000))).map(({ type }) => type),
    ).toEqual(['started', 'ended', 'heard']);
    expect(events).toEqual([]);
  });

  it('take views of larger buffers', async () => {
    const { speech } = await open();
    const whole = joined(500, readClip('goforward'), 1000);
    const events: RecogniserEvent[] = [];
    const recogniser = speech.openRecogniser(EAR_OPTIONS, (event) => events.push(event));
    for (let at = 0; at < whole.length; at += 320) recogniser.push(whole.subarray(at, at + 320));
    await vi.waitFor(() => expect(events.at(-1)).toMatchObject({ text: 'Go forward ten meters.' }), {
      timeout: 20_000,
    });
    expect(whole.length).toBeGreaterThan(0);
  });

  it('warn of sound that comes faster than it can be heard', async () => {
    const { speech, log } = await open();
    const recogniser = speech.openRecogniser(EAR_OPTIONS, () => {});
    recogniser.push(new Int16Array(16_000 * 200));
    await vi.waitFor(() =>
      expect(log.warn).toHaveBeenCalledWith(
        expect.stringMatching(/faster than .* \d+ ms of it were dropped/),
      ),
    );
    recogniser.close();
  });
});

describe('close', () => {
  it('may be called twice, ends what is going on, and lets the parts be opened again', async () => {
    const { speech, log } = await open();
    const recogniser = speech.openRecogniser({ ...EAR_OPTIONS, manual: true }, () => {});
    recogniser.begin();
    recogniser.push(readClip('jfk'));
    recogniser.end();
    const saying = segments(speech, LONG_STORY);
    await Promise.all([speech.close(), speech.close()]);
    await saying;
    await speech.close();
    expect(log.error).not.toHaveBeenCalled();

    const { speech: again } = await open();
    expect(await segments(again, 'Hello again.')).toHaveLength(1);
  });

  it('is not needed for a process to end in good order, even in the middle of a run', async () => {
    const index = new URL('../../dist/speech/index.js', import.meta.url);
    const clip = fileURLToPath(new URL('../fixtures/jfk.wav', import.meta.url));
    const program = `
      import { readFileSync } from 'node:fs';
      import { openSpeech } from ${JSON.stringify(index.href)};
      const file = readFileSync(${JSON.stringify(clip)});
      const speech = await openSpeech({ modelDir: ${JSON.stringify(speechModelDir())} });
      for (let recognisers = 0; recognisers < 8; recognisers++) {
        const recogniser = speech.openRecogniser(${JSON.stringify(EAR_OPTIONS)}, ({ type }) => {
          if (type === 'started') process.exit(7);
        });
        recogniser.push(new Int16Array(file.buffer.slice(file.byteOffset + 44, file.byteOffset + 300_044)));
        recogniser.begin();
        recogniser.end();
      }`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
    await expect(run).rejects.toMatchObject({ code: 7, signal: null });
  });
});
