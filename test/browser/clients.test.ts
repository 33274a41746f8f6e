// The example clients, each run as its README says, against a real agent.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pip } from '../../live-api/setup/pip.mjs';
import { pathsOf, rootFolder } from '../../scripts/setup/paths.mjs';
import { readFixture } from '../support/fixtures.js';
import { MODEL_DIR } from '../support/model-dir.js';
import { openBrowser } from './support/chromium.js';
import { type Stand, spoken, startStand } from './support/stand.js';

const run = promisify(execFile);

let stand: Stand;
let vite: ViteDevServer;
let liveApi: LiveApiServer;

beforeAll(async () => {
  // Serves the repository's files, and builds those of React on the way.
  vite = await createServer({
    root: rootFolder,
    configFile: false,
    appType: 'mpa',
    logLevel: 'error',
    cacheDir: join(pathsOf(rootFolder).cache, 'vite'),
    optimizeDeps: {
      entries: ['examples/clients/*/index.html'],
      include: [
        'react',
        'react-dom/client',
        'react/jsx-dev-runtime',
        'livekit-client',
        '@livekit/components-react',
      ],
    },
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  await vite.listen();
  liveApi = await startLiveApi({
    modelDir: MODEL_DIR,
    scenario: {
      rules: [
        { when: { heard: 'forward' }, do: [{ say: 'I go forward now.' }] },
        { when: { text: 'weather' }, do: [{ call: { name: 'get_weather', args: { city: 'Rome' } } }] },
        { when: { toolResponse: 'get_weather', response: 'rain' }, do: [{ say: 'Take an umbrella.' }] },
        { when: { text: '.' }, do: [{ say: 'Well.' }] },
      ],
    },
  });
  stand = await startStand(liveApi, async () => ({ WEB_ORIGINS: origin() }));
}, 120_000);

afterAll(async () => {
  await stand?.[Symbol.asyncDispose]();
  await vite?.close();
});

function origin(): string {
  const address = vite.httpServer?.address();
  if (typeof address !== 'object' || address === null) throw new Error('vite has no port');
  return `http://127.0.0.1:${address.port}`;
}

function addressOf(client: string): string {
  const query = new URLSearchParams({
    endpoint: `${stand.web.url}/api/token`,
    agent: stand.worker.agentName,
  });
  return `${origin()}/examples/clients/${client}/index.html?${query}`;
}

describe.each(['plain', 'react'])('%s', (client) => {
  test('shows what was said and what is answered', async () => {
    await using browser = await openBrowser({ microphone: spoken(await readFixture('goforward'), 5_000) });
    const page = await browser.open(addressOf(client));
    await page.getByRole('button', { name: 'Talk' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: /listening|speaking|thinking/ })
      .waitFor({ timeout: 20_000 });
    await page
      .getByRole('listitem')
      .filter({ hasText: /go forward ten met/i })
      .waitFor({ timeout: 20_000 });
    await page.getByRole('listitem').filter({ hasText: 'I go forward now.' }).waitFor({ timeout: 20_000 });
    if (client === 'react') {
      await page.getByRole('textbox', { name: 'Message' }).fill('Hello');
      await page.keyboard.press('Enter');
      await page.getByRole('listitem').filter({ hasText: 'Well.' }).waitFor({ timeout: 20_000 });
      expect(await page.getByRole('listitem').count()).toBe(4);
    }
    expect(browser.errors.filter((error) => !error.includes('favicon.ico'))).toEqual([]);
  });
});

test('python: asks in writing, runs the tool, and prints the answer', async () => {
  const folder = join(rootFolder, 'examples/clients/python');
  const packages = join(pathsOf(rootFolder).cache, 'python-client');
  if (!existsSync(join(packages, 'livekit'))) {
    const args = ['install', '--quiet', '--no-compile', '--only-binary=:all:', '--target', packages];
    await pip(
      [...args, '--requirement', join(folder, 'requirements.txt')],
      'the packages of the Python client',
    );
  }
  const { stdout } = await run('python3', [join(folder, 'client.py'), 'What is the weather like?'], {
    timeout: 60_000,
    env: {
      ...process.env,
      PYTHONPATH: packages,
      LIVEKIT_URL: stand.livekit.url,
      LIVEKIT_API_KEY: stand.livekit.apiKey,
      LIVEKIT_API_SECRET: stand.livekit.apiSecret,
      AGENT_NAME: stand.worker.agentName,
    },
  });
  expect(stdout).toContain('get_weather({"city":"Rome"})');
  expect(stdout).toContain(`agent-${stand.worker.agentName}: Take an umbrella.`);
}, 180_000);
