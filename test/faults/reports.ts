// What the service is known to do, from public threads, recordings and pages: each in a call that has to go on.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { expect } from 'vitest';
import type { TestCall } from '../support/call.js';
import {
  agentFinals,
  ask,
  errors,
  goesOn,
  type Mood,
  of,
  opens,
  type ReportedMood,
  WITHIN_MS,
} from './mood.js';
import { REPORTS_OF_CALLS } from './reports-of-calls.js';

const WEATHER = {
  tools: [
    { declaration: { name: 'look', description: 'Looks' }, run: { by: 'participant' }, timeoutMs: 20_000 },
  ],
};

/** The service sends this in mid-call; nobody notices. */
const ignores = (message: Record<string, unknown>): Mood['play'] =>
  async function play(call, liveApi) {
    liveApi.faults.apply({ fault: 'send', message });
    await goesOn(call);
    expect(errors(call.person)).toEqual([]);
    expect(opens(call.person)).toBe(1);
  };

/** The person's client runs the tool; how often it did. */
async function looks({ person }: TestCall): Promise<{ readonly runs: () => number }> {
  let runs = 0;
  person.registerRpc('look', async () => {
    runs += 1;
    return '{"seen":"a fox"}';
  });
  await person.sendChat('look');
  return { runs: () => runs };
}

const goesOnAfterCalls = (prepare: (liveApi: LiveApiServer) => void): Mood['play'] =>
  async function play(call, liveApi) {
    prepare(liveApi);
    const { runs } = await looks(call);
    await call.person.waitFor(() => of(call.person, 'tool.result').length > 0, WITHIN_MS);
    await goesOn(call);
    expect(runs()).toBe(1);
  };

export const REPORTS: readonly ReportedMood[] = [
  {
    name: 'three rejected responses in a row',
    source: 'https://github.com/google-gemini/gemini-live-api-examples/issues/40',
    play: async (call, liveApi) => {
      for (let nth = 0; nth < 3; nth += 1) {
        liveApi.faults.apply({
          fault: 'send',
          message: { serverContent: { turnComplete: true, turnCompleteReason: 'RESPONSE_REJECTED' } },
        });
      }
      await goesOn(call);
    },
  },
  {
    name: '1011 while a tool runs',
    source: 'https://github.com/google/adk-python/issues/3918',
    profile: WEATHER,
    play: goesOnAfterCalls((liveApi) =>
      liveApi.faults.on({
        sent: 'toolCall',
        times: 1,
        do: [{ fault: 'close', code: 1011, reason: 'Internal error encountered.' }],
      }),
    ),
  },
  {
    name: '1008 “Requested entity was not found” when a tool has answered',
    source: 'https://github.com/google-gemini/deprecated-generative-ai-js/issues/487',
    profile: WEATHER,
    play: goesOnAfterCalls((liveApi) =>
      liveApi.faults.on({
        received: 'functionResponses',
        times: 1,
        do: [{ fault: 'close', code: 1008, reason: 'Requested entity was not found.' }],
      }),
    ),
  },
  {
    name: '1008 “Operation is not implemented” around a tool call',
    source: 'https://github.com/googleapis/js-genai/issues/1236',
    profile: WEATHER,
    play: goesOnAfterCalls((liveApi) =>
      liveApi.faults.on({
        sent: 'toolCall',
        times: 1,
        do: [
          {
            fault: 'close',
            code: 1008,
            reason: 'Operation is not implemented, or supported, or enabled.',
          },
        ],
      }),
    ),
  },
  {
    name: 'a tool call that comes twice',
    source: 'https://github.com/mastra-ai/mastra/issues/22969',
    profile: WEATHER,
    play: goesOnAfterCalls((liveApi) => liveApi.faults.apply({ fault: 'double-calls' })),
  },
  {
    name: 'the last words of an answer come after it, and none of them stands in the next',
    source: 'https://github.com/livekit/agents-js/issues/1759',
    play: async ({ person }, liveApi) => {
      liveApi.faults.apply({
        fault: 'late-transcripts',
        of: 'output',
        after: 'turn-complete',
        delayMs: 200,
        fragments: 'last',
      });
      await ask(person, 'Hello there.');
      await ask(person, 'How are you?');
      await person.waitFor(() => agentFinals(person).length === 2, WITHIN_MS);
      expect(agentFinals(person)).toEqual(['Well.', 'Well.']);
    },
  },
  {
    name: 'a handle that is not resumable and empty',
    source: 'https://ai.google.dev/gemini-api/docs/live-api/session-management',
    play: ignores({ sessionResumptionUpdate: { newHandle: '', resumable: false } }),
  },
  {
    name: 'a field that nobody has heard of',
    source: 'https://ai.google.dev/api/live',
    play: ignores({ voiceConsentSignature: { signature: 'x' }, serverContent: { newThing: { a: [1] } } }),
  },
  ...REPORTS_OF_CALLS,
];
