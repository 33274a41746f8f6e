// Builds an image of deploy/Dockerfile without a container engine: each stage is a folder, and its steps are carried out
// there. What the base image brings (Debian, Node, tini) is this machine's.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, posix, relative } from 'node:path';
import { promisify } from 'node:util';
import { Copy, DockerfileParser, type Instruction } from 'dockerfile-ast';
import { buildAll } from '../../scripts/setup/build.mjs';
import { lock } from '../../scripts/setup/lock.mjs';
import { pathsOf, rootFolder } from '../../scripts/setup/paths.mjs';

const run = promisify(execFile);

export interface Image extends AsyncDisposable {
  /** The image's root file system: what the Dockerfile has put into it. */
  readonly root: string;
  /** Where its command runs, inside root. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** As USER says. */
  readonly uid: number;
  readonly gid: number;
  /** Entry point and command. */
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
  /** Steps that install Debian's packages, which are not carried out. */
  readonly systemSteps: readonly string[];
}

interface Stage {
  readonly root: string;
  workdir: string;
  env: Record<string, string>;
  user: string;
  entrypoint: string[];
  command: string[];
  healthCheck: string[];
  systemSteps: string[];
}

export const DOCKERFILE = join(rootFolder, 'deploy', 'Dockerfile');

export async function buildImage(target: string): Promise<Image> {
  const folder = await mkdtemp(join(tmpdir(), 'image-'));
  try {
    // The user of the image reads what root has put there.
    await run('chmod', ['755', folder]);
    await provideBuild();
    const stage = await new Build(folder, await stagesOf(DOCKERFILE)).stage(target);
    // As under a read-only root file system. Its user is another than the owner where a test runs as root.
    await run('chmod', ['-R', 'a-w', stage.root]);
    const [uid = Number.NaN, gid = Number.NaN] = stage.user.split(':').map(Number);
    return {
      root: stage.root,
      folder: join(stage.root, stage.workdir),
      env: stage.env,
      uid,
      gid,
      command: [...stage.entrypoint, ...stage.command],
      healthCheck: stage.healthCheck,
      systemSteps: stage.systemSteps,
      [Symbol.asyncDispose]: () => removeFolder(folder),
    };
  } catch (error) {
    await removeFolder(folder);
    throw error;
  }
}

/** How this machine's Node runs the image's command: as its user where the test may change it, and in its tree. */
export function imageProcess({
  folder,
  command,
  env,
  uid,
  gid,
}: Pick<Image, 'folder' | 'command' | 'env' | 'uid' | 'gid'>) {
  const node = command.indexOf('node');
  // Nothing is writable: the tree is not, and there is neither a home nor a folder for temporary files.
  const none = join(folder, 'node_modules');
  return {
    args: command.slice(node + 1),
    env: { ...env, HOME: none, TMPDIR: none },
    options: { cwd: folder, ...(process.getuid?.() === 0 ? { uid, gid } : {}) },
  };
}

/** The steps of each stage by its name, FROM first. */
async function stagesOf(path: string): Promise<ReadonlyMap<string, readonly Instruction[]>> {
  const stages = new Map<string, Instruction[]>();
  let current: Instruction[] = [];
  for (const step of DockerfileParser.parse(await readFile(path, 'utf8')).getInstructions()) {
    if (step.getKeyword() === 'FROM') {
      current = [];
      stages.set(words(step)[2] ?? '', current);
    }
    current.push(step);
  }
  return stages;
}

class Build {
  readonly #folder: string;
  readonly #stages: ReadonlyMap<string, readonly Instruction[]>;
  readonly #built = new Map<string, Promise<Stage>>();

  constructor(folder: string, stages: ReadonlyMap<string, readonly Instruction[]>) {
    this.#folder = folder;
    this.#stages = stages;
  }

  stage(name: string): Promise<Stage> {
    const built = this.#built.get(name) ?? this.#carryOut(name);
    this.#built.set(name, built);
    return built;
  }

  async #carryOut(name: string): Promise<Stage> {
    const [from, ...steps] = this.#stages.get(name) ?? [];
    if (!from) throw new Error(`${DOCKERFILE} has no stage ${name}`);
    const root = join(this.#folder, name);
    const parent = words(from)[0] ?? '';
    const stage: Stage = this.#stages.has(parent)
      ? { ...structuredClone(await this.stage(parent)), root }
      : {
          root,
          workdir: '/',
          env: {},
          user: '',
          entrypoint: [],
          command: [],
          healthCheck: [],
          systemSteps: [],
        };
    if (this.#stages.has(parent)) await copy((await this.stage(parent)).root, root);
    else await mkdir(root, { recursive: true });
    for (const step of steps) await this.#step(stage, step);
    return stage;
  }

  async #step(stage: Stage, step: Instruction): Promise<void> {
    const text = step.getArgumentsContent() ?? '';
    switch (step.getKeyword()) {
      case 'WORKDIR':
        stage.workdir = posix.resolve(stage.workdir, text);
        await mkdir(join(stage.root, stage.workdir), { recursive: true });
        return;
      case 'ENV':
        for (const [, key = '', value = ''] of text.matchAll(/(\w+)=(\S*)/g)) stage.env[key] = value;
        return;
      case 'USER':
        stage.user = text;
        return;
      case 'ENTRYPOINT':
        stage.entrypoint = JSON.parse(text) as string[];
        return;
      case 'CMD':
        stage.command = JSON.parse(text) as string[];
        return;
      case 'HEALTHCHECK':
        stage.healthCheck = JSON.parse(text.slice(text.indexOf('['))) as string[];
        return;
      case 'EXPOSE':
        return;
      case 'COPY':
        return this.#copy(stage, step);
      case 'RUN':
        if (/^\s*apt-get\b/.test(text)) stage.systemSteps.push(text);
        else await this.#run(stage, text);
        return;
      default:
        throw new Error(
          `this test does not know the step ${step.getKeyword()}: add it to ${import.meta.filename}`,
        );
    }
  }

  async #copy(stage: Stage, step: Instruction): Promise<void> {
    const from = step instanceof Copy ? step.getFromFlag()?.getValue() : undefined;
    const paths = words(step).filter((word) => !word.startsWith('--'));
    const target = paths.pop() ?? '';
    for (const path of paths) {
      const source = from ? join((await this.stage(from)).root, path) : join(rootFolder, path);
      const to = join(
        stage.root,
        stage.workdir,
        target.endsWith('/') ? join(target, basename(path)) : target,
      );
      await mkdir(dirname(to), { recursive: true });
      if (from) await copy(source, to);
      else await copyFromContext(path, to);
    }
  }

  /** A path from the root is one in the stage's folder. */
  async #run(stage: Stage, text: string): Promise<void> {
    const cwd = join(stage.root, stage.workdir);
    if (text.includes('setup.mjs --modules')) {
      // As with a cached layer: the same packages, installed once on this machine.
      await symlink(join(rootFolder, 'node_modules'), join(cwd, 'node_modules'));
    } else if (text.includes('setup.mjs --build')) {
      // As well: the builds with the hashes of their sources. Where a source is missing here, the hashes differ, and
      // the step builds anew, from what is here.
      for (const built of ['dist', 'live-api/dist', 'web/dist', '.cache/build'])
        await cp(join(rootFolder, built), join(cwd, built), { recursive: true, preserveTimestamps: true });
    }
    const command = text.replace(/(?<=\s)\/(?=\w)/g, `${stage.root}/`);
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      npm_config_prefer_offline: 'true',
      ...stage.env,
    };
    await run('sh', ['-ec', command], { cwd, env, maxBuffer: 16 * 1024 * 1024 });
  }
}

const words = (step: Instruction): string[] => step.getArguments().map((argument) => argument.getValue());

/** Linked, not copied, where the system can: a tree of packages has 300 MB. */
async function copy(from: string, to: string): Promise<void> {
  await run('cp', [process.platform === 'linux' ? '-al' : '-a', from, to]);
}

async function copyFromContext(path: string, to: string): Promise<void> {
  const isTaken = await contextFilter();
  if (!isTaken(path))
    throw new Error(`${path} is not in the build's context: deploy/Dockerfile.dockerignore`);
  await cp(join(rootFolder, path), to, {
    recursive: true,
    filter: (source) => isTaken(relative(rootFolder, source)),
  });
}

/** What deploy/Dockerfile.dockerignore leaves in; the last line that matches counts. */
async function contextFilter(): Promise<(path: string) => boolean> {
  const text = await readFile(`${DOCKERFILE}.dockerignore`, 'utf8');
  const rules = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return (path) => {
    let taken = true;
    for (const rule of rules) {
      if (covers(rule.replace(/^!/, ''), path)) taken = rule.startsWith('!');
    }
    return taken;
  };
}

/** Of a pattern there is all, a path with all below it, or a name at any depth. */
function covers(pattern: string, path: string): boolean {
  if (pattern === '*') return true;
  if (pattern.startsWith('**/')) return path.split('/').includes(pattern.slice(3));
  return path === pattern || path.startsWith(`${pattern}/`);
}

async function provideBuild(): Promise<void> {
  const { setupLock, cache } = pathsOf(rootFolder);
  const release = await lock(setupLock, () => {});
  try {
    await buildAll(rootFolder, cache, () => {});
  } finally {
    release();
  }
}

async function removeFolder(folder: string): Promise<void> {
  await run('chmod', ['-R', 'u+w', folder]);
  await rm(folder, { recursive: true, force: true });
}
