// Features: what Google runs itself (search, code, web pages), and what native audio models have of their own.
import { EXTENDED, type Feature, type FeatureGroup, HALF_CASCADE, LIVE_3_1, NATIVE } from './feature.js';

const searched = {
  webSearchQueries: ['weather in Rome'],
  searchEntryPoint: { renderedContent: '<div>weather in Rome</div>' },
  groundingChunks: [{ web: { uri: 'https://weather.example.com/rome', title: 'weather.example.com' } }],
};
const read = {
  urlMetadata: [{ retrievedUrl: 'https://example.com/', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS' }],
};
const executed = (code: string) => ({ parts: [{ executableCode: { language: 'PYTHON', code } }] });
const printed = (output: string) => ({ parts: [{ codeExecutionResult: { outcome: 'OUTCOME_OK', output } }] });
const completed = { event: { type: 'turn', turn: 1, phase: 'completed' } };

function thinking(feature: string, model: string, thinkingConfig: object): Feature {
  return {
    feature,
    profile: { model, live: { thinkingConfig } },
    setup: { generationConfig: { thinkingConfig } },
    room: [],
  };
}

export const SERVICE_TOOLS: FeatureGroup = {
  title: 'Google’s own tools, thinking and native audio',
  features: [
    {
      feature: 'Google Search',
      profile: { live: { tools: [{ googleSearch: {} }] } },
      setup: { tools: [{ googleSearch: {} }] },
      ask: 'Search for the weather.',
      model: [{ say: 'It is sunny.' }, { content: { groundingMetadata: searched } }],
      room: [{ event: { type: 'grounding', turn: 1, metadata: searched } }, { agent: 'It is sunny.' }],
    },
    {
      feature: 'Google Search, reported before the answer begins',
      profile: { live: { tools: [{ googleSearch: {} }] } },
      setup: { tools: [{ googleSearch: {} }] },
      ask: 'Search for the weather, and say where.',
      model: [{ content: { groundingMetadata: searched } }, { say: 'It is sunny in Rome.' }],
      room: [
        { event: { type: 'grounding', turn: 1, metadata: searched } },
        { event: { type: 'turn', turn: 1, phase: 'completed' } },
        { agent: 'It is sunny in Rome.' },
      ],
    },
    {
      feature: 'Code execution',
      profile: { model: HALF_CASCADE, live: { tools: [{ codeExecution: {} }] } },
      setup: { tools: [{ codeExecution: {} }] },
      ask: 'What is six times seven, by code?',
      model: [executed('print(6 * 7)'), printed('42\n'), { say: 'Forty-two.' }],
      room: [
        { event: { type: 'code', language: 'PYTHON', code: 'print(6 * 7)' } },
        { event: { type: 'code_result', outcome: 'OUTCOME_OK', output: '42\n' } },
        { agent: 'Forty-two.' },
      ],
    },
    {
      feature: 'URL context',
      profile: { model: HALF_CASCADE, live: { tools: [{ urlContext: {} }] } },
      setup: { tools: [{ urlContext: {} }] },
      ask: 'Read this page.',
      model: [{ say: 'It is an example.' }, { content: { urlContextMetadata: read } }],
      room: [{ event: { type: 'url_context', turn: 1, metadata: read } }, { agent: 'It is an example.' }],
    },
    {
      feature:
        'All of them with a function, in a chain: code calls a function whose answer goes back into it',
      profile: {
        model: HALF_CASCADE,
        modality: 'text',
        tools: [{ declaration: { name: 'get_rate' } }],
        live: { tools: [{ googleSearch: {} }, { codeExecution: {} }, { urlContext: {} }] },
      },
      setup: {
        generationConfig: { responseModalities: ['TEXT'] },
        tools: [
          { functionDeclarations: [{ name: 'get_rate' }] },
          { googleSearch: {} },
          { codeExecution: {} },
          { urlContext: {} },
        ],
      },
      ask: 'Ten euros in dollars, by code.',
      model: [
        executed('print(10 * default_api.get_rate())'),
        { call: { name: 'get_rate', id: 'g1' } },
        printed('11.0\n'),
        { say: 'Eleven dollars.' },
        { content: { groundingMetadata: searched } },
      ],
      responses: { get_rate: [] },
      serves: { get_rate: { answer: { rate: 1.1 } } },
      client: [
        { toolResponse: { functionResponses: [{ id: 'g1', name: 'get_rate', response: { rate: 1.1 } }] } },
      ],
      room: [
        { event: { type: 'code', language: 'PYTHON', code: 'print(10 * default_api.get_rate())' } },
        { event: { type: 'tool.result', id: 'g1', name: 'get_rate', ok: true, response: { rate: 1.1 } } },
        { event: { type: 'code_result', outcome: 'OUTCOME_OK', output: '11.0\n' } },
        { event: { type: 'grounding', turn: 1, metadata: searched } },
        { written: 'Eleven dollars.' },
      ],
    },
    {
      feature: 'Thinking by level, with thoughts',
      profile: {
        model: EXTENDED,
        live: { thinkingConfig: { thinkingLevel: 'MEDIUM', includeThoughts: true } },
      },
      setup: { generationConfig: { thinkingConfig: { thinkingLevel: 'MEDIUM', includeThoughts: true } } },
      ask: 'Think about it.',
      model: [{ parts: [{ text: 'They want me to think.', thought: true }] }, { say: 'I have thought.' }],
      room: [
        { event: { type: 'thought', text: 'They want me to think.' } },
        { event: { type: 'usage', turn: 1, thoughts: '<tokens>' } },
        { agent: 'I have thought.' },
      ],
    },
    {
      feature: 'Thinking that a model insists on',
      profile: { model: EXTENDED },
      setup: { generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } } },
      room: [{ warning: 'thinkingLevel is sent as LOW' }],
    },
    thinking('Thinking by level, on 3.1', LIVE_3_1, { thinkingLevel: 'MINIMAL' }),
    thinking('Thinking by budget', NATIVE, { thinkingBudget: 1024 }),
    thinking('No thinking', NATIVE, { thinkingBudget: 0 }),
    {
      feature: 'Affective dialog',
      profile: { model: NATIVE, live: { enableAffectiveDialog: true } },
      version: 'v1alpha',
      setup: { generationConfig: { enableAffectiveDialog: true } },
      ask: 'I am so happy!',
      model: [{ say: 'How lovely!' }],
      room: [completed],
    },
    {
      feature: 'Proactive audio: the model may choose to say nothing',
      profile: { model: NATIVE, live: { proactivity: { proactiveAudio: true } } },
      version: 'v1alpha',
      setup: { proactivity: { proactiveAudio: true } },
      ask: 'This is for somebody else.',
      model: [{ content: {} }],
      room: [{ event: { type: 'usage', turn: 0 } }, { state: 'listening' }, { never: { type: 'turn' } }],
    },
    {
      feature: 'Proactive audio on 3.8, which always is',
      profile: { live: { proactivity: { proactiveAudio: true } } },
      room: [{ warning: 'is always proactive' }],
    },
  ],
};
