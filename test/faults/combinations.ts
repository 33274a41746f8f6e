// Several moods at once: late words on each model's order, a loss beside a camera, what was taken back beside a loss.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { expect } from 'vitest';
import { Camera } from '../support/camera.js';
import { audioInputs, sessionOf } from '../support/heard-by-model.js';
import {
  agentFinals,
  ask,
  completed,
  errors,
  goesOn,
  type Mood,
  of,
  opens,
  states,
  WITHIN_MS,
} from './mood.js';
import { UTTERANCE } from './slow-moods.js';

const M25 = 'gemini-2.5-flash-native-audio-preview-12-2025';
const M31 = 'gemini-3.1-flash-live-preview';
const PUSH = { listen: { policy: 'push-to-talk' } };
const UNPUNCTUATED = 'this is a long answer without any punctuation and it goes on for some seconds more';

/** Frames with voice that the newest session was sent. */
const voicedFrames = (liveApi: LiveApiServer): number =>
  audioInputs(sessionOf(liveApi)).filter(
    (input) => 'samples' in input && input.samples.some((sample) => sample > 2_000),
  ).length;

const lateWords = (model: string, delayMs: number): Mood => ({
  name: `words of both sides ${delayMs} ms after their turn on ${model}`,
  profile: { model },
  play: async (call, liveApi) => {
    const { person } = call;
    liveApi.faults.apply({ fault: 'late-transcripts', of: 'both', after: 'turn-complete', delayMs });
    await person.speak(UTTERANCE, 24_000);
    await person.waitFor(() => agentFinals(person).length === 1, WITHIN_MS);
    liveApi.faults.apply({ fault: 'clear' });
    await goesOn(call);
    await person.waitFor(() => agentFinals(person).length === 2, WITHIN_MS);
    expect(agentFinals(person)).toEqual(['Yes.', 'Well.']);
    expect(opens(person)).toBe(1);
    expect(errors(person)).toEqual([]);
  },
});

const closingCaption = (model: string, strike: (liveApi: LiveApiServer) => void, what: string): Mood => ({
  name: `${what}: the first final caption is out 1.5 s after the sound on ${model}`,
  profile: { model },
  play: async ({ person }, liveApi) => {
    strike(liveApi);
    liveApi.faults.apply({ fault: 'say', text: UNPUNCTUATED });
    await person.waitFor(() => person.state() === 'speaking', WITHIN_MS);
    await person.waitFor(() => agentFinals(person).length === 1, WITHIN_MS);
    expect(agentFinals(person)).toEqual([UNPUNCTUATED]);
    const { atMs = 0 } = person.captions().findLast(({ final }) => final) ?? {};
    // 1.5 s are promised. The rest is the way to the room and back.
    expect(atMs - (person.heard().lastSoundAtMs() ?? 0)).toBeLessThan(3_000);
    await person.waitFor(() => person.state() === 'listening', 5_000);
  },
});

const takenBack = (strike: (liveApi: LiveApiServer) => void, what: string): Mood => ({
  name: `a turn that is taken back, and then ${what}: not heard again, and not answered`,
  profile: PUSH,
  play: async (call, liveApi) => {
    const { person } = call;
    await person.rpc('start_turn');
    await person.speak(UTTERANCE, 24_000);
    await person.rpc('cancel_turn');
    strike(liveApi);
    await person.waitFor(() => opens(person) === 2, WITHIN_MS);
    await goesOn(call);
    expect(completed(person)).toBe(1);
    expect(voicedFrames(liveApi)).toBe(0);
  },
});

export const COMBINATIONS: readonly Mood[] = [
  lateWords(M25, 700),
  lateWords(M31, 4_000),
  closingCaption(
    M25,
    (liveApi) => liveApi.faults.apply({ fault: 'delay', sent: 'turnComplete', delayMs: 700 }),
    'turnComplete 700 ms late',
  ),
  closingCaption(
    M31,
    (liveApi) => liveApi.faults.apply({ fault: 'drop', sent: 'turnComplete' }),
    'no turnComplete',
  ),
  closingCaption('gemini-3.8-live', () => {}, 'turnComplete in time'),
  takenBack((liveApi) => liveApi.faults.kill(), 'a loss'),
  takenBack((liveApi) => liveApi.faults.goAway({ timeLeftMs: 3_000, end: false }), 'a rotation'),
  {
    name: 'a turn of push-to-talk in which the microphone gives only silence: no activity, no answer',
    profile: { ...PUSH, model: M25 },
    play: async (call, liveApi) => {
      const { person } = call;
      await person.waitFor(() => person.listenedTo, WITHIN_MS);
      await person.rpc('start_turn');
      await person.rpc('end_turn');
      await goesOn(call);
      expect(completed(person)).toBe(1);
      expect(JSON.stringify(liveApi.sessions.at(-1)?.received)).not.toContain('activityStart');
    },
  },
  {
    name: 'a question during an outage with a camera and a screen on: answered after, with the newest picture',
    play: async (call, liveApi) => {
      const { person } = call;
      await using _camera = await Camera.publish(person.room, { moves: true });
      liveApi.faults.refuseUpgrades(503, 3);
      liveApi.faults.kill();
      await person.waitFor(() => of(person, 'session').some(({ state }) => state === 'rotating'), WITHIN_MS);
      await person.speak(UTTERANCE, 24_000);
      await person.sendChat('Are you there?');
      await person.waitFor(() => opens(person) === 2, WITHIN_MS);
      await person.waitFor(() => completed(person) >= 1, WITHIN_MS);
      expect(errors(person)).toEqual([]);
    },
  },
  {
    name: 'a quota that is used up, in words about billing: one error, and the call waits',
    play: async ({ person }, liveApi) => {
      liveApi.faults.close(1008, 'Your credit balance is too low to access the Gemini API.');
      await person.waitFor(() => errors(person).length > 0, 5_000);
      expect(errors(person)).toMatchObject([{ fatal: false }]);
      await person.waitFor(() => states(person).at(-1) === 'waiting', 5_000);
    },
  },
  {
    name: 'a tool call whose connection dies as it comes: run once',
    profile: {
      model: M25,
      tools: [{ declaration: { name: 'look' }, run: { by: 'participant' }, timeoutMs: 20_000 }],
    },
    play: async (call, liveApi) => {
      const { person } = call;
      person.registerRpc('look', async () => '{"seen":"a fox"}');
      liveApi.faults.on({ sent: 'toolCall', times: 1, do: [{ fault: 'kill' }] });
      await ask(person, 'look');
      await goesOn(call);
      expect(of(person, 'tool.call')).toHaveLength(1);
    },
  },
];
