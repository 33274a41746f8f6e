// `npm start`: a LiveKit server, the local Live API where there is no key, and the worker, on one machine.
// With --watch (`npm run dev`) a changed source is built, and a new worker takes the place of the running one.
// Ends all of it together, and says in one line what is wrong where something is.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withEnvFile } from './setup/env-file.mjs';
import { findLivekitServer } from './setup/livekit-server.mjs';
import { tryLock } from './setup/lock.mjs';
import { pathsOf, rootFolder } from './setup/paths.mjs';
import { lineOf, SetupError } from './setup/setup-error.mjs';
import { demandDeployment } from './start/deployment.mjs';
import { readLivekitConfig } from './start/livekit-config.mjs';
import { keepLocalLivekit, newLocalKey, removeLocalLivekit } from './start/local-key.mjs';
import { printable, readableLine } from './start/log-line.mjs';
import { makePlan } from './start/plan.mjs';
import { demandFreePorts, freePort } from './start/ports.mjs';
import { Services } from './start/services.mjs';
import { onStopSignals } from './start/stop-signals.mjs';
import { joinLink } from './start/token.mjs';
import { watchSources } from './start/watch.mjs';

const paths = pathsOf(rootFolder);
const watching = process.argv.includes('--watch');

/** @param {string} line */
const say = (line) => console.log(line);

try {
  const { release, heldBy } = tryLock(paths.startLock);
  if (heldBy) {
    throw new SetupError(
      `npm start runs already (process ${heldBy.pid})`,
      'use that one, or end it with Ctrl-C there',
    );
  }
  try {
    const made = await plan();
    if (made.ownServer) keepLocalLivekit(paths.localLivekit, made.deployment);
    // Printed first, before the log lines of the services.
    say(made.pageUrl);
    await runAll(made);
  } finally {
    removeLocalLivekit(paths.localLivekit);
    release();
  }
} catch (error) {
  console.error(`start: ${lineOf(error)}`);
  process.exitCode = 1;
}

async function plan() {
  const env = await withEnvFile(rootFolder, process.env);
  const livekitConfigPath = join(rootFolder, 'livekit.yaml');
  const plan = makePlan({
    env,
    watching,
    root: rootFolder,
    livekitServer: findLivekitServer(env, paths.livekitServer),
    livekitConfigPath,
    livekitConfig: readLivekitConfig(livekitConfigPath),
    localKey: newLocalKey(),
  });
  const services = plan.stages.flat();
  const unbuilt = services.find(
    ({ command, args }) => command === process.execPath && !existsSync(args[0] ?? ''),
  );
  if (unbuilt) throw new SetupError(`${unbuilt.name} is not built`, 'npm run build');
  await demandFreePorts(services.flatMap(({ ports }) => ports));
  if (!plan.ownServer) await demandDeployment(plan.deployment);
  return plan;
}

/** @param {import('./start/plan.mjs').Plan} plan */
async function runAll(plan) {
  const width = Math.max(...plan.stages.flat().map(({ name }) => name.length));
  const services = new Services((name, line) => {
    // The lines of a stack are indented: a text with a line break cannot look like another entry.
    const lines = readableLine(line).split('\n').map(printable);
    say(`${name.padEnd(width)} | ${lines.join(`\n${' '.repeat(width)} |     `)}`);
  });
  const stopped = new AbortController();
  /** @type {Promise<void>} */
  const asked = new Promise((resolve) => {
    onStopSignals({
      onStop: () => {
        say('Stopping (Ctrl-C again ends it at once)');
        resolve();
        void services.stop();
      },
      onKill: () => services.kill(),
    });
  });
  try {
    if (await services.start(plan.stages)) {
      greet(plan);
      if (watching) watch(plan, services, stopped.signal);
    }
    await Promise.race([asked, services.failed]);
  } finally {
    stopped.abort();
    await services.stop();
  }
}

/** @param {import('./start/plan.mjs').Plan} plan @param {Services} services @param {AbortSignal} signal */
function watch(plan, services, signal) {
  const worker = plan.stages.flat().find(({ name }) => name === 'agent');
  if (!worker) return;
  void watchSources({
    root: rootFolder,
    paths,
    env: worker.env,
    say,
    signal,
    onChange: async () => {
      const service = await onFreePort(worker);
      const wrong = await services.replace(service);
      if (signal.aborted) return;
      say(
        wrong === undefined
          ? `dev: the new worker takes the next calls, and listens on port ${service.env.AGENT_PORT}`
          : `dev: the new worker ${wrong}. The worker that runs stays`,
      );
    },
  });
  // Said last: a change that follows the line is one that the first look at the files did not have.
  say('dev: watching agent, src and the profiles; a call that runs keeps its worker');
}

/** The worker that runs keeps its port while its calls go on. @param {import('./start/plan.mjs').Service} worker */
async function onFreePort(worker) {
  const port = await freePort(Number(worker.env.AGENT_PORT));
  return {
    ...worker,
    env: { ...worker.env, AGENT_PORT: String(port) },
    readyUrl: `http://127.0.0.1:${port}/ready`,
  };
}

/** @param {import('./start/plan.mjs').Plan} plan */
function greet(plan) {
  const room = `room-${randomBytes(3).toString('hex')}`;
  const link = joinLink(plan.deployment, { room, identity: 'guest', agentName: plan.agentName });
  say(
    [
      '',
      'Ready.',
      `  page         ${plan.pageUrl}`,
      `  room server  ${plan.deployment.url}`,
      `  model        ${plan.model}`,
      `  agent        ${plan.agentName || '(joins every room by itself)'}`,
      '  talk         npm run talk -- question.wav',
      `  join         ${link}`,
      'Ctrl-C ends all of it.',
      '',
    ].join('\n'),
  );
}
