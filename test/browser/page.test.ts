// The page when something goes wrong, when somebody else is there, and how fast it is.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type LiveApiServer, startLiveApi } from '@gemini-room-agent/live-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtPage } from '../support/built.js';
import { MODEL_DIR } from '../support/model-dir.js';
import {
  agentStatus,
  bubble,
  expectAccessible,
  talk,
  talkButton,
  type,
  useProfile,
} from './support/call-page.js';
import { openBrowser } from './support/chromium.js';
import { noSpeech, type Stand, startStand } from './support/stand.js';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.js';

let stand: Stand;
let proxy: TcpProxy;
let liveApi: LiveApiServer;

beforeAll(async () => {
  liveApi = await startLiveApi({
    modelDir: MODEL_DIR,
    scenario: {
      rules: [
        { when: { text: 'hello' }, do: [{ say: 'Good morning.' }] },
        // Once: what was typed is sent again after the loss.
        {
          when: { text: 'drop' },
          times: 1,
          do: [{ fault: { fault: 'close', code: 1011, reason: 'internal' } }],
        },
        { when: { text: '.' }, do: [{ say: 'Well.' }] },
      ],
    },
  });
  stand = await startStand(liveApi, async ({ httpUrl }) => {
    proxy = await startTcpProxy(Number(new URL(httpUrl).port));
    return { WEB_LIVEKIT_URL: `ws://127.0.0.1:${proxy.port}` };
  });
});

afterAll(async () => {
  await stand?.[Symbol.asyncDispose]();
  await proxy?.[Symbol.asyncDispose]();
});

test('a network that is lost and comes back is shown, and the call goes on', async () => {
  await using browser = await openBrowser({ microphone: noSpeech });
  const page = await browser.open(stand.address());
  await talk(page);
  proxy.cut();
  await agentStatus(page).filter({ hasText: 'Your connection is away' }).waitFor({ timeout: 20_000 });
  proxy.restore();
  await agentStatus(page).filter({ hasText: 'listening' }).waitFor({ timeout: 30_000 });
  await page.getByText(/Your connection was away for \d+\.\d s/).waitFor();
  await type(page, 'hello');
  await bubble(page, 'Good morning.').waitFor({ timeout: 20_000 });
  // The browser and livekit-client log that there was no network; nothing of the page itself may fail.
  expect(browser.errors.filter((error) => error.startsWith('uncaught'))).toEqual([]);
});

test('a lost connection to the model is shown, with how it came back', async () => {
  await using browser = await openBrowser({ microphone: noSpeech });
  const page = await browser.open(stand.address());
  await talk(page);
  // By the time of an answer there is a handle to resume with: a session that is built anew would be dropped again.
  await type(page, 'hello');
  await bubble(page, 'Good morning.').waitFor({ timeout: 20_000 });
  await type(page, 'drop');
  await page.getByText(/The model’s connection was away for \d+\.\d s/).waitFor({ timeout: 30_000 });
  await type(page, 'Still there?');
  await bubble(page, 'Well.').first().waitFor({ timeout: 20_000 });
  expect(browser.errors).toEqual([]);
});

describe('a wrong profile', () => {
  const wrong = { voice: 3, listen: { policy: 'loud' }, tools: [{ declaration: { name: '9' } }] };

  test('is shown field by field before a call begins', async () => {
    await using browser = await openBrowser({ microphone: noSpeech });
    const page = await browser.open(stand.address());
    await useProfile(page, wrong);
    await talkButton(page).click();
    const alert = page.getByRole('alert');
    await alert.waitFor({ timeout: 10_000 });
    const told = (await alert.getByRole('listitem').allTextContents()).join('\n');
    for (const field of ['voice', 'listen.policy', 'tools[0].declaration.name'])
      expect(told).toContain(field);
    await expectAccessible(page);
  });

  test('is shown while it is written, and cannot be used', async () => {
    await using browser = await openBrowser({ microphone: noSpeech });
    const page = await browser.open(stand.address());
    await useProfile(page, wrong);
    await page.getByRole('button', { name: 'Edit a profile' }).click();
    const problems = page.getByRole('list', { name: 'Problems' });
    await problems.filter({ hasText: 'listen.policy' }).waitFor({ timeout: 10_000 });
    await expectAccessible(page);
    const use = page.getByRole('button', { name: 'Use for the next call' });
    expect(await use.isDisabled()).toBe(true);

    await page.getByRole('combobox', { name: 'Start from an example' }).selectOption('assistant');
    await page.getByText('No problems.').waitFor({ timeout: 10_000 });
    await use.click();
    await page.getByText('The next call has this profile.').waitFor();

    const editor = page.getByRole('textbox', { name: 'Profile, JSON' });
    await editor.click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('{ "lis');
    await page.getByRole('option', { name: '"listen"' }).click();
    expect(await editor.textContent()).toContain('"listen": {}');
    // Coloured text that is typed over: the browser's own way would put a style attribute into the page, which its policy refuses.
    await page.keyboard.press('Control+Home');
    for (const key of [
      'ArrowRight',
      'ArrowRight',
      'Shift+ArrowRight',
      'Shift+ArrowRight',
      'Shift+ArrowRight',
    ])
      await page.keyboard.press(key);
    await page.keyboard.type('kis');
    expect(await editor.textContent()).toContain('{ kissten": {}');
    expect(browser.errors).toEqual([]);
  });

  test('one that is applied to the running call says when it holds', async () => {
    await using browser = await openBrowser({ microphone: noSpeech });
    const page = await browser.open(stand.address());
    await useProfile(page, { instructions: 'Be kind.' });
    await talk(page);
    await page.getByRole('button', { name: 'Profile' }).click();
    await page.getByText('No problems.').waitFor({ timeout: 10_000 });
    await page.getByRole('button', { name: 'Apply to this call' }).click();
    await page.getByText(/It holds (from now on|in a moment)/).waitFor({ timeout: 10_000 });
    expect(browser.errors).toEqual([]);
  });
});

test('two people with the same link meet, and read each other', async () => {
  await using browser = await openBrowser({ microphone: noSpeech });
  const address = stand.address('meeting');
  const ana = await browser.open(address);
  await ana.getByRole('textbox', { name: 'Your name' }).fill('Ana');
  await talk(ana);
  const ben = await browser.open(address);
  await ben.getByRole('textbox', { name: 'Your name' }).fill('Ben');
  await talk(ben);
  await ana.getByText('With Ben').waitFor({ timeout: 10_000 });
  await ben.getByText('With Ana').waitFor({ timeout: 10_000 });
  await type(ben, 'hello');
  const seen = bubble(ana, 'hello');
  await seen.waitFor({ timeout: 10_000 });
  expect(await seen.textContent()).toContain('Ben');
  await bubble(ana, 'Good morning.').waitFor({ timeout: 20_000 });
  expect(browser.errors).toEqual([]);
});

test('push to talk: the microphone is open while the space bar is held', async () => {
  await using browser = await openBrowser({ microphone: noSpeech });
  const page = await browser.open(stand.address());
  await talk(page);
  await page.getByText('Sound', { exact: true }).click();
  await page.getByRole('checkbox', { name: /Push to talk/ }).check();
  const hold = page.getByRole('button', { name: 'Hold to talk' });
  await hold.and(page.locator('[aria-pressed="false"]')).waitFor();
  await page.getByRole('log', { name: 'Conversation' }).focus();
  await page.keyboard.down('Space');
  await hold.and(page.locator('[aria-pressed="true"]')).waitFor();
  await page.keyboard.up('Space');
  await hold.and(page.locator('[aria-pressed="false"]')).waitFor();
  expect(browser.errors).toEqual([]);
});

test('the page loads less than 300 KB of compressed script before the first call', async () => {
  await using browser = await openBrowser({ microphone: noSpeech });
  const page = await browser.open(stand.address());
  await talkButton(page).and(page.locator(':enabled')).waitFor();
  const loaded = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => name.endsWith('.js'))
      .map(({ name }) => new URL(name).pathname),
  );
  const folder = await builtPage();
  const sizes = await Promise.all(
    loaded.map(async (path) => gzipSync(await readFile(join(folder, path))).length),
  );
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(loaded.length).toBeGreaterThan(0);
  expect(total).toBeLessThan(300 * 1024);
  expect(
    (await readdir(join(folder, 'assets'))).filter((name) => name.endsWith('.js')).length,
  ).toBeGreaterThan(loaded.length);
});
