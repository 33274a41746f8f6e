// Profiles: defaults, the merge of layers, what Google's names and ours say of the same thing, and changes in a call.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mergeLayers } from '../../../src/profile/merge.js';
import {
  type Problem,
  type Profile,
  parseProfile,
  reconfigureProfile,
} from '../../../src/profile/profile.js';

function good(metadata: unknown, file?: unknown): Profile {
  const result = parseProfile({ file, metadata });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.profile;
}

function bad(metadata: unknown, file?: unknown): readonly Problem[] {
  const result = parseProfile({ file, metadata });
  if (result.ok) throw new Error('a wrong profile was taken');
  return result.problems;
}

const paths = (problems: readonly Problem[]) => problems.map(({ path }) => path);

test('nothing at all gives the defaults', () => {
  const defaults = {
    model: 'gemini-3.8-live',
    modality: 'audio',
    live: {},
    history: [],
    tools: [],
    mcp: {},
    listen: {
      policy: 'everyone',
      announceSpeakers: false,
      bargeIn: 'service',
      protectGreeting: false,
      screenAudio: false,
    },
    see: { source: 'auto', framesPerSecond: 1, maxEdge: 768, quality: 75 },
    captions: { user: true, agent: true, packets: true },
    events: { packets: false, to: 'everyone' },
    control: 'anyone',
    phone: { keysToModel: true, keysPauseMs: 2_000, sendDtmfTool: false },
    leave: { whenAloneMs: 20_000, deleteRoom: 'auto', endCallTool: false },
  };
  for (const metadata of [undefined, '', '  \n', '{}', {}]) expect(good(metadata)).toEqual(defaults);
});

test('every field of the design’s example is taken', () => {
  const everything = {
    model: 'gemini-3.8-live',
    instructions: 'Be kind.',
    voice: 'Puck',
    language: 'en-US',
    modality: 'audio',
    live: { temperature: 0.5 },
    apiVersion: 'v1beta',
    greeting: 'Say hello in one sentence.',
    history: [{ role: 'user', parts: [{ text: 'Hello' }] }],
    tools: [
      {
        declaration: { name: 'f', description: 'd', parameters: {}, behavior: 'NON_BLOCKING' },
        run: { by: 'webhook', url: 'https://tools.example.com/f' },
        timeoutMs: 15_000,
        scheduling: 'WHEN_IDLE',
        approve: ['ana'],
      },
      { declaration: { name: 'g' }, run: { by: 'module', name: 'clock' } },
    ],
    mcp: {
      orders: {
        tools: ['find_order'],
        arguments: { find_order: { tenant: 'acme' } },
        behavior: 'NON_BLOCKING',
        timeoutMs: 15_000,
        required: false,
      },
    },
    data: { userId: '42' },
    listen: {
      policy: 'one',
      participant: 'ana',
      announceSpeakers: true,
      bargeIn: 'local',
      protectGreeting: true,
      screenAudio: true,
    },
    see: { source: 'screen', framesPerSecond: 0.5, maxEdge: 1024, quality: 60 },
    captions: { user: false, agent: true, packets: false },
    events: { packets: true, to: ['ana'], types: ['turn', 'tool.call'] },
    control: ['ana', 'backend'],
    idle: { afterMs: 15_000, say: '(Nobody has spoken for a while.)', times: 2, hangUpAfterMs: 60_000 },
    phone: { keysToModel: false, keysPauseMs: 1_000, sendDtmfTool: true, transfer: { shop: '+49 30 1' } },
    leave: { whenAloneMs: 0, maxDurationMs: 3_600_000, deleteRoom: 'never', endCallTool: true },
    capabilities: { audioStreamEnd: true, tools: { search: false } },
  };
  const [first, second] = everything.tools;
  expect(good(JSON.stringify(everything))).toEqual({
    ...everything,
    tools: [first, { ...second, timeoutMs: 15_000 }],
  });
});

test('the profile is frozen, and what was handed over is left as it was', () => {
  const metadata = {
    tools: [{ declaration: { name: 'f', parameters: { type: 'object' } } }],
    live: { seed: 1 },
  };
  const before = structuredClone(metadata);
  const profile = good(metadata);
  expect(() => Object.assign(profile.live, { seed: 2 })).toThrow(TypeError);
  expect(() => Object.assign(profile.tools[0]?.declaration.parameters ?? {}, { type: 'x' })).toThrow(
    TypeError,
  );
  metadata.tools[0]!.declaration.parameters.type = 'changed';
  expect(profile.tools[0]?.declaration.parameters).toEqual({ type: 'object' });
  metadata.tools[0]!.declaration.parameters.type = 'object';
  expect(metadata).toEqual(before);
});

describe('layers', () => {
  test('objects merge, lists and single values replace, null takes away', () => {
    const file = {
      voice: 'Puck',
      instructions: 'From the file.',
      tools: [{ declaration: { name: 'a' } }, { declaration: { name: 'b' } }],
      leave: { whenAloneMs: 5_000, endCallTool: true },
      live: { temperature: 1, realtimeInputConfig: { activityHandling: 'NO_INTERRUPTION' } },
    };
    const profile = good(
      {
        voice: null,
        tools: [{ declaration: { name: 'c' } }],
        leave: { whenAloneMs: 7_000 },
        live: { topP: 0.5, realtimeInputConfig: { turnCoverage: 'TURN_INCLUDES_ALL_INPUT' } },
      },
      file,
    );
    expect(profile).not.toHaveProperty('voice');
    expect(profile).toMatchObject({
      instructions: 'From the file.',
      tools: [{ declaration: { name: 'c' } }],
      leave: { whenAloneMs: 7_000, endCallTool: true },
      live: {
        temperature: 1,
        topP: 0.5,
        realtimeInputConfig: {
          activityHandling: 'NO_INTERRUPTION',
          turnCoverage: 'TURN_INCLUDES_ALL_INPUT',
        },
      },
    });
  });

  const json = fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 5 });

  test('merging nothing changes nothing but nulls, and the last word counts', () => {
    fc.assert(
      fc.property(json, json, (base, patch) => {
        const merged = mergeLayers([base as never, patch as never]);
        expect(mergeLayers([merged, {}])).toEqual(merged);
        expect(mergeLayers([merged, patch as never])).toEqual(merged);
        for (const [key, value] of Object.entries(patch)) {
          if (value === null) expect(Object.hasOwn(merged, key)).toBe(false);
          else if (typeof value !== 'object' || Array.isArray(value)) expect(merged[key]).toEqual(value);
        }
      }),
    );
  });

  test('a field named __proto__ is an unknown field, not a prototype', () => {
    const problems = bad('{"__proto__": {"voice": "Puck"}, "leave": {"__proto__": {"endCallTool": true}}}');
    expect(paths(problems).sort()).toEqual(['__proto__', 'leave.__proto__']);
    expect(({} as Record<string, unknown>).voice).toBeUndefined();
  });

  test.each([
    ['metadata', 'not JSON', '{"voice": "Sesame"', undefined],
    ['AGENT_PROFILE', 'not JSON', '', 'voice: Sesame'],
    ['metadata', 'a list', '[]', undefined],
    ['metadata', 'a number', '3', undefined],
    ['metadata', 'over 256 KB', `{"instructions":"${'Sesame'.repeat(50_000)}"}`, undefined],
    ['metadata', 'over 256 KB in two-byte letters', `{"instructions":"${'ß'.repeat(150_000)}"}`, undefined],
    ['metadata', 'bottomless', `${'{"live":'.repeat(10_000)}1${'}'.repeat(10_000)}`, undefined],
    ['metadata', 'bottomless lists', `{"history":${'['.repeat(90_000)}${']'.repeat(90_000)}}`, undefined],
  ])('%s that is %s is named, and not quoted', (path, _, metadata, file) => {
    const problems = bad(metadata, file);
    expect(paths(problems)).toEqual([path]);
    expect(problems[0]?.message).toMatch(/^must /);
    expect(JSON.stringify(problems)).not.toContain('Sesame');
  });

  test('metadata of just 256 KB is taken', () => {
    const frame = '{"instructions":""}';
    const metadata = frame.replace('""', `"${'a'.repeat(256 * 1024 - frame.length)}"`);
    expect(good(metadata).instructions).toHaveLength(256 * 1024 - frame.length);
  });

  test('any JSON is either a profile or a list of problems', () => {
    fc.assert(
      fc.property(fc.json(), (metadata) => {
        const result = parseProfile({ metadata });
        expect(result.ok || result.problems.length > 0).toBe(true);
      }),
    );
  });
});

describe('Google’s names under live', () => {
  test('stand in our fields where these are silent', () => {
    const profile = good({
      live: {
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
        responseModalities: ['TEXT'],
        speechConfig: {
          languageCode: 'de-DE',
          voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } },
        },
        tools: [
          { googleSearch: {}, functionDeclarations: [{ name: 'f' }] },
          { functionDeclarations: [{ name: 'g' }] },
        ],
      },
    });
    expect(profile).toMatchObject({
      instructions: 'Be brief.',
      modality: 'text',
      voice: 'Kore',
      language: 'de-DE',
      tools: [
        { declaration: { name: 'f' }, run: { by: 'participant' }, timeoutMs: 15_000 },
        { declaration: { name: 'g' }, run: { by: 'participant' }, timeoutMs: 15_000 },
      ],
    });
    expect(profile.live).toEqual({ tools: [{ googleSearch: {} }] });
  });

  test('may say the same as ours', () => {
    const declaration = { name: 'f', description: 'd' };
    const profile = good({
      instructions: 'Be brief.',
      modality: 'audio',
      voice: 'Kore',
      language: 'de-DE',
      tools: [{ declaration, run: { by: 'module', name: 'm' } }],
      live: {
        systemInstruction: 'Be brief.',
        responseModalities: ['AUDIO'],
        speechConfig: { languageCode: 'de-DE', voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Kore' } } },
        tools: [{ functionDeclarations: [declaration] }],
        temperature: 1,
        generationConfig: { temperature: 1 },
      },
    });
    expect(profile.live).toEqual({ temperature: 1 });
    expect(profile.tools).toHaveLength(1);
  });

  test('clash with ours when they differ, all at once and beside other problems', () => {
    const problems = bad({
      instructions: 'Be brief.',
      modality: 'audio',
      voice: 'Kore',
      language: 'de-DE',
      tools: [{ declaration: { name: 'f' } }],
      live: {
        systemInstruction: 'Be long.',
        responseModalities: ['TEXT'],
        speechConfig: { languageCode: 'de-AT', voiceConfig: { prebuiltVoiceConfig: { voiceName: 'Puck' } } },
        tools: [{ functionDeclarations: [{ name: 'f', description: 'other' }] }],
        temperature: 1,
        generationConfig: { temperature: 2 },
      },
      leave: { whenAloneMs: -1 },
    });
    expect(paths(problems).sort()).toEqual([
      'instructions',
      'language',
      'leave.whenAloneMs',
      'live.generationConfig.temperature',
      'live.tools[0].functionDeclarations[0]',
      'modality',
      'voice',
    ]);
  });

  test('an instruction of several paragraphs stays as it is', () => {
    const systemInstruction = { parts: [{ text: 'One.' }, { text: 'Two.' }] };
    const profile = good({ live: { systemInstruction } });
    expect(profile).not.toHaveProperty('instructions');
    expect(profile.live).toEqual({ systemInstruction });
  });
});

describe('a change in a call', () => {
  const profile = good({
    voice: 'Puck',
    instructions: 'First.',
    tools: [{ declaration: { name: 'a' } }],
    live: { seed: 3 },
    listen: { policy: 'floor', screenAudio: true },
  });

  test('merges over the profile and keeps the rest', () => {
    const result = reconfigureProfile(
      profile,
      '{"instructions":"Second.","listen":{"policy":"everyone"},"see":{"source":"off"},"tools":[]}',
    );
    expect(result).toEqual({
      ok: true,
      profile: {
        ...profile,
        instructions: 'Second.',
        tools: [],
        listen: { ...profile.listen, policy: 'everyone' },
        see: { ...profile.see, source: 'off' },
      },
    });
  });

  test('replaces instructions of several paragraphs too', () => {
    const before = good({
      live: { seed: 3, systemInstruction: { parts: [{ text: 'One.' }, { text: 'Two.' }] } },
    });
    const result = reconfigureProfile(before, { instructions: 'New.' });
    expect(result).toMatchObject({ ok: true, profile: { instructions: 'New.', live: { seed: 3 } } });
    expect(result.ok && result.profile.live).not.toHaveProperty('systemInstruction');
  });

  test('of another field, or to something wrong, is refused whole', () => {
    const other = reconfigureProfile(profile, { voice: 'Kore', model: 'x' });
    expect(!other.ok && paths(other.problems)).toEqual(['voice', 'model']);
    const wrong = reconfigureProfile(profile, { listen: { policy: 'one' }, see: { quality: 0 } });
    expect(!wrong.ok && paths(wrong.problems).sort()).toEqual(['listen.participant', 'see.quality']);
  });

  test('of nothing gives the same profile', () => {
    expect(reconfigureProfile(profile, {})).toEqual({ ok: true, profile });
  });
});

test.each([
  ['0', true],
  ['110', true],
  ['*72', true],
  ['(555) 010-9999', true],
  ['+49 (0)30/12', true],
  ['tel:+4930', true],
  ['SIP:shop@example.com', true],
  ['shop', false],
  ['', false],
  ['( )', false],
  ['+49 30 12 ext 3', false],
  ['1'.repeat(60), false],
])('phone.transfer takes %j: %s', (number, isTaken) => {
  const parsed = parseProfile({ metadata: { phone: { transfer: { shop: number } } } });
  expect(parsed.ok).toBe(isTaken);
  if (!parsed.ok) expect(parsed.problems.map(({ path }) => path)).toEqual(['phone.transfer.shop']);
});
