// Features: what the model knows from before and for how long: instructions, history, sessions that are taken up.
import {
  EXTENDED,
  type Feature,
  type FeatureGroup,
  HALF_CASCADE,
  HANDLE,
  LIVE,
  LIVE_3_1,
  NATIVE,
  typed,
} from './feature.js';

const history = [
  { role: 'user', parts: [{ text: 'My name is Ana.' }] },
  { role: 'model', parts: [{ text: 'Nice to meet you, Ana.' }] },
];
const instructed = (text: string) => ({ parts: [{ text }], role: 'user' });

function remembered(feature: string, model: string, setup: Feature['setup'] = {}): Feature {
  // With historyConfig the service waits for the end of the history, and does not answer it.
  const turnComplete = model === LIVE_3_1;
  return {
    feature,
    profile: { model, history },
    setup,
    opening: [{ clientContent: { turns: history, turnComplete } }],
    ask: 'What is my name?',
    room: [{ agent: 'Ana' }, { never: { type: 'turn', turn: 2 } }],
  };
}

export const MEMORY: FeatureGroup = {
  title: 'Instructions, history and sessions',
  features: [
    {
      feature: 'System instruction',
      profile: { instructions: 'Answer in one word.' },
      setup: { systemInstruction: instructed('Answer in one word.') },
      ask: 'Hi.',
      room: [{ agent: 'Hello.' }],
    },
    {
      feature: 'System instruction of several paragraphs',
      profile: { live: { systemInstruction: { parts: [{ text: 'Be kind.' }, { text: 'Be brief.' }] } } },
      setup: { systemInstruction: { parts: [{ text: 'Be kind.' }, { text: 'Be brief.' }] } },
      room: [],
    },
    remembered('History', LIVE),
    remembered('History on 3.1, by historyConfig', LIVE_3_1, {
      historyConfig: { initialHistoryInClientContent: true },
    }),
    remembered('History of native audio', NATIVE),
    remembered('History of half cascade', HALF_CASCADE),
    remembered('History, thinking', EXTENDED, {
      generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } },
    }),
    {
      feature: 'A session of before is taken up',
      given: 'handle',
      profile: { live: { sessionResumption: { handle: HANDLE } } },
      setup: { sessionResumption: { handle: HANDLE } },
      ask: 'What is my name?',
      room: [{ event: { type: 'session', state: 'open', restored: 'resumed' } }, { agent: 'Ana' }],
    },
    {
      feature: 'Resumption after a loss',
      setup: { sessionResumption: {} },
      acts: [{ service: { fault: 'kill' }, words: 'the connection breaks' }],
      again: { setup: { sessionResumption: { handle: HANDLE } } },
      room: [
        { event: { type: 'session', state: 'rotating' } },
        { event: { type: 'session', state: 'open', restored: 'resumed' } },
      ],
    },
    {
      feature: 'goAway',
      acts: [
        {
          service: { fault: 'go-away', timeLeftMs: 20_000, end: false },
          words: 'the service says that the connection ends in 20 s',
        },
      ],
      again: { setup: { sessionResumption: { handle: HANDLE } } },
      room: [
        { event: { type: 'session', state: 'rotating', reason: 'goAway' } },
        { event: { type: 'session', state: 'open', restored: 'resumed', reason: 'goAway' } },
      ],
    },
    {
      feature: 'Instructions changed in a session',
      profile: { control: ['ana'], instructions: 'Be brief.' },
      setup: { systemInstruction: instructed('Be brief.') },
      acts: [
        { rpc: 'configure', payload: { instructions: 'Answer in one word.' }, answer: { applies: 'now' } },
        { chat: 'Hi.' },
      ],
      client: [{ contextUpdate: { systemInstruction: instructed('Answer in one word.') } }, typed('Hi.')],
      room: [{ agent: 'Hello.' }],
    },
    {
      feature: 'Functions changed in a session',
      profile: {
        control: ['ana'],
        tools: [{ declaration: { name: 'get_time' } }, { declaration: { name: 'get_news' } }],
      },
      setup: { tools: [{ functionDeclarations: [{ name: 'get_time' }, { name: 'get_news' }] }] },
      acts: [
        {
          rpc: 'configure',
          payload: { tools: [{ declaration: { name: 'get_news' } }] },
          answer: { applies: 'now' },
        },
      ],
      client: [{ contextUpdate: { tools: { tools: [{ functionDeclarations: [{ name: 'get_news' }] }] } } }],
      room: [],
    },
    {
      feature: 'Instructions changed on a model that takes them only in the setup',
      profile: { control: ['ana'], model: NATIVE },
      ask: 'Hello again.',
      model: [{ say: 'Hello.' }],
      acts: [
        { until: { event: { type: 'turn', turn: 1, phase: 'completed' } } },
        {
          rpc: 'configure',
          payload: { instructions: 'Answer in one word.' },
          answer: { applies: 'next-connection' },
        },
      ],
      again: {
        setup: {
          systemInstruction: instructed('Answer in one word.'),
          sessionResumption: { handle: HANDLE },
        },
      },
      room: [
        { event: { type: 'session', state: 'rotating', reason: 'configure' } },
        { event: { type: 'session', state: 'open', restored: 'resumed' } },
      ],
    },
    {
      feature: 'Context compression, as it is by default',
      setup: { contextWindowCompression: { slidingWindow: {} } },
      room: [],
    },
    {
      feature: 'Context compression by numbers of tokens',
      profile: {
        live: {
          contextWindowCompression: { triggerTokens: 25_600, slidingWindow: { targetTokens: '12800' } },
        },
      },
      setup: {
        contextWindowCompression: { triggerTokens: '25600', slidingWindow: { targetTokens: '12800' } },
      },
      room: [],
    },
    {
      feature: 'No context compression',
      profile: { live: { contextWindowCompression: {} } },
      setup: { contextWindowCompression: null },
      room: [],
    },
    {
      feature: 'Ephemeral token',
      given: 'token',
      environment: 'GOOGLE_API_KEY `auth_tokens/…`',
      ask: 'Hello.',
      room: [{ agent: '' }],
    },
  ],
};
