// Features: text in and out, from the room's chat, its commands and the profile.
import { type FeatureGroup, HALF_CASCADE, LIVE_3_1, typed } from './feature.js';

const say = (text: string) => [{ say: text }];
const colours = [
  { role: 'user', parts: [{ text: 'My favourite colour is green.' }] },
  { role: 'model', parts: [{ text: 'Green it is.' }] },
];

export const TEXT: FeatureGroup = {
  title: 'Text',
  features: [
    {
      feature: 'A typed turn',
      acts: [{ chat: 'Hello there.' }],
      client: [typed('Hello there.')],
      room: [{ agent: '' }, { voice: true }],
    },
    {
      feature: 'A typed turn on 3.1, as real-time text',
      profile: { model: LIVE_3_1 },
      acts: [{ chat: 'Hello there.' }],
      client: [{ realtimeInput: { text: 'Hello there.' } }],
      room: [{ agent: '' }, { voice: true }],
    },
    {
      feature: 'Answers in text',
      profile: { model: HALF_CASCADE, modality: 'text' },
      setup: { generationConfig: { responseModalities: ['TEXT'] } },
      ask: 'Write to me.',
      model: say('This is written, and nobody hears it.'),
      room: [
        { event: { type: 'turn', turn: 1, phase: 'started' } },
        { written: 'This is written, and nobody hears it.' },
        { event: { type: 'turn', turn: 1, phase: 'completed', playedMs: 0 } },
      ],
    },
    {
      feature: 'A turn by command',
      acts: [{ rpc: 'say', payload: { text: 'How are you?' }, answer: {} }],
      client: [typed('How are you?')],
      room: [{ agent: '' }],
    },
    {
      feature: 'Greeting',
      profile: { greeting: 'Say hello in one sentence.' },
      client: [typed('Say hello in one sentence.')],
      room: [{ event: { type: 'turn', turn: 1, phase: 'started' } }, { voice: true }],
    },
    {
      feature: 'Greeting in text',
      profile: { model: HALF_CASCADE, modality: 'text', greeting: 'Write hello in one sentence.' },
      setup: { generationConfig: { responseModalities: ['TEXT'] } },
      client: [typed('Write hello in one sentence.')],
      room: [{ written: '' }],
    },
    {
      feature: 'Context by roles, without an answer',
      profile: { control: ['ana'] },
      acts: [
        { rpc: 'add_context', payload: { turns: colours }, answer: {} },
        { chat: 'What is my favourite colour?' },
      ],
      client: [
        { clientContent: { turns: colours, turnComplete: false } },
        typed('What is my favourite colour?'),
      ],
      room: [{ agent: 'green' }, { never: { type: 'turn', turn: 2 } }],
    },
    {
      feature: 'Context that is answered',
      acts: [
        {
          rpc: 'add_context',
          payload: { turns: [{ role: 'user', parts: [{ text: 'How are you?' }] }], turnComplete: true },
          answer: {},
        },
      ],
      client: [typed('How are you?')],
      room: [{ event: { type: 'turn', turn: 1, phase: 'completed' } }],
    },
    {
      feature: 'Context on a model that takes it only before the call',
      profile: { control: ['ana'], model: LIVE_3_1 },
      acts: [{ rpc: 'add_context', payload: { turns: colours }, error: 409 }],
      room: [],
    },
  ],
};
