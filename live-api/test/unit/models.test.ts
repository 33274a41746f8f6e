// The models that are served, beside the table that the agent goes by: both tell the same of every model.
import { describe, expect, it } from 'vitest';
import { CAPABILITY_TABLE } from '../../../src/capabilities/table.js';
import { findModel, modelNames } from '../../src/models/table.js';
import { openRig, openSession } from '../support/session-rig.js';

const rowOf = (name: string) => {
  const row = findModel(`models/${name}`, 'serve');
  if (!row) throw new Error(`${name} is not served`);
  return row;
};

const THINKING = { refused: 'none', budget: 'budget', level: 'level', required: 'level-or-budget' } as const;
const CLIENT_CONTENT = { always: 'any', seed: 'seed-only', none: 'none' } as const;
const PROACTIVITY = { field: 'optional', always: 'always', none: 'none' } as const;
/** Vertex AI's endpoint serves it; the one that is played here does not. */
const OF_VERTEX = 'gemini-live-2.5-flash-native-audio';

it('every model of the agent is served, and no other', () => {
  expect([...modelNames].sort()).toEqual([...CAPABILITY_TABLE.keys()].sort());
});

describe.each([...CAPABILITY_TABLE])('%s', (name, { row: known, retired }) => {
  it('is what the agent takes it for', () => {
    const row = rowOf(name);
    const { tools } = row;
    const functions = tools.behaviors.length > 0;
    expect({
      modalities: row.modalities.map((modality) => modality.toLowerCase()),
      thinking: THINKING[row.thinking],
      functions,
      blocking: tools.behaviors.includes('BLOCKING'),
      nonBlocking: tools.behaviors.includes('NON_BLOCKING'),
      search: tools.search,
      codeExecution: tools.codeExecution,
      urlContext: tools.urlContext,
      affectiveDialog: row.affectiveDialog,
      proactiveAudio: PROACTIVITY[row.proactivity],
      clientContent: CLIENT_CONTENT[row.clientContent],
      contextUpdate: row.contextUpdate,
      audioStreamEnd: row.audioStreamEnd,
      resumptionUpdates: row.resumption,
      turnCoverage: row.turnCoverage,
      contextTokens: row.contextTokens,
      sessionAudioMs: row.sessionMs ?? 15 * 60_000,
      translation: row.task === 'translate',
      retired: row.retired,
    }).toEqual({
      modalities: known.modalities,
      thinking: known.thinking.style,
      functions: known.tools.functions,
      blocking: known.tools.blocking,
      nonBlocking: known.tools.nonBlocking,
      search: known.tools.search,
      codeExecution: known.tools.codeExecution,
      urlContext: known.tools.urlContext,
      affectiveDialog: known.affectiveDialog,
      proactiveAudio: known.proactiveAudio,
      clientContent: known.clientContent,
      contextUpdate: known.contextUpdate,
      audioStreamEnd: known.audioStreamEnd,
      resumptionUpdates: known.resumptionUpdates,
      turnCoverage: known.turnCoverage,
      contextTokens: known.contextTokens,
      sessionAudioMs: known.limits.sessionAudioMs,
      translation: known.translation,
      retired: retired !== undefined || name === OF_VERTEX,
    });
    // The agent counts on activity messages only where they are sure to come.
    if (known.sendsVoiceActivity) expect(row.voiceActivity).toBe(true);
    if (functions) expect(tools.defaultBehavior).toBe(known.tools.defaultBehavior);
    if (functions) expect(tools.scheduling === 'heeded').toBe(known.tools.scheduling !== 'none');
  });
});

const frame = { realtimeInput: { video: { data: 'AAAA', mimeType: 'image/jpeg' } } };
const text = { realtimeInput: { text: 'hello' } };
const content = { clientContent: { turns: [{ role: 'user', parts: [{ text: 'hi' }] }], turnComplete: true } };
const update = { contextUpdate: { systemInstruction: { parts: [{ text: 'Be brief.' }] } } };
const INVALID = { code: 1007, reason: 'Request contains an invalid argument.' };

describe('a model that only hears', () => {
  it.each([text, frame, content, update])('refuses %j', async (message) => {
    using rig = await openSession({ setup: { model: 'models/gemini-3.5-transcribe-live' } });
    rig.send(message);
    await rig.pass(100);
    expect(rig.closed).toMatchObject(INVALID);
  });

  it.each([
    { systemInstruction: { parts: [{ text: 'Be brief.' }] } },
    { tools: [{ functionDeclarations: [{ name: 'f' }] }] },
    { tools: [{ googleSearch: {} }] },
  ])('refuses a setup with %j', async (setup) => {
    using rig = openRig();
    rig.send({ setup: { model: 'models/gemini-3.5-live-translate-preview', ...setup } });
    await rig.pass(100);
    expect(rig.closed).toMatchObject(INVALID);
  });

  it('transcribes each utterance and says nothing', async () => {
    using rig = await openSession({ setup: { model: 'models/gemini-3.5-transcribe-live' } });
    rig.speech.utter('first things first');
    await rig.pass(1000);
    expect(rig.kinds()).toEqual([
      'voiceActivity',
      'inputTranscription',
      'voiceActivity',
      'generationComplete',
      'turnComplete',
      'usageMetadata',
    ]);
  });

  it('translates, and reports the usage of each second in which sound comes', async () => {
    using rig = await openSession({ setup: { model: 'models/gemini-3.5-live-translate-preview' } });
    const data = Buffer.alloc(16_000 * 2).toString('base64');
    for (let n = 0; n < 3; n++) {
      rig.send({ realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } });
      await rig.pass(1000);
    }
    await rig.pass(2000);
    const told = rig.sent.map(({ message }) => message).filter((message) => 'usageMetadata' in message);
    const second = {
      serverContent: {},
      usageMetadata: {
        promptTokenCount: 25,
        totalTokenCount: 25,
        promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 25 }],
      },
    };
    expect(told).toEqual([second, second, second]);
    rig.kinds();
    rig.speech.utter('good morning');
    await rig.pass(3000);
    expect(rig.kinds()).toContain('modelTurn');
  });
});

describe('a context update', () => {
  it('changes instructions and tools on 3.8', async () => {
    using rig = await openSession();
    rig.send({ contextUpdate: { tools: { tools: [{ functionDeclarations: [{ name: 'look_up' }] }] } } });
    rig.send({ realtimeInput: { text: 'look up' } });
    await rig.pass(1000);
    expect(rig.kinds()).toContain('toolCall');
  });

  it('is refused by older models', async () => {
    using rig = await openSession({ setup: { model: 'models/gemini-live-2.5-flash-preview' } });
    rig.send(update);
    await rig.pass(100);
    expect(rig.closed).toMatchObject(INVALID);
  });
});

describe('extra frames', () => {
  const utterances = async (model: string) => {
    using rig = await openSession({ setup: { model: `models/${model}` } });
    for (let n = 0; n < 6; n++) {
      rig.speech.utter('');
      await rig.pass(100);
    }
    return rig.sent.map(({ message }) => message);
  };

  it('without anything in them come now and then on 3.8', async () => {
    const sent = await utterances('gemini-3.8-live');
    const empty = sent.filter((message) => ['{}', '{"serverContent":{}}'].includes(JSON.stringify(message)));
    expect(empty).toEqual([{}, { serverContent: {} }]);
  });

  it('do not come on 2.5', async () => {
    const sent = await utterances('gemini-2.5-flash-native-audio-preview-12-2025');
    expect(sent.map((message) => JSON.stringify(message))).not.toContain('{}');
  });
});
