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
    expect(rig.kinds()).toContain('modelTurn');
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

  it('is made again under a new id on 3.8 once the user has spoken, after the answer to that', async () => {
    using rig = await open('BLOCKING', { speech: fakeSpeech(500) });
    await ask(rig);
    const first = callId(rig);
    rig.kinds();
    rig.speech.utter('are you still there');
    await rig.pass(2000);
    expect(rig.kinds().filter((kind) => kind !== 'modelTurn')).toEqual([
      'voiceActivity',
      'interrupted',
      'voiceActivity',
      'turnComplete',
      'usageMetadata',
      'toolCall',
    ]);
    const again = callId(rig);
    expect(again).not.toBe(first);
    expect(rig.sent.findLast(({ message }) => message.toolCall)?.message.toolCall).toEqual({
      functionCalls: [{ name: 'look_up', args: { of: 'please look up the weather' }, id: again }],
    });
    respond(rig, {}, first);
    await rig.pass(2000);
    expect(rig.kinds()).toEqual([]);
    respond(rig, {}, again);
    await rig.pass(3000);
    expect(rig.kinds().filter((kind) => kind !== 'modelTurn')).toEqual([
      'generationComplete',
      'turnComplete',
      'usageMetadata',
    ]);
    rig.speech.utter('thank you');
    await rig.pass(3000);
    expect(rig.kinds()).not.toContain('toolCall');
  });

  it.each(['never mind', 'please stop', 'look up something else'])(
    'is not made again when the user says: %s',
    async (words) => {
      using rig = await open('BLOCKING', { speech: fakeSpeech(500) });
      await ask(rig);
      rig.kinds();
      rig.speech.utter(words);
      await rig.pass(3000);
      const asked = words.startsWith('look up') ? 1 : 0;
      expect(rig.kinds().filter((kind) => kind === 'toolCall')).toHaveLength(asked);
    },
  );

  it('that clientContent cut off is made again after its answer', async () => {
    using rig = await open('BLOCKING', { speech: fakeSpeech(500) });
    await ask(rig);
    rig.kinds();
    const turns = [{ role: 'user', parts: [{ text: 'hello' }] }];
    rig.send({ clientContent: { turns, turnComplete: true } });
    await rig.pass(3000);
    const kinds = rig.kinds().filter((kind) => kind !== 'modelTurn');
    expect(kinds).toEqual(['interrupted', 'turnComplete', 'usageMetadata', 'toolCall']);
  });

  it.each(['gemini-2.0-flash-exp', 'gemini-live-2.5-flash-preview'])(
    'waits on %s for all responses, is spoken of, and each text that came meanwhile is answered then',
    async (model) => {
      const words = ({ sent }: Rig) =>
        sent
          .splice(0)
          .map(
            ({ message }) => message.serverContent as { outputTranscription?: { text: string } } | undefined,
          )
          .flatMap((content) => content?.outputTranscription?.text ?? [])
          .join('');
      using rig = await openSession({
        speech: fakeSpeech(500),
        setup: {
          model: `models/${model}`,
          outputAudioTranscription: {},
          tools: [{ functionDeclarations: [{ name: 'look_up' }] }],
        },
        scenario: {
          rules: [
            { when: { text: 'both' }, do: [{ calls: ['x', 'y'].map((id) => ({ id, name: 'look_up' })) }] },
            { when: { text: 'red' }, do: [{ say: 'Red. ' }] },
            { when: { text: 'blue' }, do: [{ say: 'Blue.' }] },
            { when: { toolResponse: 'look_up' }, do: [{ say: 'Found. ' }] },
          ],
        },
      });
      rig.send({ realtimeInput: { text: 'both' } });
      await rig.pass(260);
      for (const text of ['red', 'blue']) rig.send({ realtimeInput: { text } });
      await rig.pass(2000);
      respond(rig, {}, 'x');
      await rig.pass(2000);
      expect(words(rig)).toBe('');
      expect(rig.kinds()).not.toContain('interrupted');
      respond(rig, {}, 'y');
      await rig.pass(9000);
      expect(words(rig)).toBe('Found. Found. Red. Blue.');
    },
  );

  it('is reported as cancelled on 2.5, and not repeated', async () => {
    using rig = await open(undefined, {}, 'gemini-2.5-flash-native-audio-preview-12-2025');
    await ask(rig);
    rig.kinds();
    rig.speech.hear({ type: 'started', offset: 0 });
    await rig.pass(100);
    expect(rig.kinds()).toEqual(['interrupted', 'toolCallCancellation', 'turnComplete', 'usageMetadata']);
    const cancelled = rig.sent.find(({ message }) => message.toolCallCancellation)?.message;
    expect(cancelled).toEqual({ toolCallCancellation: { ids: [callId(rig)] } });
    rig.speech.hear({ type: 'ended', offset: 1 });
    rig.speech.hear({ type: 'heard', text: 'are you still there', offset: 1 });
    await rig.pass(3000);
    expect(rig.kinds()).not.toContain('toolCall');
  });

  it('is not cut by speech under NO_INTERRUPTION', async () => {
    using rig = await open('BLOCKING', {
      setup: { realtimeInputConfig: { activityHandling: 'NO_INTERRUPTION' } },
    });
    await ask(rig);
    rig.kinds();
    rig.speech.hear({ type: 'started', offset: 0 });
    await rig.pass(1000);
    expect(rig.kinds()).toEqual(['voiceActivity']);
    respond(rig);
    await rig.pass(3000);
    expect(rig.kinds()).toContain('modelTurn');
  });
});

describe('a non-blocking call of an interrupted turn', () => {
  it('waits on: its response is spoken', async () => {
    using rig = await open(undefined, { speech: fakeSpeech(500) });
    await ask(rig);
    const id = callId(rig);
    rig.speech.utter('meanwhile');
    await rig.pass(3000);
    rig.kinds();
    respond(rig, {}, id);
    await rig.pass(3000);
    expect(rig.kinds()).toContain('modelTurn');
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

  it('ends the session when a response has a scheduling', async () => {
    using rig = await open(undefined, { setup }, 'gemini-3.8-live-extended-thinking');
    await ask(rig);
    respond(rig, { scheduling: 'WHEN_IDLE' });
    await rig.pass(100);
    expect(rig.closed).toMatchObject({
      code: 1007,
      reason: 'Function response scheduling is not supported for this model.',
    });
  });

  it('hears no more of a call once a response says that it will continue', async () => {
    using rig = await open(undefined, { setup }, 'gemini-3.8-live-extended-thinking');
    await ask(rig);
    rig.kinds();
    respond(rig, { willContinue: true });
    await rig.pass(3000);
    expect(rig.kinds()).toEqual(['interactionStatus']);
    respond(rig);
    await rig.pass(3000);
    expect(rig.kinds()).toEqual([]);
  });
});
