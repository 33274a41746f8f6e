// What the service does to healthy calls, row by row: how it is provoked, and what the room sees all the same.
import { expect } from 'vitest';
import { SLOW_ANSWER } from '../support/short-answers.js';
import { FIRST_INSTANT } from './first-instant.js';
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
  states,
  WITHIN_MS,
} from './mood.js';

const survivesClose = (code: number, reason: string): Mood['play'] =>
  async function play(call, liveApi) {
    const { person } = call;
    liveApi.faults.close(code, reason);
    await person.waitFor(() => opens(person) === 2, WITHIN_MS);
    expect(errors(person)).toEqual([]);
    await goesOn(call);
  };

const lateTranscript = (delayMs: number): Mood['play'] =>
  async function play({ person }, liveApi) {
    liveApi.faults.apply({ fault: 'late-transcripts', of: 'output', after: 'turn-complete', delayMs });
    await ask(person, 'Hello there.');
    await person.waitFor(() => agentFinals(person).length === 1, WITHIN_MS);
    expect(agentFinals(person)).toEqual(['Well.']);
    liveApi.faults.apply({ fault: 'clear' });
    await ask(person, 'How are you?');
    await person.waitFor(() => agentFinals(person).length === 2, WITHIN_MS);
    // Nothing of the first answer's words stands in the second.
    expect(agentFinals(person)).toEqual(['Well.', 'Well.']);
  };

/** In seconds: the gate runs them. */
export const MOODS: readonly Mood[] = [
  {
    name: '1007 on a working session: invalid argument',
    play: survivesClose(1007, INVALID),
  },
  {
    name: '1007 on a working session: audio is not supported, with a trace',
    play: survivesClose(
      1007,
      'Request trace id: 0a1b, [ORIGINAL ERROR] generic::invalid_argument: The audio content type (CONTENT_TYPE_AUDIO) is',
    ),
  },
  {
    name: '1008 on a working session: the operation was aborted',
    play: survivesClose(1008, 'The operation was aborted'),
  },
  {
    name: 'a text that the service closes the session over is left out, and reported',
    play: async (call, liveApi) => {
      const { person } = call;
      liveApi.faults.on({
        received: 'poison',
        times: 1,
        do: [{ fault: 'close', code: 1007, reason: INVALID }],
      });
      await person.sendChat('This is poison.');
      await person.waitFor(() => opens(person) === 2, WITHIN_MS);
      expect(errors(person)).toMatchObject([{ code: 'input', fatal: false }]);
      await goesOn(call);
    },
  },
  {
    name: 'a question whose connection dies before the answer is asked again',
    play: async ({ person }, liveApi) => {
      liveApi.faults.on({ received: 'Are you there', times: 1, do: [{ fault: 'kill' }], instead: true });
      await person.sendChat('Are you there?');
      await person.waitFor(() => completed(person) === 1, WITHIN_MS);
      expect(opens(person)).toBe(2);
    },
  },
  {
    name: 'a full quota in mid-call is reported within 5 s, with Google’s words',
    play: async ({ person }, liveApi) => {
      const before = liveApi.sessions.length;
      liveApi.faults.close(1011, 'Your prepayment credits are depleted.');
      const atMs = Date.now();
      await person.waitFor(() => errors(person).length > 0, 5_000);
      expect(Date.now() - atMs).toBeLessThan(5_000);
      expect(errors(person)).toMatchObject([
        { message: 'Your prepayment credits are depleted.', fatal: false },
      ]);
      expect(liveApi.sessions.length).toBe(before);
    },
  },
  { name: 'the words of an answer 700 ms after its end', play: lateTranscript(700) },
  { name: 'the words of an answer 1.5 s after its end', play: lateTranscript(1_500) },
  { name: 'the words of an answer 4 s after its end', play: lateTranscript(4_000) },
  {
    name: 'a text part beside speech is a thought',
    play: async ({ person }, liveApi) => {
      liveApi.faults.apply({ fault: 'text-parts', text: '**Considering**' });
      await ask(person, 'Hello there.');
      await person.waitFor(() => agentFinals(person).length === 1, WITHIN_MS);
      expect(agentFinals(person)[0]).not.toContain('Considering');
      expect(of(person, 'thought')).toMatchObject([{ text: '**Considering**' }]);
    },
  },
  {
    name: 'turnComplete never comes: the agent listens, and the next answer is a turn of its own',
    play: async ({ person }, liveApi) => {
      liveApi.faults.apply({ fault: 'drop', sent: 'turnComplete' });
      await ask(person, 'Hello there.');
      await person.waitFor(() => person.state() === 'listening', WITHIN_MS);
      await person.waitFor(() => agentFinals(person).length === 1, WITHIN_MS);
      await ask(person, 'How are you?');
      expect(
        of(person, 'turn')
          .filter(({ phase }) => phase === 'completed')
          .map(({ turn }) => turn),
      ).toEqual([1, 2]);
    },
  },
  {
    name: 'a typed question on a model that takes no text',
    profile: {
      model: 'gemini-3.5-live-translate-preview',
      live: { translationConfig: { targetLanguageCode: 'de' } },
    },
    play: async ({ person, ...call }) => {
      await person.sendChat('Hello?');
      await person.waitFor(() => errors(person).length > 0, WITHIN_MS);
      expect(errors(person)).toMatchObject([{ code: 'input', fatal: false }]);
      expect(states(person)).toEqual(['connecting', 'open']);
      expect(call.ended).toBeUndefined();
    },
  },
  ...FIRST_INSTANT,
  {
    name: 'history with a function call and its answer',
    profile: {
      history: [
        { role: 'user', parts: [{ text: 'How warm is it?' }] },
        { role: 'model', parts: [{ functionCall: { name: 'warmth', args: { city: 'Paris' } } }] },
        { role: 'user', parts: [{ functionResponse: { name: 'warmth', response: { celsius: 21 } } }] },
        { role: 'model', parts: [{ text: 'It is 21 degrees.' }] },
      ],
    },
    play: async (call) => {
      await goesOn(call);
      expect(errors(call.person)).toEqual([]);
      expect(opens(call.person)).toBe(1);
    },
  },
  {
    name: 'typing over an answer: thinking until the next answer speaks',
    play: async ({ person }) => {
      const seen: string[] = [];
      await person.sendChat('Tell me a story.');
      await person.waitFor(() => person.state() === 'speaking', WITHIN_MS);
      person.on((event) => {
        if (event.type === 'agent-state') seen.push(event.state);
      });
      await person.sendChat('Slowly: how are you?');
      await person.waitFor(() => agentFinals(person).includes(SLOW_ANSWER), WITHIN_MS);
      await person.waitFor(() => person.state() === 'listening', WITHIN_MS);
      expect(seen).toEqual(['thinking', 'speaking', 'listening']);
    },
  },
];
