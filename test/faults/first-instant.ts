// What the service sends in the instant of setupComplete: it is handled like anything that comes later.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { expect } from 'vitest';
import { agentFinals, completed, goesOn, type Mood, of, opens, WITHIN_MS } from './mood.js';

const VOICE = Buffer.from(new Int16Array(9_600).fill(6_000).buffer).toString('base64');

const together =
  (...messages: Record<string, unknown>[]): NonNullable<Mood['prepare']> =>
  (liveApi: LiveApiServer): void =>
    liveApi.faults.withSetup({ messages });

export const FIRST_INSTANT: readonly Mood[] = [
  {
    name: 'a tool call in the instant of setupComplete is answered',
    prepare: together({ toolCall: { functionCalls: [{ id: 'f1', name: 'nobody_has_this', args: {} }] } }),
    play: async (call, liveApi) => {
      const { person } = call;
      // Each event is a stream of its own: of two in one instant, the second can be read first.
      await person.waitFor(
        () => of(person, 'tool.call').length > 0 && of(person, 'tool.result').length > 0,
        WITHIN_MS,
      );
      expect(of(person, 'tool.call')).toMatchObject([{ id: 'f1' }]);
      await person.waitFor(
        () => JSON.stringify(liveApi.sessions.at(-1)?.received).includes('"id":"f1"'),
        WITHIN_MS,
      );
      await goesOn(call);
    },
  },
  {
    name: 'an answer in the instant of setupComplete is heard and captioned',
    prepare: together(
      { serverContent: { modelTurn: { parts: [{ inlineData: { mimeType: 'audio/pcm', data: VOICE } }] } } },
      { serverContent: { outputTranscription: { text: 'Good day.' } } },
      { serverContent: { generationComplete: true } },
      { serverContent: { turnComplete: true } },
    ),
    play: async (call) => {
      const { person } = call;
      await person.waitFor(() => completed(person) === 1, WITHIN_MS);
      await person.waitFor(() => agentFinals(person).length === 1, WITHIN_MS);
      expect(agentFinals(person)).toEqual(['Good day.']);
      await goesOn(call);
    },
  },
  {
    name: 'a close in the instant of setupComplete',
    prepare: (liveApi) =>
      liveApi.faults.withSetup({ close: { code: 1007, reason: 'Request contains an invalid argument.' } }),
    play: async (call) => {
      await call.person.waitFor(() => opens(call.person) === 2, WITHIN_MS);
      await goesOn(call);
    },
  },
  {
    name: 'goAway in the instant of setupComplete',
    prepare: together({ goAway: { timeLeft: '5s' } }),
    play: async (call) => {
      await call.person.waitFor(() => opens(call.person) === 2, WITHIN_MS);
      await goesOn(call);
    },
  },
];
