// Wrong profiles, one fault each: where it is, what is allowed, and what kind of value was there.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nearest } from '../../../src/config/nearest.js';
import { type Problem, parseProfile } from '../../../src/config/profile.js';

function problemsOf(metadata: unknown): readonly Problem[] {
  const result = parseProfile({ metadata });
  if (result.ok) throw new Error('a wrong profile was taken');
  return result.problems;
}

const tool = (fields: object, declaration: object = { name: 'f' }) => ({
  tools: [{ declaration, ...fields }],
});
const parameters = (schema: unknown) => tool({}, { name: 'f', parameters: schema });

type Row = readonly [metadata: unknown, path: string, message: string | RegExp];

const rows: readonly Row[] = [
  [{ voise: 'Puck' }, 'voise', 'is not a known field; did you mean voice?'],
  [{ max_duration_ms: 1 }, 'max_duration_ms', 'is not a known field'],
  [
    { leave: { max_duration_ms: 1 } },
    'leave.max_duration_ms',
    'is not a known field; did you mean maxDurationMs?',
  ],
  [{ captions: { people: true } }, 'captions.people', 'is not a known field; known are user, agent'],
  [{ model: 3 }, 'model', 'must be a string (got a number)'],
  [{ model: 'a?b' }, 'model', 'must be the name of a model, without .. ? or & (got a string)'],
  [{ model: '../secret' }, 'model', 'must be the name of a model, without .. ? or & (got a string)'],
  [{ instructions: '' }, 'instructions', 'must not be empty (got a string)'],
  [{ language: 'English' }, 'language', 'must be a BCP-47 tag such as en-US (got a string)'],
  [{ modality: 'video' }, 'modality', 'must be "audio" or "text" (got a string)'],
  [{ apiVersion: 'beta' }, 'apiVersion', 'must be a version such as v1beta or v1alpha (got a string)'],
  [{ history: {} }, 'history', 'must be a list (got an object)'],
  [
    { history: [{ role: 'system', parts: [{}] }] },
    'history[0].role',
    'must be "user" or "model" (got a string)',
  ],
  [{ history: [{ role: 'user', parts: [] }] }, 'history[0].parts', 'must not be empty (got a list)'],
  [{ tools: [{}] }, 'tools[0].declaration', 'must be an object (got nothing)'],
  [tool({}, { name: '1f' }), 'tools[0].declaration.name', /^must start with a letter or _/],
  [
    tool({}, { name: 'f'.repeat(65) }),
    'tools[0].declaration.name',
    'must have at most 64 characters: it is the name of an RPC method',
  ],
  [
    tool({}, { name: 'f', behaviour: 'BLOCKING' }),
    'tools[0].declaration.behaviour',
    'is not a known field; did you mean behavior?',
  ],
  [
    tool({ run: { by: 'magic' } }),
    'tools[0].run.by',
    'must be "participant", "webhook" or "module" (got a string)',
  ],
  [tool({ run: { by: 'webhook' } }), 'tools[0].run.url', 'must be a string (got nothing)'],
  [
    tool({ run: { by: 'webhook', url: 'file:///etc/passwd' } }),
    'tools[0].run.url',
    'must be an http: or https: address (got a string)',
  ],
  [
    tool({ run: { by: 'module', name: '../x' } }),
    'tools[0].run.name',
    'must be letters, digits, _ or - (got a string)',
  ],
  [
    tool({ timeoutMs: 1.5 }),
    'tools[0].timeoutMs',
    'must be a whole number of milliseconds, 100 to 600000 (got a number)',
  ],
  [
    tool({ scheduling: 'LATER' }),
    'tools[0].scheduling',
    'must be "INTERRUPT", "WHEN_IDLE" or "SILENT" (got a string)',
  ],
  [
    { tools: [{ declaration: { name: 'f' } }, { declaration: { name: 'f' } }] },
    'tools[1].declaration.name',
    'is the name of an earlier tool',
  ],
  [
    { ...tool({}, { name: 'end_call' }), leave: { endCallTool: true } },
    'tools[0].declaration.name',
    'is the built-in tool that leave.endCallTool declares',
  ],
  [parameters([]), 'tools[0].declaration.parameters', 'must be an object (got a list)'],
  [parameters({ type: 'text' }), 'tools[0].declaration.parameters.type', /^must be string, number/],
  [
    parameters({ type: 'null' }),
    'tools[0].declaration.parameters.type',
    'must not be null alone: use nullable',
  ],
  [
    parameters({ type: 'string', anyOf: [{}] }),
    'tools[0].declaration.parameters',
    'must have type or anyOf, not both',
  ],
  [
    parameters({ properties: { a: { item: {} } } }),
    'tools[0].declaration.parameters.properties.a.item',
    "is not part of Google's schema; did you mean items?",
  ],
  [
    parameters({ oneOf: [{}] }),
    'tools[0].declaration.parameters.oneOf',
    /did you mean anyOf|parametersJsonSchema/,
  ],
  [parameters({ $ref: '#' }), 'tools[0].declaration.parameters.$ref', /parametersJsonSchema/],
  [parameters({ items: [] }), 'tools[0].declaration.parameters.items', 'must be a schema, an object'],
  [parameters({ anyOf: {} }), 'tools[0].declaration.parameters.anyOf', 'must be a list of schemas'],
  [
    { listen: { policy: 'all' } },
    'listen.policy',
    'must be "everyone", "floor", "push-to-talk" or "one" (got a string)',
  ],
  [{ listen: { policy: 'one' } }, 'listen.participant', 'must be an identity when listen.policy is "one"'],
  [
    {
      listen: { policy: 'push-to-talk' },
      live: { realtimeInputConfig: { automaticActivityDetection: { disabled: false } } },
    },
    'live.realtimeInputConfig.automaticActivityDetection.disabled',
    /push-to-talk/,
  ],
  [{ see: { framesPerSecond: 30 } }, 'see.framesPerSecond', 'must be at most 4 (got a number)'],
  [{ see: { quality: '75' } }, 'see.quality', 'must be a whole number, 1 to 100 (got a string)'],
  [{ captions: true }, 'captions', 'must be an object (got a boolean)'],
  [{ captions: { user: 'yes' } }, 'captions.user', 'must be true or false (got a string)'],
  [{ events: { to: 'nobody' } }, 'events.to', 'must be "everyone" or a list of identities (got a string)'],
  [{ events: { types: ['turns'] } }, 'events.types[0]', /^must be "session", "turn".*\(got a string\)$/],
  [{ control: { ana: true } }, 'control', 'must be "anyone" or a list of identities (got an object)'],
  [
    { leave: { whenAloneMs: -1 } },
    'leave.whenAloneMs',
    'must be a whole number of milliseconds, 0 to 86400000 (got a number)',
  ],
  [
    { live: { systemInstructions: 'x' } },
    'live.systemInstructions',
    'is not a known field; did you mean systemInstruction?',
  ],
  [
    { live: { systemInstruction: { parts: [{ inlineData: {} }] } } },
    'live.systemInstruction',
    /nothing but text/,
  ],
  [{ live: { responseModalities: ['AUDIO', 'TEXT'] } }, 'live.responseModalities', /^must have one entry/],
  [{ live: { responseModalities: ['VIDEO'] } }, 'live.responseModalities[0]', /^must be "AUDIO" or "TEXT"/],
  [{ live: { httpOptions: {} } }, 'live.httpOptions', /^makes the SDK throw/],
  [{ live: { abortSignal: 1 } }, 'live.abortSignal', /^cannot be written as JSON/],
  [
    { live: { speechConfig: { multiSpeakerVoiceConfig: {} } } },
    'live.speechConfig.multiSpeakerVoiceConfig',
    /one voice/,
  ],
  [{ live: { temperature: 3 } }, 'live.temperature', 'must be at most 2 (got a number)'],
  [
    { live: { contextWindowCompression: { triggerTokens: 'many' } } },
    'live.contextWindowCompression.triggerTokens',
    /^must be a positive whole number/,
  ],
  [
    { live: { generationConfig: { audioTranscriptionConfig: {} } } },
    'live.generationConfig.audioTranscriptionConfig',
    /1007/,
  ],
  [
    { live: { tools: [{ google_search: {} }] } },
    'live.tools[0].google_search',
    'is not a known field; did you mean googleSearch?',
  ],
  [{ capabilities: { thinking: { style: 'deep' } } }, 'capabilities.thinking.style', /^must be "none"/],
];

test.each(rows)('%j', (metadata, path, message) => {
  const problems = problemsOf(metadata);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toEqual({
    path,
    message: typeof message === 'string' ? message : expect.stringMatching(message),
  });
});

test('all of them at once are all told', () => {
  const problems = problemsOf({
    voise: 1,
    model: 3,
    tools: [{ declaration: { name: '' }, run: { by: 'x' } }],
    listen: { policy: 'all', foo: 1 },
    live: { temperature: 'hot', tool: [] },
    see: null,
    voice: 'Kore',
    leave: 3,
  });
  expect(problems.map(({ path }) => path).sort()).toEqual([
    'leave',
    'listen.foo',
    'listen.policy',
    'live.temperature',
    'live.tool',
    'model',
    'tools[0].declaration.name',
    'tools[0].run.by',
    'voise',
  ]);
});

test('no value is ever told, nor an endless name', () => {
  const told = JSON.stringify(
    problemsOf({
      model: 'Sesame?',
      voice: 'Sesame !',
      control: 'Sesame',
      live: { labels: { a: { Sesame: 'Sesame' } }, mediaResolution: 'Sesame' },
      ['k'.repeat(5_000)]: 1,
      'line\nbreak': 1,
    }),
  );
  expect(told).not.toContain('Sesame');
  expect(told).not.toContain('k'.repeat(65));
  expect(told).toContain('line\\\\nbreak');
});

test('very many problems are counted, not listed', () => {
  const problems = problemsOf({ history: Array.from({ length: 300 }, () => 1) });
  expect(problems).toHaveLength(51);
  expect(problems.at(-1)).toEqual({ path: '', message: 'has 250 more problems' });
});

describe('the nearest name', () => {
  const known = ['voice', 'model', 'maxDurationMs', 'whenAloneMs'];

  test.each([
    ['vioce', 'voice'],
    ['Voice', 'voice'],
    ['max-duration-ms', 'maxDurationMs'],
    ['modle', 'model'],
    ['colour', undefined],
    ['', undefined],
  ])('%j is %j', (name, expected) => {
    expect(nearest(name, known)).toBe(expected);
  });

  test('one slip in a name of some length is always forgiven', () => {
    fc.assert(
      fc.property(fc.constantFrom(...known), fc.nat(20), fc.stringMatching(/^[a-z]$/), (name, at, letter) => {
        const place = at % name.length;
        const slips = [
          name.slice(0, place) + name.slice(place + 1),
          name.slice(0, place) + letter + name.slice(place),
          name.slice(0, place) + letter + name.slice(place + 1),
        ];
        for (const slip of slips) expect(nearest(slip, known)).toBe(name);
      }),
    );
  });
});
