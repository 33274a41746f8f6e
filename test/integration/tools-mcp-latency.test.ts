// What the agent adds to a call of an MCP tool: from toolCall to toolResponse, twenty at once, over the loopback.
import { startLiveApi } from '@gemini-room-agent/live-api';
import { expect, test } from 'vitest';
import { startLivekitServer } from '../support/livekit-server.js';
import { deploymentOf, freePort, startEverythingOverHttp } from '../support/mcp.js';
import { eventsOf, startReadyCall } from '../support/tool-call.js';

const ROUNDS = 5;
const AT_ONCE = 20;

test('at most 10 ms beyond the time of the server itself', async () => {
  await using livekit = await startLivekitServer();
  const liveApi = await startLiveApi({ speech: 'tones', pace: 'prompt' });
  const port = await freePort();
  const child = await startEverythingOverHttp(port);
  try {
    await using tools = await deploymentOf({
      web: { kind: 'http', url: `http://127.0.0.1:${port}/mcp`, headers: {} },
    });
    const calls = (round: number) =>
      Array.from({ length: AT_ONCE }, (_, index) => ({
        id: `${round}-${index}`,
        name: 'web__echo',
        args: { message: `${index}` },
      }));
    liveApi.setScenario({
      otherwise: 'silence',
      rules: Array.from({ length: ROUNDS + 1 }, (_, round) => ({
        when: { text: `go ${round}` },
        do: [{ calls: calls(round) }],
      })),
    });
    const profile = { mcp: { web: {} }, events: { types: ['tool.result'] } };
    await using call = await startReadyCall({ livekit, liveApi, tools, profile });
    const server = tools.mcp.get('web');
    const direct: number[] = [];
    const measured: number[] = [];
    // By turns, so that what else the machine does happens to both; the first round compiles the code.
    for (let round = 0; round <= ROUNDS; round++) {
      const took = await Promise.all(
        Array.from({ length: AT_ONCE }, async (_, index) => {
          const startedMs = performance.now();
          const signal = new AbortController().signal;
          const options = { signal, timeoutMs: 5_000, meta: {}, onProgress: () => {} };
          await server?.call('echo', { message: `${index}` }, options);
          return performance.now() - startedMs;
        }),
      );
      await call.person.sendChat(`go ${round}`);
      const due = (round + 1) * AT_ONCE;
      await call.person.waitFor((person) => eventsOf(person, 'tool.result').length >= due, 20_000);
      if (round === 0) continue;
      direct.push(...took);
      measured.push(
        ...eventsOf(call.person, 'tool.result')
          .slice(-AT_ONCE)
          .map(({ durationMs }) => Number(durationMs)),
      );
    }
    console.log(
      `median of ${measured.length}: ${median(measured)} ms, of the server itself ${median(direct)} ms`,
    );
    expect(median(measured)).toBeLessThan(median(direct) + 10);
  } finally {
    child.kill('SIGKILL');
    await liveApi.close();
  }
});

function median(values: readonly number[]): number {
  return (
    Math.round((values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN) * 10) / 10
  );
}
