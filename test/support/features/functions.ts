// Features: functions that the model calls, who runs them, and how their answers go back.
import { builtInDeclarations } from '../../../src/profile/built-in-tools.js';
import {
  EXTENDED,
  type Feature,
  type FeatureGroup,
  HALF_CASCADE,
  type Json,
  LIVE_3_1,
  NATIVE,
  WEBHOOK,
} from './feature.js';

const declared = (...functionDeclarations: readonly Json[]): Json => ({ tools: [{ functionDeclarations }] });
const responded = (response: Json): Json => ({ toolResponse: { functionResponses: [response] } });
const called = (id: string, name: string, args: Json = {}) => ({
  event: { type: 'tool.call', id, name, args },
});
const result = (id: string, name: string, more: Json) => ({
  event: { type: 'tool.result', id, name, durationMs: '<ms>', ...more },
});

/** A function without parameters that the person's client answers. */
function plain(name: string, more: Json = {}): Json {
  return { declaration: { name, ...more } };
}

export const FUNCTIONS: FeatureGroup = {
  title: 'Functions, and who runs them',
  features: [
    {
      feature: 'A function that a client runs',
      profile: {
        tools: [
          {
            declaration: {
              name: 'get_weather',
              description: 'The weather of a place',
              parameters: {
                type: 'object',
                properties: { place: { type: 'string' } },
                required: ['place'],
              },
            },
          },
        ],
      },
      setup: declared({
        name: 'get_weather',
        description: 'The weather of a place',
        parameters: { type: 'OBJECT', properties: { place: { type: 'STRING' } }, required: ['place'] },
      }),
      ask: 'The weather in Rome, please.',
      model: [{ call: { name: 'get_weather', args: { place: 'Rome' }, id: 'c1' } }],
      serves: { get_weather: { answer: { sky: 'blue' } } },
      client: [responded({ id: 'c1', name: 'get_weather', response: { sky: 'blue' } })],
      room: [
        called('c1', 'get_weather', { place: 'Rome' }),
        result('c1', 'get_weather', { ok: true, response: { sky: 'blue' } }),
        { agent: 'blue' },
      ],
    },
    {
      feature: 'A function with full JSON Schema',
      profile: {
        tools: [
          {
            declaration: {
              name: 'set_level',
              parametersJsonSchema: { type: 'object', properties: { to: { const: 5 } } },
            },
          },
        ],
      },
      setup: declared({
        name: 'set_level',
        parametersJsonSchema: { type: 'object', properties: { to: { const: 5 } } },
      }),
      room: [],
    },
    {
      feature: 'A function under Google’s name',
      profile: { live: { tools: [{ functionDeclarations: [{ name: 'get_menu' }] }] } },
      setup: declared({ name: 'get_menu' }),
      ask: 'The menu, please.',
      model: [{ call: { name: 'get_menu', id: 'c2' } }],
      serves: { get_menu: { answer: { dish: 'soup' } } },
      client: [responded({ id: 'c2', name: 'get_menu', response: { dish: 'soup' } })],
      room: [result('c2', 'get_menu', { ok: true, response: { dish: 'soup' } })],
    },
    {
      feature: 'A function that a client without RPC runs',
      profile: { tools: [plain('get_room')] },
      setup: declared({ name: 'get_room' }),
      ask: 'Which room, please?',
      model: [{ call: { name: 'get_room', id: 'c3' } }],
      acts: [{ until: called('c3', 'get_room') }, { toolResponse: { id: 'c3', response: { room: 12 } } }],
      client: [responded({ id: 'c3', name: 'get_room', response: { room: 12 } })],
      room: [called('c3', 'get_room'), result('c3', 'get_room', { ok: true, response: { room: 12 } })],
    },
    {
      feature: 'A function behind a webhook',
      given: 'webhook',
      environment: 'TOOL_WEBHOOK_ORIGINS `https://tools.example.com`, TOOL_WEBHOOK_SECRET',
      profile: { tools: [{ declaration: { name: 'book_table' }, run: { by: 'webhook', url: WEBHOOK } }] },
      setup: declared({ name: 'book_table' }),
      ask: 'Book a table, please.',
      model: [{ call: { name: 'book_table', args: { people: 2 }, id: 'c4' } }],
      client: [responded({ id: 'c4', name: 'book_table', response: { booked: { people: 2 } } })],
      room: [
        called('c4', 'book_table', { people: 2 }),
        result('c4', 'book_table', { ok: true, response: { booked: { people: 2 } } }),
      ],
    },
    {
      feature: 'A function of the worker',
      given: 'module',
      profile: { tools: [{ declaration: { name: 'add' }, run: { by: 'module', name: 'add-numbers' } }] },
      setup: declared({
        name: 'add',
        description: 'Adds two numbers',
        parameters: {
          type: 'OBJECT',
          properties: { a: { type: 'NUMBER' }, b: { type: 'NUMBER' } },
          required: ['a', 'b'],
        },
      }),
      ask: 'Add two and three, please.',
      model: [{ call: { name: 'add', args: { a: 2, b: 3 }, id: 'c5' } }],
      client: [responded({ id: 'c5', name: 'add', response: { sum: 5 } })],
      room: [called('c5', 'add', { a: 2, b: 3 }), result('c5', 'add', { ok: true, response: { sum: 5 } })],
    },
    {
      feature: 'Hanging up by the model',
      profile: { leave: { endCallTool: true } },
      setup: declared(
        ...builtInDeclarations({ leave: { endCallTool: true }, phone: {} }).map((tool) => ({ ...tool })),
      ),
      ask: 'Goodbye now.',
      model: [{ say: 'Goodbye.' }, { call: { name: 'end_call', id: 'c6' } }],
      client: [
        responded({
          id: 'c6',
          name: 'end_call',
          response: { output: 'the call ends now' },
          scheduling: 'SILENT',
        }),
      ],
      room: [called('c6', 'end_call'), { agent: 'Goodbye.' }, { ended: 'hung-up' }],
    },
    {
      feature: 'Several functions at once',
      profile: { tools: [plain('get_sun'), plain('get_moon')] },
      setup: declared({ name: 'get_sun' }, { name: 'get_moon' }),
      ask: 'Sun and moon, please.',
      model: [
        {
          calls: [
            { name: 'get_sun', id: 'c7' },
            { name: 'get_moon', id: 'c8' },
          ],
        },
      ],
      serves: {
        get_sun: { answer: { rises: '6:00' }, held: true },
        get_moon: { answer: { rises: '20:00' } },
      },
      acts: [{ until: result('c8', 'get_moon', { ok: true }) }, { answers: 'get_sun' }],
      client: [
        responded({ id: 'c8', name: 'get_moon', response: { rises: '20:00' } }),
        responded({ id: 'c7', name: 'get_sun', response: { rises: '6:00' } }),
      ],
      room: [
        called('c7', 'get_sun'),
        called('c8', 'get_moon'),
        result('c7', 'get_sun', { ok: true }),
        result('c8', 'get_moon', { ok: true }),
      ],
    },
    {
      feature: 'A function that fails',
      profile: { tools: [plain('get_stars')] },
      setup: declared({ name: 'get_stars' }),
      ask: 'Stars, please.',
      model: [{ call: { name: 'get_stars', id: 'c9' } }],
      serves: { get_stars: { error: 'clouds' } },
      client: [
        responded({
          id: 'c9',
          name: 'get_stars',
          response: { error: { code: 'failed', message: 'clouds' } },
        }),
      ],
      room: [result('c9', 'get_stars', { ok: false, error: 'clouds' })],
    },
    {
      feature: 'A function that takes too long',
      profile: { tools: [{ ...plain('get_tide'), timeoutMs: 300 }] },
      setup: declared({ name: 'get_tide' }),
      ask: 'Tide, please.',
      model: [{ call: { name: 'get_tide', id: 'c10' } }],
      client: [
        responded({
          id: 'c10',
          name: 'get_tide',
          response: { error: { code: 'timeout', message: 'timed out: no answer within 300 ms' } },
        }),
      ],
      room: [result('c10', 'get_tide', { ok: false, error: 'timed out: no answer within 300 ms' })],
    },
    {
      feature: 'A function that nobody declared',
      profile: { tools: [plain('get_wind')] },
      setup: declared({ name: 'get_wind' }),
      ask: 'Something else, please.',
      model: [{ call: { name: 'get_rain', id: 'c11' } }],
      client: [
        responded({
          id: 'c11',
          name: 'get_rain',
          response: {
            error: { code: 'unknown_tool', message: 'there is no tool get_rain; there are: get_wind' },
          },
        }),
      ],
      room: [
        called('c11', 'get_rain'),
        result('c11', 'get_rain', { ok: false, error: 'there is no tool get_rain; there are: get_wind' }),
      ],
    },
  ],
};

/** A function for which the profile sets the scheduling of its result. */
function scheduled(feature: string, n: number, scheduling: string, model?: string): Feature {
  const name = `note_${n}`;
  const id = `s${n}`;
  const both = model === NATIVE || model === HALF_CASCADE;
  return {
    feature,
    profile: {
      ...(model ? { model } : {}),
      tools: [{ ...plain(name, { behavior: 'NON_BLOCKING' }), scheduling }],
    },
    setup: declared({ name, behavior: 'NON_BLOCKING' }),
    ask: `Note number ${n}, please.`,
    model: [{ call: { name, id } }],
    serves: { [name]: { answer: { noted: n } } },
    client: [responded({ id, name, response: both ? { noted: n, scheduling } : { noted: n }, scheduling })],
    room: [
      result(id, name, { ok: true, response: { noted: n } }),
      scheduling === 'SILENT'
        ? { never: { type: 'turn' } }
        : { event: { type: 'turn', turn: 1, phase: 'completed' } },
    ],
  };
}

export const FUNCTION_ANSWERS: FeatureGroup = {
  title: 'Functions that block, and that do not',
  features: [
    {
      feature: 'Blocking, on a model that does not block by itself',
      profile: { tools: [plain('open_door', { behavior: 'BLOCKING' })] },
      setup: declared({ name: 'open_door', behavior: 'BLOCKING' }),
      ask: 'Open the door, please.',
      model: [{ call: { name: 'open_door', id: 'b1' } }, { say: 'It is open.' }],
      serves: { open_door: { answer: { open: true } } },
      client: [responded({ id: 'b1', name: 'open_door', response: { open: true } })],
      room: [result('b1', 'open_door', { ok: true }), { agent: 'It is open.' }],
    },
    {
      feature: 'Blocking, as models before 3.8 do by themselves',
      profile: { model: LIVE_3_1, tools: [plain('open_gate')] },
      setup: declared({ name: 'open_gate' }),
      ask: 'Open the gate, please.',
      model: [{ call: { name: 'open_gate', id: 'b2' } }],
      serves: { open_gate: { answer: { open: true } } },
      client: [responded({ id: 'b2', name: 'open_gate', response: { open: true } })],
      room: [result('b2', 'open_gate', { ok: true }), { agent: '' }],
    },
    {
      feature: 'Blocking calls that the service cancels',
      profile: { model: NATIVE, tools: [plain('open_window')] },
      setup: declared({ name: 'open_window' }),
      ask: 'Open the window, please.',
      model: [{ call: { name: 'open_window', id: 'b3' } }],
      serves: { open_window: { answer: { open: true }, held: true } },
      acts: [
        { until: called('b3', 'open_window') },
        { chat: 'Hello.' },
        { until: { event: { type: 'tool.cancelled', ids: ['b3'] } } },
        { answers: 'open_window' },
      ],
      client: [
        { clientContent: { turns: [{ role: 'user', parts: [{ text: 'Hello.' }] }], turnComplete: true } },
      ],
      room: [
        { event: { type: 'tool.cancelled', ids: ['b3'] } },
        { event: { type: 'turn', phase: 'completed' } },
        { never: { type: 'tool.result' } },
      ],
    },
    {
      feature: 'Non-blocking: the conversation goes on meanwhile',
      profile: { tools: [plain('bake_bread', { behavior: 'NON_BLOCKING' })] },
      setup: declared({ name: 'bake_bread', behavior: 'NON_BLOCKING' }),
      ask: 'Bake bread, please.',
      model: [{ call: { name: 'bake_bread', id: 'n1' } }],
      serves: { bake_bread: { answer: { smell: 'lovely' }, held: true } },
      acts: [
        { until: called('n1', 'bake_bread') },
        { chat: 'Hello.' },
        { until: { event: { type: 'turn', turn: 1, phase: 'completed' } } },
        { answers: 'bake_bread' },
      ],
      client: [
        { clientContent: { turns: [{ role: 'user', parts: [{ text: 'Hello.' }] }], turnComplete: true } },
        responded({ id: 'n1', name: 'bake_bread', response: { smell: 'lovely' } }),
      ],
      room: [result('n1', 'bake_bread', { ok: true }), { agent: 'lovely' }],
    },
    {
      feature: 'Non-blocking only',
      profile: { model: EXTENDED, tools: [plain('plan_trip')] },
      setup: {
        generationConfig: { thinkingConfig: { thinkingLevel: 'LOW' } },
        ...declared({ name: 'plan_trip' }),
      },
      ask: 'Plan a trip, please.',
      model: [{ call: { name: 'plan_trip', id: 'n2' } }],
      serves: { plan_trip: { answer: { trip: 'planned' } } },
      client: [responded({ id: 'n2', name: 'plan_trip', response: { trip: 'planned' } })],
      room: [result('n2', 'plan_trip', { ok: true }), { agent: 'planned' }],
    },
    scheduled('Scheduling: at once', 1, 'INTERRUPT'),
    scheduled('Scheduling: when nobody speaks', 2, 'WHEN_IDLE'),
    scheduled('Scheduling: not at all', 3, 'SILENT'),
    scheduled('Scheduling on 2.5, which looks for it inside the response too', 4, 'SILENT', NATIVE),
    scheduled('Scheduling on half cascade', 5, 'WHEN_IDLE', HALF_CASCADE),
    {
      feature: 'Scheduling by the answer itself',
      profile: { tools: [plain('note_6')] },
      setup: declared({ name: 'note_6' }),
      ask: 'Note number 6, please.',
      model: [{ call: { name: 'note_6', id: 's6' } }],
      acts: [
        { until: called('s6', 'note_6') },
        { toolResponse: { id: 's6', response: { noted: 6 }, scheduling: 'SILENT' } },
      ],
      client: [responded({ id: 's6', name: 'note_6', response: { noted: 6 }, scheduling: 'SILENT' })],
      room: [result('s6', 'note_6', { ok: true }), { never: { type: 'turn' } }],
    },
    {
      feature: 'Several answers to one call',
      profile: { tools: [plain('count_down')] },
      setup: declared({ name: 'count_down' }),
      ask: 'Count down, please.',
      model: [{ call: { name: 'count_down', id: 'w1' } }],
      acts: [
        { until: called('w1', 'count_down') },
        { toolResponse: { id: 'w1', response: { at: 'two' }, willContinue: true } },
        { until: { agent: 'two' } },
        { toolResponse: { id: 'w1', response: { at: 'one' } } },
      ],
      client: [
        responded({ id: 'w1', name: 'count_down', response: { at: 'two' }, willContinue: true }),
        responded({ id: 'w1', name: 'count_down', response: { at: 'one' } }),
      ],
      room: [{ agent: 'two' }, { agent: 'one' }],
    },
  ],
};
