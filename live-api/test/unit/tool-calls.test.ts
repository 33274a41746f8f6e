// Tools under fake time: blocking and non-blocking calls, when answers are spoken, what an interruption drops.
import { describe, expect, it } from 'vitest';
import { fakeSpeech } from '../support/fake-speech.js';
import { openSession, type Rig, type RigOptions } from '../support/session-rig.js';

const open = (behavior: string | undefined, options: RigOptions = {}, model = 'gemini-3.8-live') =>
  openSession({
    ...options,
    setup: {
      model: `models/${model}`,
      tools: [{ functionDeclarations: [{ name: 'look_up', ...(behavior && { behavior }) }] }],
      ...options.setup,
    },
  });

function callId(rig: Rig): string {
  const found = rig.sent.findLast(({ message }) => message.toolCall)?.message.toolCall;
  return (found as { functionCalls: { id: string }[] }).functionCalls[0]?.id ?? '';
}

const respond = (rig: Rig, fields: object = {}, id = callId(rig)) =>
  rig.send({
    toolResponse: { functionResponses: [{ id, name: 'look_up', response: { ok: true }, ...fields }] },
  });

const ask = async (rig: Rig) => {
  rig.send({ realtimeInput: { text: 'please look up the weather' } });
  await rig.pass(260);
};

describe('a non-blocking call', () => {
  it('ends the turn within the same instant', async () => {
    using rig = await open(undefined);
    await ask(rig);
    expect(rig.kinds()).toEqual(['toolCall', 'generationComplete', 'turnComplete', 'usageMetadata']);
    expect(callId(rig)).toMatch(/^function-call-\d+$/);
  });

  it('is spoken of 600 ms after its response', async () => {
    using rig = await open(undefined);
    await ask(rig);
    rig.kinds();
    respond(rig);
    await rig.pass(590);
    expect(rig.kinds()).toEqual([]);
    await rig.pass(20);
    expect(rig.kinds()).toContain('modelTurn');
  });

  it('is not spoken of when the response is SILENT, at the top or inside', async () => {
    using rig = await open(undefined);
    await ask(rig);
    respond(rig, { scheduling: 'SILENT' });
    await ask(rig);
    respond(rig, { response: { ok: true, scheduling: 'SILENT' } });
    rig.kinds();
    await rig.pass(5000);
    expect(rig.kinds()).toEqual([]);
  });

  it('waits for the end of the turn when the response is WHEN_IDLE', async () => {
    using rig = await open(undefined, { speech: fakeSpeech(2000) });
    await ask(rig);
    rig.send({ realtimeInput: { text: 'meanwhile' } });
    await rig.pass(500);
    respond(rig, { scheduling: 'WHEN_IDLE' });
    await rig.pass(10_000);
    const kinds = rig.kinds();
    expect(kinds).not.toContain('interrupted');
    expect(kinds.filter((kind) => kind === 'turnComplete')).toHaveLength(3);
  });

  it('cuts the turn when the response is INTERRUPT, but waits for the user to finish', async () => {
    using rig = await open(undefined, { speech: fakeSpeech(2000) });
    await ask(rig);
    const id = callId(rig);
    rig.speech.hear({ type: 'started', offset: 0 });
    rig.kinds();
    respond(rig, { scheduling: 'INTERRUPT' }, id);
    await rig.pass(3000);
    expect(rig.kinds()).toEqual([]);
    rig.speech.hear({ type: 'ended', offset: 1 });
    rig.speech.hear({ type: 'heard', text: '', offset: 1 });
    await rig.pass(1000);
    expect(rig.kinds()).toContain('modelTurn');
    await rig.pass(3000);
    await ask(rig);
    rig.send({ realtimeInput: { text: 'meanwhile' } });
    await rig.pass(500);
    rig.kinds();
    respond(rig, { scheduling: 'INTERRUPT' });
    await rig.pass(3000);
    expect(rig.kinds().slice(0, 3)).toEqual(['interrupted', 'turnComplete', 'usageMetadata']);
  });

  it('takes several responses while they say that more will come', async () => {
    using rig = await open(undefined);
    await ask(rig);
    respond(rig, { willContinue: true });
    await rig.pass(3000);
    rig.kinds();
    respond(rig, { willContinue: false });
    await rig.pass(3000);
    expect(rig.kinds()).toContain('modelTurn');
    respond(rig);
    await rig.pass(3000);
    expect(rig.kinds()).toEqual([]);
  });
});

describe('a blocking call', () => {
  it('keeps the turn open until it is answered', async () => {
    using rig = await open('BLOCKING');
    await ask(rig);
    await rig.pass(5000);
    expect(rig.kinds()).toEqual(['toolCall']);
    respond(rig);
    await rig.pass(3000);
    const kinds = rig.kinds();
    expect(kinds[0]).toBe('modelTurn');
    expect(kinds.filter((kind) => kind === 'turnComplete')).toHaveLength(1);
  });

  it('is dropped without a word on 3.8 when the user speaks, and its answer is passed over', async () => {
    using rig = await open('BLOCKING');
    await ask(rig);
    rig.kinds();
    const id = callId(rig);
    rig.speech.hear({ type: 'started', offset: 0 });
    await rig.pass(100);
    expect(rig.kinds()).toEqual(['voiceActivity', 'interrupted', 'turnComplete', 'usageMetadata']);
    respond(rig, {}, id);
    await rig.pass(3000);
    expect(rig.kinds()).toEqual([]);
  });

  it('is told to be cancelled on 2.5', async () => {
    using rig = await open(undefined, {}, 'gemini-2.5-flash-native-audio-preview-12-2025');
    await ask(rig);
    rig.kinds();
    rig.speech.hear({ type: 'started', offset: 0 });
    await rig.pass(100);
    expect(rig.kinds()).toEqual(['interrupted', 'toolCallCancellation', 'turnComplete', 'usageMetadata']);
  });
});

describe('extended thinking', () => {
  const setup = { generationConfig: { thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true } } };

  it('says when all work is done, not only the turn', async () => {
    using rig = await open(undefined, { setup }, 'gemini-3.8-live-extended-thinking');
    await ask(rig);
    expect(rig.kinds()).toEqual([
      'interactionStatus',
      'modelTurn',
      'toolCall',
      'generationComplete',
      'turnComplete',
      'usageMetadata',
    ]);
    respond(rig);
    await rig.pass(4000);
    expect(rig.kinds().at(-1)).toBe('interactionStatus');
    expect(rig.sent.at(-1)?.message).toEqual({ serverContent: { interactionStatus: 'IDLE' } });
  });
});
