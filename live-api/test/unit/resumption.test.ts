// Handles under fake time: when they are given, what they restore and why they are refused.
import { describe, expect, it } from 'vitest';
import { measuredResumption, ResumptionStore } from '../../src/session/resumption.js';
import { fakeSpeech } from '../support/fake-speech.js';
import { openRig, openSession, type Rig } from '../support/session-rig.js';

const handleOf = (rig: Rig) => {
  const updates = rig.sent.flatMap(({ message }) =>
    message.sessionResumptionUpdate ? [message.sessionResumptionUpdate as { newHandle: string }] : [],
  );
  return updates.at(-1)?.newHandle ?? '';
};

const resume = (rig: Rig, handle = handleOf(rig), setup: object = {}) => {
  const next = openRig({ resumption: rig.resumption });
  next.send({ setup: { model: 'models/gemini-3.8-live', ...setup, sessionResumption: { handle } } });
  return next;
};

describe('a handle', () => {
  it('restores memory and pending calls, and is replaced by a new one', async () => {
    using rig = await openSession({ setup: { tools: [{ functionDeclarations: [{ name: 'look_up' }] }] } });
    rig.send({ realtimeInput: { text: 'look up my name, Ana' } });
    await rig.pass(300);
    const { toolCall } = rig.sent.find(({ message }) => message.toolCall)?.message ?? {};
    const id = (toolCall as { functionCalls: { id: string }[] }).functionCalls[0]?.id;
    rig.session.end();
    await rig.pass(1100);
    using next = resume(rig);
    await next.pass(400);
    expect(next.kinds()).toEqual(['setupComplete', 'sessionResumptionUpdate']);
    expect(handleOf(next)).not.toBe(handleOf(rig));
    next.send({ toolResponse: { functionResponses: [{ id, name: 'look_up', response: {} }] } });
    await next.pass(3000);
    expect(next.kinds()).toContain('modelTurn');
    expect(rig.remembered).toEqual(['user: look up my name, Ana']);
  });

  it('still takes the answer of a blocking call that a lost connection left open', async () => {
    const tools = [{ functionDeclarations: [{ name: 'look_up', behavior: 'BLOCKING' }] }];
    using rig = await openSession({ setup: { tools } });
    rig.send({ realtimeInput: { text: 'look up' } });
    await rig.pass(300);
    const { toolCall } = rig.sent.find(({ message }) => message.toolCall)?.message ?? {};
    rig.session.end();
    using next = resume(rig, handleOf(rig), { tools });
    await next.pass(400);
    const id = (toolCall as { functionCalls: { id: string }[] }).functionCalls[0]?.id;
    next.send({ toolResponse: { functionResponses: [{ id, name: 'look_up', response: {} }] } });
    await next.pass(3000);
    expect(next.kinds()).toContain('modelTurn');
  });

  it('is refused with 1011 after 600 ms while the old connection is held', async () => {
    using rig = await openSession();
    using next = resume(rig);
    await next.pass(2000);
    expect(next.closed).toEqual({ atMs: 600, code: 1011, reason: 'Internal error encountered.' });
  });

  it('is refused within a second of an idle close, and taken after', async () => {
    using rig = await openSession();
    rig.session.end();
    await rig.pass(900);
    using early = resume(rig);
    await early.pass(1000);
    expect(early.closed?.code).toBe(1011);
    using late = resume(rig);
    await late.pass(400);
    expect(late.kinds()).toContain('setupComplete');
  });

  it('of an earlier connection is still good: each points to the session as it is now', async () => {
    const handles: string[] = [];
    using rig = await openSession();
    handles.push(handleOf(rig));
    rig.session.end();
    for (let n = 0; n < 5; n++) {
      await rig.pass(1100);
      using next = resume(rig, handles[0]);
      await next.pass(400);
      handles.push(handleOf(next));
      next.session.end();
    }
    expect(new Set(handles).size).toBe(6);
    await rig.pass(2 * 60 * 60_000 - 10_000);
    using last = resume(rig, handles.at(-1));
    await last.pass(400);
    expect(last.kinds()).toContain('setupComplete');
  });

  it('takes other instructions and tools than before, not another model', async () => {
    using rig = await openSession();
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(5000);
    rig.session.end();
    await rig.pass(1100);
    const tools = [{ functionDeclarations: [{ name: 'look_up' }] }];
    using next = resume(rig, handleOf(rig), { tools });
    await next.pass(400);
    next.send({ realtimeInput: { text: 'look up' } });
    await next.pass(1000);
    expect(next.kinds()).toContain('toolCall');
  });

  it('is taken at once when the model was speaking', async () => {
    using rig = await openSession();
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(300);
    rig.session.end();
    using next = resume(rig);
    await next.pass(400);
    expect(next.kinds()).toContain('setupComplete');
  });

  it('is refused when nobody knows it, when it is too old, and for another model', async () => {
    using rig = await openSession();
    const handle = handleOf(rig);
    rig.session.end();
    using unknown = resume(rig, 'no-such-handle');
    await unknown.pass(100);
    expect(unknown.closed).toMatchObject({ code: 1008, reason: 'BidiGenerateContent session not found' });
    await rig.pass(2000);
    using other = resume(rig, handle, { model: 'models/gemini-live-2.5-flash-preview' });
    await other.pass(100);
    expect(other.closed).toMatchObject({ code: 1007 });
    await rig.pass(2 * 60 * 60_000);
    using old = resume(rig, handle);
    await old.pass(100);
    expect(old.closed).toMatchObject({ code: 1008, reason: 'BidiGenerateContent session expired' });
  });
});

it('conversations without a connection hold a bounded amount of text: those left first go first', async () => {
  const text = 'x'.repeat(500_000);
  const turns = [{ role: 'user', parts: [{ text }] }];
  const rigs: Rig[] = [];
  const resumption = new ResumptionStore(measuredResumption);
  using other = await openSession({ resumption });
  for (let n = 0; n < 80; n++) {
    using rig = await openSession({ resumption });
    rig.send({ clientContent: { turns, turnComplete: false } });
    rigs.push(rig);
  }
  const refusalOf = async (rig: Rig | undefined) => {
    if (!rig) return 'no such session';
    using next = resume(rig);
    await next.pass(2000);
    return next.closed?.reason;
  };
  const first = rigs[0];
  const last = rigs.at(-1);
  expect(await refusalOf(first)).toBe('BidiGenerateContent session not found');
  await other.pass(2000);
  expect(await refusalOf(last)).toBeUndefined();
});

it('a session that outgrew its model leaves none of it behind, and cannot be resumed', async () => {
  using rig = await openSession();
  rig.send({ realtimeInput: { text: 'x'.repeat(2_000_000) } });
  await rig.pass(100);
  expect(rig.closed).toMatchObject({ code: 1007, reason: 'Request contains an invalid argument.' });
  using next = resume(rig);
  await next.pass(100);
  expect(next.closed).toMatchObject({ code: 1008, reason: 'BidiGenerateContent session expired' });
});

describe('updates', () => {
  const setup = { model: 'models/gemini-2.5-flash-native-audio-preview-12-2025' };

  it('come once on 3.8, asked for or not', async () => {
    using rig = await openSession();
    await rig.pass(10_000);
    expect(rig.kinds()).toEqual([]);
  });

  it('do not come on 2.5 unless they are asked for', async () => {
    using rig = await openSession({ setup });
    await rig.pass(5000);
    expect(rig.sent).toHaveLength(1);
  });

  it('come every second on 2.5, not resumable while the model is at work', async () => {
    using rig = await openSession({
      setup: { ...setup, sessionResumption: {} },
      speech: fakeSpeech(8000),
    });
    await rig.pass(2000);
    expect(rig.kinds()).toEqual(['sessionResumptionUpdate', 'sessionResumptionUpdate']);
    rig.send({ realtimeInput: { text: 'something long' } });
    await rig.pass(1000);
    const states = rig.sent.flatMap(({ message }) =>
      message.sessionResumptionUpdate ? [message.sessionResumptionUpdate] : [],
    );
    expect(states.at(-1)).toEqual({ resumable: false });
    await rig.pass(3000);
    expect(rig.sent.at(-1)?.message.sessionResumptionUpdate).toMatchObject({ resumable: true });
  });

  it('come on 2.5 as not resumable while a tool is awaited, and as resumable after its response', async () => {
    const tools = [{ functionDeclarations: [{ name: 'look_up', behavior: 'NON_BLOCKING' }] }];
    using rig = await openSession({ setup: { ...setup, sessionResumption: {}, tools } });
    const last = () =>
      rig.sent.findLast(({ message }) => message.sessionResumptionUpdate)?.message.sessionResumptionUpdate;
    rig.send({ realtimeInput: { text: 'look up' } });
    await rig.pass(3000);
    expect(last()).toEqual({ resumable: false });
    const { toolCall } = rig.sent.find(({ message }) => message.toolCall)?.message ?? {};
    const id = (toolCall as { functionCalls: { id: string }[] }).functionCalls[0]?.id;
    const functionResponses = [{ id, name: 'look_up', response: {}, scheduling: 'SILENT' }];
    rig.send({ toolResponse: { functionResponses } });
    await rig.pass(1100);
    expect(last()).toMatchObject({ resumable: true, newHandle: expect.stringMatching(/^.{36}$/) });
  });
});
