// Features: who may cut the model off, and what of its answer counts then.
import { type Feature, type FeatureGroup, LIVE, NATIVE } from './feature.js';

const LONG =
  'I am telling you a long story, of which you will not hear the end, for somebody speaks over it.';
const SHORT = 'I say this to its end, whatever you say.';

const handling = (activityHandling: string) => ({ realtimeInputConfig: { activityHandling } });

function spokenOver(feature: string, ask: string, model: string, more: Partial<Feature> = {}): Feature {
  return {
    feature,
    profile: { model },
    ask,
    model: [{ say: LONG }],
    acts: [{ until: { voiceMs: 1_200 } }, { speakMs: 700 }],
    room: [
      { event: { type: 'turn', turn: 1, phase: 'interrupted', playedMs: '<ms>' } },
      { event: { type: 'latency', turn: 1, interruptToClearedMs: '<ms>' } },
      { agent: 'I am' },
      { event: { type: 'turn', turn: 2, phase: 'started' } },
    ],
    ...more,
  };
}

export const INTERRUPTIONS: FeatureGroup = {
  title: 'Interruptions',
  features: [
    spokenOver('Somebody speaks over the answer', 'Tell me a story.', LIVE),
    spokenOver('The same on a model that says nothing of speech', 'Tell me another story.', NATIVE),
    spokenOver('Interruption, said aloud', 'Tell me a third story.', LIVE, {
      profile: { live: handling('START_OF_ACTIVITY_INTERRUPTS') },
      setup: handling('START_OF_ACTIVITY_INTERRUPTS'),
    }),
    {
      feature: 'No interruption',
      profile: { live: handling('NO_INTERRUPTION') },
      setup: handling('NO_INTERRUPTION'),
      ask: 'Say it to the end.',
      model: [{ say: SHORT }],
      acts: [{ until: { voice: true } }, { speakMs: 700 }],
      room: [
        { event: { type: 'speech', participant: '<identity>', phase: 'started' } },
        { event: { type: 'turn', turn: 1, phase: 'completed', playedMs: '<ms>' } },
        { agent: SHORT },
        { event: { type: 'turn', turn: 2, phase: 'completed' } },
        { never: { type: 'turn', phase: 'interrupted' } },
      ],
    },
    {
      feature: 'No interruption, on a model that says nothing of speech',
      profile: { model: NATIVE, live: handling('NO_INTERRUPTION') },
      setup: handling('NO_INTERRUPTION'),
      ask: 'Say that to the end.',
      model: [{ say: SHORT }],
      acts: [{ until: { voiceMs: 1_200 } }, { speakMs: 700 }],
      room: [
        { event: { type: 'turn', turn: 1, phase: 'completed', playedMs: '<ms>' } },
        { agent: SHORT },
        { event: { type: 'turn', turn: 2, phase: 'completed' } },
        { never: { type: 'turn', phase: 'interrupted' } },
      ],
    },
    {
      feature: 'Interruption by command',
      ask: 'Tell me a fourth story.',
      model: [{ say: LONG }],
      acts: [{ until: { voiceMs: 1_200 } }, { rpc: 'interrupt', answer: {} }],
      room: [
        { event: { type: 'turn', turn: 1, phase: 'interrupted', playedMs: '<ms>' } },
        { agent: 'I am' },
        { state: 'listening' },
      ],
    },
    {
      feature: 'Interruption by typing',
      ask: 'Tell me a fifth story.',
      model: [{ say: LONG }],
      acts: [{ until: { voiceMs: 1_200 } }, { chat: 'Hello.' }],
      client: [
        { clientContent: { turns: [{ role: 'user', parts: [{ text: 'Hello.' }] }], turnComplete: true } },
      ],
      room: [
        { event: { type: 'turn', turn: 1, phase: 'interrupted', playedMs: '<ms>' } },
        { event: { type: 'turn', turn: 2, phase: 'completed' } },
      ],
    },
    {
      feature: 'Hanging up by command',
      acts: [{ rpc: 'hang_up', answer: {} }],
      room: [{ ended: 'hung-up' }],
    },
  ],
};
