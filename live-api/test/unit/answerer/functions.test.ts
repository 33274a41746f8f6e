import { describe, expect, it } from 'vitest';
import { chooseFunction } from '../../../src/answerer/choose-function.js';
import { fillArguments } from '../../../src/answerer/fill-arguments.js';
import { parametersOf } from '../../../src/answerer/parameters.js';
import type { FunctionDeclaration } from '../../../src/answerer-port.js';

const WEATHER: FunctionDeclaration = {
  name: 'get_weather',
  description: 'Get the current weather for a city',
  parameters: {
    type: 'OBJECT',
    properties: { city: { type: 'STRING' }, unit: { type: 'STRING', enum: ['celsius', 'fahrenheit'] } },
    required: ['city'],
  },
};
const TIMER: FunctionDeclaration = {
  name: 'setTimer',
  description: 'Start a countdown timer',
  parameters: { type: 'OBJECT', properties: { minutes: { type: 'NUMBER' } }, required: ['minutes'] },
};
const LIGHTS: FunctionDeclaration = {
  name: 'turn_lights',
  description: 'Turn lights on or off in a room',
  parameters: {
    type: 'OBJECT',
    properties: {
      room: { type: 'STRING', enum: ['kitchen', 'living room', 'bedroom'] },
      on: { type: 'BOOLEAN' },
    },
    required: ['room', 'on'],
  },
};
const MESSAGE: FunctionDeclaration = {
  name: 'send_message',
  description: 'Send a text message to a contact',
  parametersJsonSchema: {
    type: 'object',
    properties: { to: { type: 'string' }, message: { type: 'string' } },
    required: ['to', 'message'],
  },
};
const FLIGHT: FunctionDeclaration = {
  name: 'book_flight',
  parametersJsonSchema: {
    type: 'object',
    properties: {
      origin: { type: 'string' },
      destination: { type: 'string' },
      passengers: { type: ['integer', 'null'] },
      date: { anyOf: [{ type: 'null' }, { type: 'string' }] },
    },
    required: ['origin', 'destination'],
  },
};
const DICE: FunctionDeclaration = { name: 'rollDice', description: 'Rolls dice' };
const HANG_UP: FunctionDeclaration = {
  name: 'end_call',
  description: 'Hangs up. Use it when the user says goodbye.',
};
const ALL = [WEATHER, TIMER, LIGHTS, MESSAGE, FLIGHT, DICE, HANG_UP];

function declare(properties: Record<string, unknown>, required: string[] = Object.keys(properties)) {
  return { name: 'f', parametersJsonSchema: { type: 'object', properties, required } };
}

const args = (text: string, declaration: FunctionDeclaration) => fillArguments(text, declaration).args;
const missing = (text: string, declaration: FunctionDeclaration) =>
  fillArguments(text, declaration).missing.map(({ name }) => name);

describe('chooseFunction', () => {
  it.each([
    ['What is the weather like in London today?', 'get_weather'],
    ['please set a timer for ten minutes', 'setTimer'],
    ['Turn off the lights in the living room.', 'turn_lights'],
    ['Turned off the light in the kitchen', 'turn_lights'],
    ['Send a message to Ana', 'send_message'],
    ['I want to book a flight to Rome', 'book_flight'],
    ['roll the dice', 'rollDice'],
    ['Will it rain in New York City?', 'get_weather'],
    ['Do I need an umbrella in Oslo tomorrow?', 'get_weather'],
    ['What is the temperature in Cairo?', 'get_weather'],
    ['Call get_weather now', 'get_weather'],
    ['Goodbye!', 'end_call'],
    ['Please hang up.', 'end_call'],
  ])('hears a request in %j', (text, name) => {
    expect(chooseFunction(text, ALL)?.name).toBe(name);
  });

  it.each([
    'Hello, can you hear me?',
    'My name is Maria and I like tea.',
    'Set it up and send it, please.',
    'Tell me a long story.',
    'Add seventeen and twenty-five.',
    'What time is it?',
    'Say hello in one sentence.',
    '',
  ])('hears none in %j', (text) => {
    expect(chooseFunction(text, ALL)).toBeUndefined();
  });

  it('does not fall for a long description that shares common words', () => {
    const chatty: FunctionDeclaration = {
      name: 'lookup_policy',
      description:
        'Call this whenever you need to know what the company says about something that the user would like to have ' +
        'answered. Always tell the user how you know it.',
    };
    expect(chooseFunction('I would like to know how you are, tell me', [chatty])).toBeUndefined();
  });

  it('takes a plain verb when a name is nothing else', () => {
    expect(chooseFunction('stop', [{ name: 'stop' }])?.name).toBe('stop');
    expect(chooseFunction('check it', [{ name: 'check' }])?.name).toBe('check');
  });

  it.each([
    'Draw a pie chart: 50 percent cats, 50 percent dogs',
    'Show me a graph of the rainfall',
    'Plot the sales: 1, 2, 3',
  ])("finds the web console's chart tool by its parameter: %s", (text) => {
    const altair: FunctionDeclaration = {
      name: 'render_altair',
      description: 'Displays an Altair graph in json format.',
      parametersJsonSchema: { type: 'object', properties: { json_graph: { type: 'string' } } },
    };
    expect(chooseFunction(text, [altair])?.name).toBe('render_altair');
  });

  it('heeds what the instructions say of a function', () => {
    const tool: FunctionDeclaration = { name: 'escalate', description: 'Connects a colleague' };
    const told = 'You are Bo. When the caller wants a refund because of damage, call escalate.';
    expect(chooseFunction('My vase has damage, I want a refund', [tool], told)?.name).toBe('escalate');
    expect(chooseFunction('What are your opening hours?', [tool], told)).toBeUndefined();
  });

  it('takes the one that shares most', () => {
    const on: FunctionDeclaration = { name: 'play_music' };
    const off: FunctionDeclaration = { name: 'stop_music' };
    expect(chooseFunction('stop the music', [on, off])?.name).toBe('stop_music');
  });
});

describe('fillArguments', () => {
  it.each([
    ['What is the weather like in London today?', WEATHER, { city: 'London' }],
    [
      'weather in the city of New York, in Fahrenheit please',
      WEATHER,
      { city: 'New York', unit: 'fahrenheit' },
    ],
    ['Will it rain in New York City?', WEATHER, { city: 'New York City' }],
    ['Do I need an umbrella in Oslo tomorrow?', WEATHER, { city: 'Oslo' }],
    [
      'Book a meeting with Ana and Bob for an hour',
      declare({ attendees: { type: 'array', items: { type: 'string' } }, title: { type: 'string' } }, []),
      { attendees: ['Ana', 'Bob'] },
    ],
    [
      'Schedule a call with Carol next Monday',
      declare({ participants: { type: 'array', items: { type: 'string' } } }),
      { participants: ['Carol'] },
    ],
    [
      'Invite Dan, Eve and Fay to lunch',
      declare({ guests: { type: 'array', items: { type: 'string' } } }),
      { guests: ['Dan', 'Eve', 'Fay'] },
    ],
    ['get_weather city Madrid', WEATHER, { city: 'Madrid' }],
    ['Call get_weather with {"city":"Oslo"}', WEATHER, { city: 'Oslo' }],
    ['Set a timer for ten minutes.', TIMER, { minutes: 10 }],
    ['Set a timer for an hour and thirty minutes', TIMER, { minutes: 90 }],
    ['Set a timer for 45 seconds', TIMER, { minutes: 0.75 }],
    ['Turn off the lights in the living room.', LIGHTS, { room: 'living room', on: false }],
    ['Lights on in the bedroom', LIGHTS, { room: 'bedroom', on: true }],
    [
      'Send a message to Ana saying I will be late for dinner, sorry.',
      MESSAGE,
      { to: 'Ana', message: 'I will be late for dinner, sorry' },
    ],
    [
      'Book a flight from Paris to Rome for two passengers tomorrow.',
      FLIGHT,
      { origin: 'Paris', destination: 'Rome', passengers: 2, date: 'tomorrow' },
    ],
  ])('fills %j', (text, declaration, expected) => {
    expect(args(text, declaration)).toEqual(expected);
  });

  it.each([
    ['Text Tom that dinner is ready', MESSAGE, { to: 'Tom', message: 'dinner is ready' }],
    ['Send Bob a message: see you at five', MESSAGE, { to: 'Bob', message: 'see you at five' }],
    ['Set a timer for an hour and a half', TIMER, { minutes: 90 }],
    ['Set a timer for two and a half minutes', TIMER, { minutes: 2.5 }],
    ['Turn the bedroom lights off', LIGHTS, { room: 'bedroom', on: false }],
  ])('fills %j as well', (text, declaration, expected) => {
    expect(args(text, declaration)).toEqual(expected);
  });

  it('a place of departure is only what stands after its cue', () => {
    expect(missing('Book a flight to Lisbon', FLIGHT)).toEqual(['origin']);
    expect(args('A flight from San Francisco to New York next Friday', FLIGHT)).toMatchObject({
      origin: 'San Francisco',
      destination: 'New York',
    });
  });

  it('lists of objects have what was counted, and optional objects what was named', () => {
    const order = declare(
      {
        items: {
          type: 'array',
          items: {
            type: 'object',
            properties: { name: { type: 'string' }, quantity: { type: 'integer' } },
            required: ['name', 'quantity'],
          },
        },
        address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
      },
      ['items'],
    );
    expect(args('I would like to order one cheese sandwich and two orange juices', order)).toEqual({
      items: [
        { name: 'cheese sandwich', quantity: 1 },
        { name: 'orange juices', quantity: 2 },
      ],
    });
    expect(args('Order milk, two eggs and bread, and tell me the price, please', order)).toEqual({
      items: [
        { name: 'milk', quantity: 1 },
        { name: 'eggs', quantity: 2 },
        { name: 'bread', quantity: 1 },
      ],
    });
    expect(args('Order a pizza', order)).toEqual({ items: [{ name: 'pizza', quantity: 1 }] });
    expect(args('Order five burgers to 12 Main Street', order)).toEqual({
      items: [{ name: 'burgers', quantity: 5 }],
      address: { street: '12 Main Street' },
    });
  });

  it('degrees and currencies are those that the parameter wants', () => {
    const celsius = declare({ celsius: { type: 'number' } });
    expect(args('Set it to 70 degrees Fahrenheit', celsius)).toEqual({ celsius: 21.1 });
    const code = { type: 'string', description: 'ISO 4217 currency code' };
    const exchange = declare({ amount: { type: 'number' }, from: code, to: code });
    expect(args('Convert 50 dollars to euros', exchange)).toEqual({ amount: 50, from: 'USD', to: 'EUR' });
    expect(args('How many yen are twenty pounds?', exchange)).toEqual({ amount: 20, from: 'GBP', to: 'JPY' });
    expect(missing('Convert 50 dollars', exchange)).toEqual(['to']);
  });

  it('a text to translate is what stands before the language', () => {
    const translate = {
      ...declare({
        text: { type: 'string' },
        target_language: { type: 'string', description: 'ISO 639-1 language code' },
      }),
      name: 'translate_text',
    };
    expect(args('Translate good morning into Spanish', translate)).toEqual({
      text: 'good morning',
      target_language: 'es',
    });
    expect(args('Translate "where is the station" to German', translate)).toEqual({
      text: 'where is the station',
      target_language: 'de',
    });
  });

  it('names what is required and was not said', () => {
    expect(missing('What is the weather?', WEATHER)).toEqual(['city']);
    expect(missing('Turn on the lights', LIGHTS)).toEqual(['room']);
    expect(missing('Set a timer', TIMER)).toEqual(['minutes']);
    expect(missing('What is the weather in Rome?', WEATHER)).toEqual([]);
  });

  it('leaves out what is optional and was not said', () => {
    expect(args('weather in Rome', WEATHER)).toEqual({ city: 'Rome' });
    expect(args('f', declare({ loud: { type: 'boolean' }, count: { type: 'integer' } }, []))).toEqual({});
  });

  it('makes whole numbers where the schema wants them', () => {
    expect(args('f two point six', declare({ count: { type: 'integer' } }))).toEqual({ count: 3 });
    expect(args('f two point six', declare({ count: { type: 'number' } }))).toEqual({ count: 2.6 });
  });

  it('gives each number to the parameter whose unit it has', () => {
    const schema = declare({ hours: { type: 'integer' }, minutes: { type: 'integer' } });
    expect(args('f thirty minutes and one hour', schema)).toEqual({ hours: 1, minutes: 30 });
  });

  it('converts times to the unit of the parameter', () => {
    expect(args('f in two minutes', declare({ delay_seconds: { type: 'integer' } }))).toEqual({
      delay_seconds: 120,
    });
    expect(args('f after half an hour', declare({ durationMs: { type: 'number' } }))).toEqual({
      durationMs: 1_800_000,
    });
  });

  it('takes choices that are numbers', () => {
    expect(args('f level two', declare({ level: { type: 'integer', enum: [1, 2, 3] } }))).toEqual({
      level: 2,
    });
  });

  it('makes lists', () => {
    const items = declare({ items: { type: 'ARRAY', items: { type: 'STRING' } } });
    expect(args('add milk, eggs and bread to the shopping list', items)).toEqual({
      items: ['milk', 'eggs', 'bread'],
    });
    expect(args('f 1 2 and 3', declare({ values: { type: 'array', items: { type: 'number' } } }))).toEqual({
      values: [1, 2, 3],
    });
    const days = declare({ days: { type: 'array', items: { type: 'string', enum: ['monday', 'friday'] } } });
    expect(args('f on Friday and Monday', days)).toEqual({ days: ['monday', 'friday'] });
  });

  it('fills objects inside', () => {
    const schema = declare({
      place: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    });
    expect(args('f in Berlin', schema)).toEqual({ place: { city: 'Berlin' } });
  });

  it('keeps the order in which the parameters are declared', () => {
    expect(Object.keys(args('Lights off in the kitchen', LIGHTS))).toEqual(['room', 'on']);
  });
});

describe('parametersOf', () => {
  it('reads both forms of schema alike', () => {
    const google = parametersOf({
      name: 'f',
      parameters: { type: 'OBJECT', properties: { a: { type: 'INTEGER' } }, required: ['a'] },
    });
    const json = parametersOf(declare({ a: { type: 'integer' } }));
    expect(google).toEqual(json);
  });

  it('survives schemas that are none', () => {
    for (const parameters of [{}, { type: 'OBJECT', properties: null }, { properties: { a: 7, b: null } }]) {
      expect(() => parametersOf({ name: 'f', parameters: parameters as never })).not.toThrow();
    }
    expect(parametersOf({ name: 'f' })).toEqual([]);
    expect(parametersOf({ name: 'f', parametersJsonSchema: 'nonsense' })).toEqual([]);
  });

  it('does not go round in circles', () => {
    const node: Record<string, unknown> = { type: 'object' };
    node.properties = { child: node };
    expect(parametersOf({ name: 'f', parametersJsonSchema: node })).toHaveLength(1);
  });
});
