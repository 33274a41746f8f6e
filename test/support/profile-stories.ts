// What each profile of examples/profiles promises, as a story that is played in a real room.
import type { Feature } from './features/feature.js';

export type ProfileStory = Pick<Feature, 'ask' | 'model' | 'acts' | 'serves' | 'room' | 'given'> & {
  /** Who is there; ana where omitted. */
  readonly identity?: string;
  /** Setup fields, by their path, that make the profile what it is. */
  readonly setup?: Readonly<Record<string, unknown>>;
};

const turn = (number: number, phase: string) => ({ event: { type: 'turn', turn: number, phase } });
const speech = (phase: string) => ({ event: { type: 'speech', participant: '<identity>', phase } });
const result = (name: string, response: object) => ({
  event: { type: 'tool.result', name, ok: true, response },
});
const answered = turn(1, 'completed');
const talk = { ask: 'Hello there.', room: [answered] } as const;

export const PROFILE_STORIES: Readonly<Record<string, ProfileStory>> = {
  'affective-and-proactive.json': {
    ask: 'Not for you.',
    model: [{ content: {} }],
    acts: [{ until: { event: { type: 'usage' } } }, { chat: 'Hello there.' }],
    setup: { 'generationConfig.enableAffectiveDialog': true, 'proactivity.proactiveAudio': true },
    room: [answered, { never: turn(2, 'started').event }],
  },
  'assistant.json': {
    setup: { 'generationConfig.speechConfig.voiceConfig.prebuiltVoiceConfig.voiceName': 'Kore' },
    room: [{ voice: { name: 'Kore', hz: 260 } }, answered],
  },
  'code-and-web-pages.json': {
    ask: 'Run some code and read a page.',
    model: [
      { parts: [{ executableCode: { language: 'PYTHON', code: 'print(2)' } }] },
      { parts: [{ codeExecutionResult: { outcome: 'OUTCOME_OK', output: '2\n' } }] },
      { say: 'Two.' },
      { content: { urlContextMetadata: { urlMetadata: [] } } },
    ],
    setup: { tools: [{ codeExecution: {} }, { urlContext: {} }, { googleSearch: {} }] },
    room: [
      { event: { type: 'code', code: 'print(2)' } },
      { event: { type: 'code_result', output: '2\n' } },
      { event: { type: 'url_context', turn: 1 } },
      answered,
    ],
  },
  'events-for-a-backend.json': {
    ...talk,
    identity: 'backend',
    room: [
      answered,
      { event: { type: 'usage', turn: 1 } },
      { never: { type: 'session' } },
      { never: { caption: 'any' } },
    ],
  },
  'google-search.json': {
    ask: 'What is new?',
    model: [{ say: 'This is.' }, { content: { groundingMetadata: { webSearchQueries: ['news'] } } }],
    setup: { tools: [{ googleSearch: {} }] },
    room: [{ event: { type: 'grounding', metadata: { webSearchQueries: ['news'] } } }, answered],
  },
  'history.json': { ask: 'What did I say first?', room: [{ agent: '4711' }] },
  'json-schema-tool.json': {
    ask: 'Light, please.',
    model: [{ call: { name: 'set_light', args: { room: 'hall', level: 40 } } }],
    serves: { set_light: { answer: { level: 40 } } },
    room: [result('set_light', { level: 40 })],
  },
  'language.json': {
    ...talk,
    setup: { 'generationConfig.speechConfig.languageCode': 'fr-CA' },
  },
  'long-calls.json': {
    ...talk,
    setup: {
      contextWindowCompression: { triggerTokens: '100000', slidingWindow: { targetTokens: '40000' } },
    },
  },
  'meeting.json': talk,
  'no-interruption.json': {
    ask: 'Read the notice.',
    model: [{ say: 'Leave the house by the stairs, whatever you are doing.' }],
    acts: [{ until: { voice: true } }, { speakMs: 700 }],
    room: [answered, { never: { type: 'turn', phase: 'interrupted' } }],
  },
  'one-listener.json': {
    identity: 'patient',
    acts: [{ speakMs: 700 }],
    room: [speech('started'), speech('ended'), answered],
  },
  'other-row.json': talk,
  'patient-listener.json': {
    acts: [{ speakMs: 700 }],
    setup: { 'realtimeInputConfig.automaticActivityDetection.silenceDurationMs': 1200 },
    room: [speech('started'), speech('ended'), answered],
  },
  'push-to-talk.json': {
    acts: [{ rpc: 'start_turn' }, { speakMs: 500 }, { rpc: 'end_turn' }],
    setup: { 'realtimeInputConfig.automaticActivityDetection.disabled': true },
    room: [speech('started'), speech('ended'), answered],
  },
  'quick-barge-in.json': {
    ask: 'A long story.',
    model: [
      { say: 'Once upon a time there was somebody who could not listen, and so nobody told him a thing.' },
    ],
    acts: [{ until: { voiceMs: 600 } }, { speakMs: 700 }],
    room: [turn(1, 'interrupted')],
  },
  'receptionist.json': {
    ask: 'That is all, goodbye.',
    model: [{ say: 'Goodbye.' }, { call: { name: 'end_call' } }],
    room: [{ agent: 'Goodbye.' }, { ended: 'hung-up' }],
  },
  'resume.json': {
    given: 'handle',
    ask: 'What is my name?',
    room: [{ event: { type: 'session', state: 'open', restored: 'resumed' } }, { agent: 'Ana' }],
  },
  'sampling.json': { ...talk, setup: { 'generationConfig.topK': 40, 'generationConfig.seed': 7 } },
  'screen-tutor.json': { ...talk, setup: { 'generationConfig.mediaResolution': 'MEDIA_RESOLUTION_MEDIUM' } },
  'silent-tool.json': {
    ask: 'Note it, please.',
    model: [{ call: { name: 'add_note', args: { text: 'milk' } } }],
    serves: { add_note: { answer: { kept: 'milk' } } },
    room: [result('add_note', { kept: 'milk' }), { never: { type: 'turn' } }],
  },
  'text-answers.json': {
    ask: 'Write something.',
    model: [{ say: 'This is written.' }],
    room: [{ written: 'This is written.' }, answered],
  },
  'thinking-budget.json': { ...talk, setup: { 'generationConfig.thinkingConfig.thinkingBudget': 0 } },
  'thinking.json': {
    ask: 'A train, please.',
    model: [
      { parts: [{ text: 'They need a train.', thought: true }] },
      { call: { name: 'find_trains', args: { from: 'Rome', to: 'Pisa' } } },
    ],
    serves: { find_trains: { answer: { train: 'at noon' } } },
    room: [
      { event: { type: 'thought', text: 'They need a train.' } },
      result('find_trains', { train: 'at noon' }),
      answered,
    ],
  },
  'tools-by-webhook.json': {
    given: 'webhook',
    ask: 'A table for two, please.',
    model: [{ call: { name: 'book_table', args: { at: '2026-12-01T20:00', people: 2 } } }],
    room: [result('book_table', { booked: { at: '2026-12-01T20:00', people: 2 } }), answered],
  },
  'tools-in-the-room.json': {
    ask: 'How is the weather in Oslo?',
    model: [{ call: { name: 'get_weather', args: { place: 'Oslo' } } }],
    serves: { get_weather: { answer: { sky: 'clear' } } },
    room: [result('get_weather', { sky: 'clear' }), answered],
  },
  'tools-of-the-worker.json': {
    given: 'module',
    ask: 'What time is it?',
    model: [{ call: { name: 'current_time', args: { timeZone: 'Europe/Berlin' } } }],
    room: [{ event: { type: 'tool.result', name: 'current_time', ok: true } }, answered],
  },
  'transcription-hints.json': {
    ...talk,
    setup: {
      inputAudioTranscription: {
        languageCodes: ['de-DE', 'en-US'],
        customVocabulary: ['LiveKit', 'Kubernetes', 'Grafana'],
      },
    },
  },
  'transcription-only.json': {
    acts: [
      { untilHeard: true },
      {
        service: {
          fault: 'send',
          message: { serverContent: { inputTranscription: { text: 'One two three.' } } },
        },
        words: 'speech',
      },
    ],
    room: [{ person: 'One two three.' }, { never: { type: 'turn' } }],
  },
  'translation.json': {
    acts: [{ service: { fault: 'say', text: 'Dzień dobry.' }, words: 'speech' }],
    setup: { 'generationConfig.translationConfig': { targetLanguageCode: 'pl', echoTargetLanguage: false } },
    room: [{ voice: true }, { agent: 'Dzień dobry.' }, answered],
  },
  'voice-only.json': talk,
};
