// Brings a clone to where it can start and test: packages, builds, a LiveKit server, the speech model.
// By hand, without packages: it runs before there are any. Says a line for each thing that it does, and nothing when all is there.
//   --modules  packages only      --build  packages and builds only

import { stopRunning } from '../live-api/setup/run.mjs';
import { provideSpeechModel } from '../live-api/setup/speech-model.mjs';
import { buildAll } from './setup/build.mjs';
import { withEnvFile } from './setup/env-file.mjs';
import { provideLivekitServer } from './setup/livekit-server.mjs';
import { lock } from './setup/lock.mjs';
import { installModules } from './setup/modules.mjs';
import { pathsOf, rootFolder } from './setup/paths.mjs';
import { lineOf, SetupError } from './setup/setup-error.mjs';

const flags = process.argv.slice(2);
const paths = pathsOf(rootFolder);

/** @param {string} line */
const say = (line) => console.log(`setup: ${line}`);

try {
  checkNode();
  checkFlags();
  const release = await lock(paths.setupLock, ({ pid }) =>
    say(`Waiting for another set-up (process ${pid})`),
  );
  stopWithSignals(release);
  try {
    await prepare();
  } finally {
    release();
  }
} catch (error) {
  if (error instanceof SetupError && error.details) console.error(error.details.trimEnd());
  console.error(`setup: ${lineOf(error)}`);
  process.exitCode = 1;
}

async function prepare() {
  await installModules(rootFolder, say);
  if (flags.includes('--modules')) return;
  await buildAll(rootFolder, paths.cache, say);
  if (flags.includes('--build')) return;
  await provideLivekitServer(await withEnvFile(rootFolder, process.env), paths.livekitServer, say);
  await provideSpeechModel(paths.speechModel, say);
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(
    `Node ${process.versions.node} is too old`,
    'install Node 20.19 or newer: https://nodejs.org',
  );
}

function checkFlags() {
  const unknown = flags.find((flag) => flag !== '--modules' && flag !== '--build');
  if (unknown)
    throw new SetupError(`${unknown} is no option`, 'node scripts/setup.mjs [--modules | --build]');
}

/** @param {() => void} release */
function stopWithSignals(release) {
  for (const [signal, number] of /** @type {const} */ ([
    ['SIGHUP', 1],
    ['SIGINT', 2],
    ['SIGTERM', 15],
  ])) {
    process.once(signal, () => {
      stopRunning();
      release();
      process.exit(128 + number);
    });
  }
}
