// .env.example, livekit.yaml and package.json say the same as the code that reads them.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'dotenv';
import { describe, expect, test } from 'vitest';
import { rootFolder } from '../../scripts/setup/paths.mjs';
import { readLivekitConfig } from '../../scripts/start/livekit-config.mjs';
import { readEnvironment } from '../../src/config/environment.js';
import { environmentShape } from '../../src/config/environment-fields.js';
import { FILE_LIVEKIT } from '../../src/config/local-livekit.js';

const read = (path: string) => readFileSync(join(rootFolder, path), 'utf8');

describe('.env.example', () => {
  const example = parse(read('.env.example'));

  test('names exactly the variables that are read', () => {
    const liveApi = read('live-api/src/main.ts').match(/\bLIVE_API_[A-Z_]+/g) ?? [];
    const names = new Set([...Object.keys(environmentShape), ...liveApi]);
    expect(Object.keys(example).sort()).toEqual([...names].sort());
  });

  test('changes nothing when it is copied as it is', () => {
    const machine = { cores: 4, totalMemoryBytes: 8 * 1024 ** 3 };
    expect(readEnvironment(example, machine)).toEqual(readEnvironment({}, machine));
  });
});

describe('livekit.yaml', () => {
  test('has the port and the key that the agent takes by default', () => {
    const { port, apiKey, apiSecret } = readLivekitConfig(join(rootFolder, 'livekit.yaml'));
    expect({ url: `ws://127.0.0.1:${port}`, apiKey, apiSecret }).toEqual(FILE_LIVEKIT);
    expect(apiSecret.length).toBeGreaterThanOrEqual(32);
  });

  test('listens on this machine only', () => {
    const text = read('livekit.yaml');
    expect(text).toMatch(/^bind_addresses:\n {2}- 127\.0\.0\.1\n\n/m);
    expect(text).toMatch(/^ {2}tcp_port: 0$/m);
    expect(text).toMatch(/^ {2}node_ip: 127\.0\.0\.1$/m);
  });
});

describe('package.json', () => {
  const { scripts, dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
    string,
    Record<string, string>
  >;

  test('every script starts a file that is there, or is built from one that is', () => {
    for (const [name, command] of Object.entries(scripts ?? {})) {
      for (const [, file = ''] of command.matchAll(/\bnode (\S+)/g)) {
        const source = file
          .replace(/^dist\/(.*)\.js$/, '$1.ts')
          .replace(/^live-api\/dist\/(.*)\.js$/, 'live-api/src/$1.ts')
          .replace(/^bench\/dist\/(.*)\.js$/, '$1.ts');
        expect(existsSync(join(rootFolder, source)), `${name}: ${source}`).toBe(true);
      }
    }
  });

  test('every dependency has one exact version', () => {
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
    }
  });
});

describe('package-lock.json', () => {
  type Entry = { optionalDependencies?: Record<string, string>; link?: boolean; integrity?: string };
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> };

  /** Whether Node would find it from that package. */
  function isResolved(from: string, name: string): boolean {
    const folder = from === '' ? '' : `${from}/`;
    if (packages[`${folder}node_modules/${name}`]) return true;
    return from !== '' && isResolved(from.slice(0, Math.max(0, from.lastIndexOf('/node_modules/'))), name);
  }

  test('has the packages of every platform, without which npm ci refuses it', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {})
        .filter((name) => !isResolved(path, name))
        .map((name) => `${name}, wanted by ${path}`),
    );
    expect(missing).toEqual([]);
  });

  test('names no registry', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "http/);
  });

  test('has the hash of every package, those of other platforms included', () => {
    const installed = Object.entries(packages).filter(
      ([path, { link }]) => path.includes('node_modules/') && !link,
    );
    expect(installed.length).toBeGreaterThan(300);
    expect(
      installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-')).map(([path]) => path),
    ).toEqual([]);
  });
});
