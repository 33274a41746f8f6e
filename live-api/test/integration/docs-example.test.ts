// The examples in docs/live-api are programs of somebody else's project: they run there as they stand.
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLiveApi } from '../../src/index.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'other-project-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes the page's files, whose names are their first lines. */
function unpack(page: string, change = (code: string) => code): void {
  const text = readFileSync(join(root, 'docs/live-api', page), 'utf8');
  const files = [...text.matchAll(/^```(?:js|yaml)\n(?:\/\/|#) (\S+\.(?:mjs|yaml))[\s\S]*?^```$/gm)];
  expect(files.length).toBeGreaterThan(0);
  for (const [block, name = ''] of files) {
    const code = block.split('\n').slice(1, -1).join('\n');
    writeFileSync(join(folder, name.replaceAll('/', '-')), change(code));
  }
}

/** Runs it as a user would; vitest's own variables would make Node's runner silent. */
async function node(args: readonly string[], variables: Record<string, string> = {}): Promise<string> {
  const env = { PATH: process.env.PATH ?? '', ...variables };
  const { stdout } = await promisify(execFile)(process.execPath, [...args], { cwd: folder, env }).catch(
    (error: { stdout?: string; stderr?: string }) => ({ stdout: `${error.stdout}${error.stderr}` }),
  );
  return stdout;
}
const tests = (file: string, variables?: Record<string, string>) =>
  node(['--test', '--test-reporter=tap', file], variables);

it('the tests of a web client pass, and fail when the answer is not what they expect', async () => {
  unpack('web-client.md');
  const output = await tests('assistant.test.mjs');
  expect(output).toMatch(/^# pass 3$/m);
  expect(output).toMatch(/^# fail 0$/m);
  unpack('web-client.md', (code) => code.replaceAll("text, 'Take an umbrella.'", "text, 'Take a parasol.'"));
  expect(await tests('assistant.test.mjs')).toMatch(/^# fail 1$/m);
});

it('the client of the page about chaos survives its bad days', async () => {
  unpack('chaos.md');
  const output = await tests('chaos.test.mjs');
  expect(output).toMatch(/^# pass 3$/m);
  expect(output).toMatch(/^# fail 0$/m);
});

it('the load is answered', async () => {
  unpack('load.md');
  expect(await node(['load.mjs', '5'])).toMatch(/^5 answered; end of speech to first audio: median \d+ ms/);
});

it('the test of a voice agent finds in the control port what the agent has answered', async () => {
  unpack('voice-agent-ci.md');
  const { readScenarioFile } = await import('../../src/index.js');
  const scenario = await readScenarioFile(join(folder, 'ci-booking.yaml'));
  await using server = await startLiveApi({ speech: 'tones', pace: 'prompt', scenario });
  // An agent that books whatever it is asked for.
  const { connectSdk } = await import('../support/sdk-client.js');
  const { openMicrophone, tone } = await import('../support/microphone.js');
  const config = { tools: [{ functionDeclarations: [{ name: 'book_table' }] }] };
  await using agent = await connectSdk(server.url, { config });
  const microphone = openMicrophone(agent.session);
  await microphone.say(tone(600));
  const { toolCall } = await agent.waitFor((message) => message.toolCall !== undefined);
  for (const { id = '', name = '' } of toolCall?.functionCalls ?? [])
    agent.session.sendToolResponse({ functionResponses: { id, name, response: { booked: true } } });
  const output = await tests('booking.test.mjs', { LIVE_API: server.url });
  microphone.stop();
  expect(output).toMatch(/^# pass 1$/m);
});
