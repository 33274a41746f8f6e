// What a person says in the first two seconds, before the agent has joined, is in the captions: SOAK_CALLS (20) calls, every word in each.
import { startLiveApi } from '@gemini-room-agent/live-api';
import { expect, test } from 'vitest';
import { readFixture } from '../support/fixtures.js';
import { MODEL_DIR } from '../support/model-dir.js';
import { bubble, talkButton } from './support/call-page.js';
import { openBrowser } from './support/chromium.js';
import { spoken, startStand } from './support/stand.js';

const CALLS = Number(process.env.SOAK_CALLS ?? 20);
/** After the button: all has been said by then. */
const DISPATCHED_AFTER_MS = 2_500;

test('words from before the agent has joined are in the captions', async () => {
  const rules = [{ when: { speech: true as const }, do: [{ say: 'Yes.' }] }];
  const liveApi = await startLiveApi({ modelDir: MODEL_DIR, scenario: { rules } });
  // The web server dispatches nobody: the agent comes when this test says so.
  await using stand = await startStand(liveApi, async () => ({ AGENT_NAME: '' }));
  const microphone = spoken(await readFixture('goforward'), 50);
  const heard: (string | null)[] = [];
  const waits: number[] = [];
  for (let call = 0; call < CALLS; call += 1) {
    // The file is played once for each browser.
    await using browser = await openBrowser({ microphone });
    const room = `first-words-${call}`;
    const page = await browser.open(stand.address(room));
    await talkButton(page).and(page.locator(':enabled')).waitFor();
    const pressedAt = performance.now();
    await talkButton(page).click();
    await page.waitForTimeout(DISPATCHED_AFTER_MS);
    await stand.worker.dispatch(room);
    const words = bubble(page, /\w/).and(page.locator('.own[data-final="true"]'));
    await words.waitFor({ timeout: 30_000 });
    waits.push(Math.round(performance.now() - pressedAt));
    heard.push(await words.locator('.words').textContent());
  }
  const whole = heard.filter((text) => /^go forward ten met(er|re)s\W*$/i.test(text ?? ''));
  console.info(
    `whole in ${whole.length} of ${CALLS} calls, after ms: ${waits.sort((a, b) => a - b).join(' ')}`,
  );
  expect(heard).toEqual(whole);
});
