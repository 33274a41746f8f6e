// The page as a test uses it: by roles and names, as a person with a screen reader does.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const AXE = createRequire(import.meta.url).resolve('axe-core');

export function talkButton(page: Page) {
  return page.getByRole('button', { name: 'Talk', exact: true });
}

export function conversation(page: Page) {
  return page.getByRole('log', { name: 'Conversation' });
}

export function agentStatus(page: Page) {
  return page.getByRole('status', { name: 'Agent' });
}

/** A bubble of the conversation: what was said or typed. */
export function bubble(page: Page, words: string | RegExp) {
  return conversation(page).getByRole('listitem').filter({ hasText: words });
}

/** The next call has this profile, as after "Use for the next call" in the editor. */
export async function useProfile(page: Page, profile: object | string): Promise<void> {
  const text = typeof profile === 'string' ? profile : JSON.stringify(profile, null, 2);
  await page.evaluate(
    (kept) => localStorage.setItem('gemini-room.profile', kept),
    JSON.stringify({ which: 'custom', text }),
  );
  await page.reload();
}

/** Presses the button, and waits until the agent is there. */
export async function talk(page: Page): Promise<void> {
  await talkButton(page).click();
  await agentStatus(page)
    .filter({ hasText: /is (listening|thinking|speaking)/ })
    .waitFor({ timeout: 20_000 });
}

export async function type(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.keyboard.press('Enter');
}

/** Keeps the page's connections, so that what they have heard can be measured. Before the page is opened. */
export async function keepConnections(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const kept: RTCPeerConnection[] = [];
    Object.assign(window, {
      keptConnections: kept,
      RTCPeerConnection: class extends RTCPeerConnection {
        constructor(configuration?: RTCConfiguration) {
          super(configuration);
          kept.push(this);
        }
      },
    });
  });
}

/** The energy of all that was heard of others so far, as WebRTC counts it: full scale for a second is 1. */
export function heardEnergy(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const { keptConnections } = window as unknown as { keptConnections: RTCPeerConnection[] };
    let energy = 0;
    for (const connection of keptConnections) {
      for (const report of (await connection.getStats()).values()) {
        if (report.type === 'inbound-rtp' && report.kind === 'audio') energy += report.totalAudioEnergy ?? 0;
      }
    }
    return energy;
  });
}

/** Fails with every finding of axe-core, and what it is about. */
export async function expectAccessible(page: Page): Promise<void> {
  // Through the debugger: a script element would be refused by the page's policy.
  const source = await readFile(AXE, 'utf8');
  const findings = await page.evaluate(`(async () => {
    const module = { exports: {} };
    (function (module, exports) { ${source}\n })(module, module.exports);
    const axe = module.exports.run ? module.exports : window.axe;
    const { violations } = await axe.run(document);
    return violations.map(({ id, help, nodes }) => ({ id, help, where: nodes.map(({ html, failureSummary }) => html.slice(0, 160) + ' | ' + failureSummary) }));
  })()`);
  expect(findings).toEqual([]);
}
