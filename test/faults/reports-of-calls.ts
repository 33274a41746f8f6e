// What callers of other agents have reported of the service: closes, silences, stalls and words, each in a real call.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { expect } from 'vitest';
import {
  agentFinals,
  ask,
  completed,
  errors,
  goesOn,
  INVALID,
  type Mood,
  of,
  opens,
  type ReportedMood,
  WITHIN_MS,
} from './mood.js';

const LOOK = {
  tools: [
    { declaration: { name: 'look', description: 'Looks' }, run: { by: 'participant' }, timeoutMs: 20_000 },
  ],
};

/** The fault strikes, and the call goes on over another connection. */
const goesOnElsewhere = (strike: (liveApi: LiveApiServer) => void): Mood['play'] =>
  async function play(call, liveApi) {
    strike(liveApi);
    await call.person.waitFor(() => opens(call.person) === 2, WITHIN_MS);
    await goesOn(call);
    expect(errors(call.person).filter(({ fatal }) => fatal)).toEqual([]);
  };

export const REPORTS_OF_CALLS: readonly ReportedMood[] = [
  {
    name: 'an interruption without turnComplete: the next question is answered',
    source: 'https://github.com/livekit/livekit/issues/4484',
    play: async (call, liveApi) => {
      const { person } = call;
      await person.sendChat('Tell me a story.');
      await person.waitFor(() => person.state() === 'speaking', WITHIN_MS);
      liveApi.faults.apply({ fault: 'interrupted', turn: 'ends-alone' });
      await person.waitFor(() => person.state() !== 'speaking', WITHIN_MS);
      await goesOn(call);
      expect(opens(person)).toBe(1);
    },
  },
  {
    name: 'a turn without content: the question is asked once more',
    source: 'https://github.com/googleapis/python-genai/issues/2117',
    profile: { model: 'gemini-3.1-flash-live-preview' },
    play: async (call, liveApi) => {
      liveApi.faults.apply({ fault: 'no-answer', turn: 'empty', count: 1 });
      await goesOn(call);
      expect(errors(call.person)).toEqual([]);
    },
  },
  {
    name: 'an answer of silence: another connection',
    source: 'https://github.com/google-gemini/gemini-live-api-examples/issues/40',
    profile: { model: 'gemini-3.1-flash-live-preview' },
    play: goesOnElsewhere((liveApi) => liveApi.faults.apply({ fault: 'silent-turn', durationMs: 1_500 })),
  },
  {
    name: 'an empty turn of the model right after its tool call',
    source: 'https://github.com/livekit/agents/issues/6569',
    profile: LOOK,
    play: async (call, liveApi) => {
      const { person } = call;
      person.registerRpc('look', async () => '{"seen":"a fox"}');
      const stray = {
        serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm', data: 'AAA=' } }] } },
      };
      liveApi.faults.on({ sent: 'toolCall', times: 1, do: [{ fault: 'send', message: stray }] });
      await person.sendChat('look');
      await person.waitFor(() => of(person, 'tool.result').length > 0, WITHIN_MS);
      await goesOn(call);
      expect(opens(person)).toBe(1);
    },
  },
  {
    name: 'a transcript in pieces that are cut inside of words: one caption',
    source: 'https://github.com/google-gemini/cookbook/issues/951',
    play: async ({ person }, liveApi) => {
      liveApi.faults.apply({ fault: 'split-transcripts', of: 'output', into: 3, gapMs: 150 });
      await ask(person, 'Hello there.');
      await person.waitFor(() => agentFinals(person).length === 1, WITHIN_MS);
      expect(agentFinals(person)).toEqual(['Well.']);
    },
  },
  {
    name: 'a stall in the midst of an answer: the same turn goes on',
    source: 'https://github.com/pipecat-ai/pipecat/issues/4633',
    play: async ({ person }, liveApi) => {
      await person.sendChat('Tell me a story.');
      await person.waitFor(() => person.state() === 'speaking', WITHIN_MS);
      liveApi.faults.freeze(4_000);
      await person.waitFor(() => completed(person) === 1, WITHIN_MS);
      expect(opens(person)).toBe(1);
      expect(person.heard().soundMs()).toBeGreaterThan(8_000);
    },
  },
  {
    name: '1008 “The operation was aborted” while audio flows during a tool call',
    source: 'https://github.com/autonomous-ai/autonomous-os/issues/231',
    profile: LOOK,
    play: async (call, liveApi) => {
      const { person } = call;
      let runs = 0;
      person.registerRpc('look', async () => {
        runs += 1;
        return '{"seen":"a fox"}';
      });
      liveApi.faults.on({
        sent: 'toolCall',
        times: 1,
        do: [{ fault: 'close', code: 1008, reason: 'The operation was aborted' }],
      });
      await person.sendChat('look');
      await person.waitFor(() => of(person, 'tool.result').length > 0 && opens(person) === 2, WITHIN_MS);
      await goesOn(call);
      expect(runs).toBe(1);
    },
  },
  {
    name: 'goAway, and then nothing more from the service',
    source: 'https://github.com/sierra-research/tau2-bench/pull/461',
    play: goesOnElsewhere((liveApi) => {
      liveApi.faults.goAway({ timeLeftMs: 4_000, end: false });
      liveApi.faults.freeze();
    }),
  },
  {
    name: 'a loss before there is a handle: rebuilt with what was said',
    source: 'https://github.com/pipecat-ai/pipecat/pull/4355',
    play: async (call, liveApi) => {
      liveApi.faults.refuseHandles(3);
      await ask(call.person, 'Hello there.');
      liveApi.faults.kill();
      await call.person.waitFor(() => opens(call.person) === 2, WITHIN_MS);
      expect(of(call.person, 'session').at(-1)).toMatchObject({ state: 'open', restored: 'rebuilt' });
      expect(JSON.stringify(liveApi.sessions.at(-1)?.received)).toContain('Hello there.');
      await goesOn(call);
    },
  },
  {
    name: 'the service is unavailable to two resumptions as well',
    source: 'https://github.com/kazunori279/adk-streaming-guide/issues/11',
    play: goesOnElsewhere((liveApi) => {
      liveApi.faults.refuseHandles(2, { code: 1011, reason: 'The service is currently unavailable.' });
      liveApi.faults.close(1011, 'Deadline expired before operation could complete.');
    }),
  },
  {
    name: '1007 right after a rotation',
    source: 'https://github.com/yagudaev/voiceclaw/pull/66',
    play: async (call, liveApi) => {
      const { person } = call;
      liveApi.faults.on({ openedMs: 50, times: 1, do: [{ fault: 'close', code: 1007, reason: INVALID }] });
      liveApi.faults.goAway({ timeLeftMs: 5_000, end: false });
      await person.waitFor(() => opens(person) === 3, WITHIN_MS);
      await goesOn(call);
    },
  },
  {
    name: 'no answer to the result of a tool: the next question is answered',
    source: 'https://github.com/livekit/livekit/issues/4296',
    profile: LOOK,
    play: async (call, liveApi) => {
      const { person } = call;
      person.registerRpc('look', async () => '{"seen":"a fox"}');
      liveApi.faults.apply({ fault: 'swallow', input: 'tool-response', count: 1 });
      await person.sendChat('look');
      await person.waitFor(() => of(person, 'tool.result').length > 0, WITHIN_MS);
      await goesOn(call);
    },
  },
];
