import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ModelFilesError, readModelFiles } from '../../../src/speech/model-files.js';

const SIZES = {
  'encoder_model.ort': 13_281_600,
  'decoder_model_merged.ort': 30_412_256,
  'tokenizer.bin': 249_974,
};

describe('readModelFiles', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'model-'));
    for (const [name, size] of Object.entries(SIZES)) {
      await writeFile(join(folder, name), '');
      await truncate(join(folder, name), size);
    }
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('names a file that is not there', async () => {
    await rm(join(folder, 'tokenizer.bin'));
    const reading = readModelFiles(folder);
    await expect(reading).rejects.toThrow(ModelFilesError);
    await expect(reading).rejects.toThrow(/tokenizer\.bin cannot be read \(ENOENT\)/);
  });

  it('names a file of another size', async () => {
    await truncate(join(folder, 'encoder_model.ort'), 1000);
    await expect(readModelFiles(folder)).rejects.toThrow(
      /encoder_model\.ort has 1000 bytes instead of 13281600/,
    );
  });

  it('does not take another content of the same size', async () => {
    await expect(readModelFiles(folder)).rejects.toThrow(/right size but another content/);
  });
});
