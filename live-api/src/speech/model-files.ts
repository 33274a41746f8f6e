// The files of the recognition model: which they have to be, and a check that they are.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Moonshine tiny-en, int8 (MIT), as it stands in the Python package moonshine-voice 0.0.69, assets/tiny-en. */
const FILES = {
  encoder: {
    name: 'encoder_model.ort',
    bytes: 13_281_600,
    sha256: '94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221',
  },
  decoder: {
    name: 'decoder_model_merged.ort',
    bytes: 30_412_256,
    sha256: 'cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0',
  },
  tokens: {
    name: 'tokenizer.bin',
    bytes: 249_974,
    sha256: '6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d',
  },
} as const;

export type ModelFiles = { readonly [name in keyof typeof FILES]: Buffer };

/** The model's folder is missing, or what lies in it is not the model. The message says which file and why. */
export class ModelFilesError extends Error {
  override readonly name = 'ModelFilesError';
}

/** Reads the model's three files into memory. Throws a ModelFilesError when one is missing or differs. */
export async function readModelFiles(folder: string): Promise<ModelFiles> {
  const [encoder, decoder, tokens] = await Promise.all([
    read(folder, FILES.encoder),
    read(folder, FILES.decoder),
    read(folder, FILES.tokens),
  ]);
  check(folder, FILES.encoder, encoder);
  check(folder, FILES.decoder, decoder);
  check(folder, FILES.tokens, tokens);
  return { encoder, decoder, tokens };
}

type ModelFile = (typeof FILES)[keyof typeof FILES];

async function read(folder: string, { name }: ModelFile): Promise<Buffer> {
  const path = join(folder, name);
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new ModelFilesError(`${path} cannot be read (${error.code ?? error.message})`);
  });
}

function check(folder: string, { name, bytes, sha256 }: ModelFile, file: Buffer): void {
  const path = join(folder, name);
  if (file.length !== bytes)
    throw new ModelFilesError(`${path} has ${file.length} bytes instead of ${bytes}`);
  if (createHash('sha256').update(file).digest('hex') !== sha256) {
    throw new ModelFilesError(`${path} has the right size but another content: its sha256 differs`);
  }
}
