// What the agent adds to a call of an MCP tool: from toolCall to toolResponse, twenty at once, over the loopback.
import { startLiveApi } from '@gemini-room-agent/live-api';
import { expect, test, vi } from 'vitest';
import { startLivekitServer } from '../support/livekit-server.js';
import { deploymentOf, startEverything } from '../support/mcp.js';
import { eventsOf, startReadyCall } from '../support/tool-call.js';

/** With the round before them five chat messages: as many as one person may send at once. */
const ROUNDS = 4;
const AT_ONCE = 20;

test('at most 10 ms beyond the time of the server itself', async () => {
  await using livekit = await startLivekitServer();
  const liveApi = await startLiveApi({ speech: 'tones', pace: 'prompt' });
  await using remote = await startEverything('streamableHttp');
  try {
    await using tools = await deploymentOf({
      web: { kind: 'http', url: remote.url, headers: {} },
    });
    const calls = (round: number) =>
      Array.from({ length: AT_ONCE }, (_, index) => ({
        id: `${round}-${index}`,
        name: 'web__echo',
        args: { message: `${round}-${index}` },
      }));
    liveApi.setScenario({
      otherwise: 'silence',
      rules: Array.from({ length: ROUNDS + 1 }, (_, round) => ({
        when: { text: `go ${round}` },
        do: [{ calls: calls(round) }],
      })),
    });
    const server = tools.mcp.get('web');
    if (!server) throw new Error('the server is missing');
    // The server's own time, call by call: that of another moment would be another one on a busy machine.
    const ownMs = new Map<string, number>();
    const call = server.call.bind(server);
    vi.spyOn(server, 'call').mockImplementation(async (tool, args, options) => {
      const startedMs = performance.now();
      const result = await call(tool, args, options);
      ownMs.set(String(args.message), performance.now() - startedMs);
      return result;
    });
    const profile = { mcp: { web: {} }, events: { types: ['tool.result'] } };
    await using agent = await startReadyCall({ livekit, liveApi, tools, profile });
    for (let round = 0; round <= ROUNDS; round++) {
      await agent.person.sendChat(`go ${round}`);
      const due = (round + 1) * AT_ONCE;
      await agent.person.waitFor((person) => eventsOf(person, 'tool.result').length >= due, 20_000);
    }
    // The first round compiles the code.
    const results = eventsOf(agent.person, 'tool.result').slice(AT_ONCE);
    const added = results.map(({ id, durationMs }) => Number(durationMs) - (ownMs.get(String(id)) ?? 0));
    expect(results).toHaveLength(ROUNDS * AT_ONCE);
    expect(ownMs.size).toBe((ROUNDS + 1) * AT_ONCE);
    expect(median(added)).toBeLessThan(10);
  } finally {
    await liveApi.close();
  }
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
