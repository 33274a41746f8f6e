// A real Chromium whose microphone plays a file; installed from Debian's packages where that is allowed.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { encodeWav } from '../../../cli/wav-writer.js';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export interface BrowserOptions {
  /** What the microphone hears, once, at 48 kHz; silence follows. */
  readonly microphone: { readonly samples: Int16Array; readonly rate: number };
  readonly colorScheme?: 'light' | 'dark';
  readonly viewport?: { readonly width: number; readonly height: number };
}

export interface Browser extends AsyncDisposable {
  readonly context: BrowserContext;
  /** A page at this address; what its console says of errors is kept. */
  open(url: string): Promise<Page>;
  /** Errors and warnings of pages, uncaught errors among them. */
  readonly errors: readonly string[];
}

export async function openBrowser({ microphone, ...options }: BrowserOptions): Promise<Browser> {
  const executablePath = await findChromium();
  const folder = await mkdtemp(join(tmpdir(), 'chromium-'));
  const file = join(folder, 'microphone.wav');
  await writeFile(file, encodeWav(microphone.samples, microphone.rate));
  const context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath,
    headless: true,
    colorScheme: options.colorScheme ?? 'light',
    viewport: options.viewport ?? { width: 1280, height: 800 },
    permissions: ['microphone', 'camera', 'clipboard-read', 'clipboard-write'],
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--use-fake-ui-for-media-stream',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${file}%noloop`,
      '--auto-select-desktop-capture-source=Entire screen',
      '--autoplay-policy=no-user-gesture-required',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  const errors: string[] = [];
  return {
    context,
    errors,
    open: async (url) => {
      const page = await context.newPage();
      await page.addInitScript(showReasons);
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(`${message.text()} (${message.location().url})`);
      });
      page.on('pageerror', (error) => errors.push(`uncaught: ${error.message}`));
      await page.goto(url);
      return page;
    },
    [Symbol.asyncDispose]: async () => {
      await context.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** In the page: errors within what is logged are written out, so that a test sees why something was logged. */
function showReasons(): void {
  const { error: log } = console;
  console.error = (...values) =>
    log.apply(
      console,
      values.map((value: { readonly error?: unknown } | undefined) =>
        value?.error instanceof Error ? value.error.message : value,
      ),
    );
}

/** @throws with the command that installs it, where it cannot be installed here */
async function findChromium(): Promise<string> {
  const named = process.env.CHROMIUM_BIN;
  if (named) return named;
  const found = installed();
  if (found) return found;
  const command = 'apt-get install -y --no-install-recommends chromium';
  const mayInstall = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
  if (mayInstall) {
    const run = promisify(execFile);
    await run('apt-get', ['update']).catch(() => {});
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      maxBuffer: 64 * 2 ** 20,
    });
    const now = installed();
    if (now) return now;
  }
  throw new Error(`these tests need Chromium: ${command}, or set CHROMIUM_BIN to one that is there`);
}

function installed(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find((path) => existsSync(path));
}
