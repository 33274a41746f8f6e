// What public samples rely on, under fake time: streams that stop, texts beside calls, usage, handles, old names.
import { describe, expect, it } from 'vitest';
import { findModel, modelAliases } from '../../src/models/table.js';
import { openRig, openSession, type Rig } from '../support/session-rig.js';

const HALF_CASCADE = 'models/gemini-live-2.5-flash-preview';
const NATIVE = 'models/gemini-2.5-flash-native-audio-preview-12-2025';
const audio = (ms: number) => ({
  realtimeInput: {
    audio: { data: Buffer.alloc(ms * 32).toString('base64'), mimeType: 'audio/pcm;rate=16000' },
  },
});
const declare = (behavior?: string) => [
  { functionDeclarations: [{ name: 'look_up', ...(behavior && { behavior }) }] },
];

function callId(rig: Rig): string {
  const found = rig.sent.findLast(({ message }) => message.toolCall)?.message.toolCall;
  return (found as { functionCalls: { id: string }[] }).functionCalls[0]?.id ?? '';
}
const respond = (rig: Rig, fields: object = {}) =>
  rig.send({
    toolResponse: { functionResponses: [{ id: callId(rig), name: 'look_up', response: {}, ...fields }] },
  });
const usages = (rig: Rig) =>
  rig.sent.flatMap(({ message }) => (message.usageMetadata ? [message.usageMetadata] : []));

describe('a stream of audio that stops', () => {
  it.each([
    ['models/gemini-3.8-live', {}, 1050],
    [NATIVE, {}, 800],
    ['models/gemini-3.8-live', { silenceDurationMs: 500 }, 500],
  ])('ends the utterance on %s with %j after %i ms', async (model, automaticActivityDetection, silenceMs) => {
    using rig = await openSession({ setup: { model, realtimeInputConfig: { automaticActivityDetection } } });
    rig.send(audio(1500));
    rig.speech.hear({ type: 'started', offset: 1600 });
    await rig.pass(silenceMs);
    expect(rig.speech.ends).toBe(0);
    await rig.pass(110);
    expect(rig.speech.ends).toBe(1);
    rig.send(audio(100));
    await rig.pass(silenceMs + 110);
    expect(rig.speech.ends).toBe(2);
  });

  it('does not end it while chunks come, however few', async () => {
    using rig = await openSession();
    rig.speech.hear({ type: 'started', offset: 0 });
    for (let n = 0; n < 5; n++) {
      rig.send(audio(20));
      await rig.pass(1000);
    }
    expect(rig.speech.ends).toBe(0);
  });

  it('ends nothing under manual detection', async () => {
    using rig = await openSession({
      setup: { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } },
    });
    rig.send({ realtimeInput: { activityStart: {} } });
    rig.send(audio(500));
    await rig.pass(10_000);
    expect(rig.speech.ends).toBe(0);
  });
});

describe('a text while a blocking call waits', () => {
  it.each(['realtimeInput', 'clientContent'])(
    'by %s is answered after the response on half-cascade models, which keep the call',
    async (how) => {
      using rig = await openSession({
        setup: {
          model: HALF_CASCADE,
          tools: declare(),
          generationConfig: { responseModalities: ['TEXT'] },
        },
      });
      rig.send({ realtimeInput: { text: 'please look up the weather' } });
      await rig.pass(300);
      rig.kinds();
      const text = 'Can you hear me?';
      rig.send(
        how === 'realtimeInput'
          ? { realtimeInput: { text } }
          : { clientContent: { turns: [{ role: 'user', parts: [{ text }] }], turnComplete: true } },
      );
      await rig.pass(3000);
      expect(rig.kinds().filter((kind) => kind !== 'sessionResumptionUpdate')).toEqual([]);
      const from = rig.sent.length;
      respond(rig);
      await rig.pass(5000);
      const texts = JSON.stringify(rig.sent.slice(from)).match(/look_up is done|Yes, I can/g);
      expect(texts).toEqual(['look_up is done', 'Yes, I can']);
      expect(rig.kinds().filter((kind) => kind === 'turnComplete')).toHaveLength(2);
    },
  );

  it('cancels it on the native audio models', async () => {
    using rig = await openSession({ setup: { model: NATIVE, tools: declare() } });
    rig.send({ realtimeInput: { text: 'please look up the weather' } });
    await rig.pass(300);
    rig.kinds();
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(100);
    expect(rig.kinds()).toContain('toolCallCancellation');
  });
});

describe('a non-blocking call on older models', () => {
  it('is spoken of in its own turn when the response comes soon', async () => {
    using rig = await openSession({ setup: { model: NATIVE, tools: declare('NON_BLOCKING') } });
    rig.send({ realtimeInput: { text: 'please look up the weather' } });
    await rig.pass(300);
    respond(rig);
    await rig.pass(5000);
    const kinds = rig.kinds();
    expect(kinds.indexOf('modelTurn')).toBeLessThan(kinds.indexOf('turnComplete'));
    expect(kinds.filter((kind) => kind === 'turnComplete')).toHaveLength(1);
  });

  it('ends its turn without the response when that takes long, and is spoken of later', async () => {
    using rig = await openSession({ setup: { model: NATIVE, tools: declare('NON_BLOCKING') } });
    rig.send({ realtimeInput: { text: 'please look up the weather' } });
    await rig.pass(2000);
    expect(rig.kinds()).toContain('turnComplete');
    respond(rig);
    await rig.pass(5000);
    expect(rig.kinds()).toContain('modelTurn');
  });

  it('stays silent where the response says so', async () => {
    using rig = await openSession({ setup: { model: NATIVE, tools: declare('NON_BLOCKING') } });
    rig.send({ realtimeInput: { text: 'please look up the weather' } });
    await rig.pass(300);
    respond(rig, { scheduling: 'SILENT' });
    await rig.pass(5000);
    const kinds = rig.kinds();
    expect(kinds).toContain('turnComplete');
    expect(kinds).not.toContain('modelTurn');
  });
});

describe('usage', () => {
  it('has response details also for a turn that only calls', async () => {
    using rig = await openSession({ setup: { tools: declare() } });
    rig.send({ realtimeInput: { text: 'please look up the weather' } });
    await rig.pass(300);
    expect(usages(rig)).toEqual([
      expect.objectContaining({
        responseTokenCount: expect.any(Number),
        responseTokensDetails: [{ modality: 'TEXT', tokenCount: expect.any(Number) }],
      }),
    ]);
  });
});

describe('a resumption handle', () => {
  it('comes for a session of one turn that begins at once, on models that send them all the time', async () => {
    using rig = openRig();
    rig.send({ setup: { model: NATIVE, sessionResumption: {} } });
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(5000);
    const kinds = rig.kinds();
    const update = rig.sent.find(({ message }) => message.sessionResumptionUpdate)?.message;
    expect(update).toMatchObject({ sessionResumptionUpdate: { resumable: true } });
    expect(kinds.indexOf('sessionResumptionUpdate')).toBeLessThan(kinds.indexOf('turnComplete'));
  });
});

describe('names of models', () => {
  it.each(modelAliases)('%s of public samples is served, as a model that is gone', (alias) => {
    expect(findModel(`models/${alias}`, 'serve')?.retired).toBe(true);
    expect(findModel(`models/${alias}`, 'refuse')).toBeUndefined();
  });

  it.each([
    'publishers/google/models/gemini-3.8-live',
    'projects/p/locations/us-central1/publishers/google/models/gemini-3.8-live',
  ])('%s is the model of its last part', (name) => {
    expect(findModel(name, 'refuse')?.name).toBe('gemini-3.8-live');
  });

  it.each(['gemini-3.8-live', 'models/', 'models/none', 'tunedModels/gemini-3.8-live'])(
    '%s is none',
    (name) => {
      expect(findModel(name, 'serve')).toBeUndefined();
    },
  );
});

describe('mediaChunks of older SDKs', () => {
  const chunks = (mimeType: string) => ({
    realtimeInput: { mediaChunks: [{ data: Buffer.alloc(640).toString('base64'), mimeType }] },
  });

  it('are ignored on 3.8, which the log says once', async () => {
    using rig = await openSession();
    rig.send(chunks('audio/pcm;rate=16000'));
    rig.send(chunks('image/jpeg'));
    await rig.pass(1000);
    expect(rig.closed).toBeUndefined();
    expect(rig.speech.pushed).toBe(0);
    expect(rig.logged).toEqual([expect.stringMatching(/gemini-3\.8-live ignores .*mediaChunks/)]);
  });

  it('are heard on 2.x, and close a session of 3.1', async () => {
    using old = await openSession({ setup: { model: NATIVE } });
    old.send(chunks('audio/pcm;rate=16000'));
    expect(old.speech.pushed).toBe(320);
    using newer = await openSession({ setup: { model: 'models/gemini-3.1-flash-live-preview' } });
    newer.send(chunks('audio/pcm;rate=16000'));
    await newer.pass(100);
    expect(newer.closed).toMatchObject({ code: 1007 });
  });
});
