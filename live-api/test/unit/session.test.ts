// A session under fake time: its opening, turns, interruptions and the rules of what it takes.
import { describe, expect, it } from 'vitest';
import { fakeSpeech } from '../support/fake-speech.js';
import { openRig, openSession } from '../support/session-rig.js';

describe('the opening', () => {
  it('says setupComplete after 260 ms and gives a handle 110 ms later', async () => {
    using rig = openRig();
    rig.send({ setup: { model: 'models/gemini-3.8-live' } });
    await rig.pass(1000);
    expect(rig.sent).toEqual([
      { atMs: 260, message: { setupComplete: {} } },
      {
        atMs: 370,
        message: {
          sessionResumptionUpdate: { newHandle: expect.stringMatching(/^.{36}$/), resumable: true },
        },
      },
    ]);
  });

  it('keeps what comes before setupComplete and answers it after', async () => {
    using rig = openRig();
    rig.send({ setup: { model: 'models/gemini-3.8-live' } });
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(3000);
    expect(rig.kinds()).toContain('turnComplete');
  });

  it('closes the recogniser when the session ends, and sends no more', async () => {
    using rig = await openSession();
    expect(rig.speech.recognisers).toBe(1);
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(300);
    rig.session.end();
    rig.kinds();
    await rig.pass(60_000);
    expect(rig.speech.recognisers).toBe(0);
    expect(rig.kinds()).toEqual([]);
    expect(rig.clock.pending).toBe(0);
  });
});

describe('a spoken turn', () => {
  it('gives the transcript whole before the end of the activity, and completes when the audio would have played', async () => {
    using rig = await openSession({ setup: { inputAudioTranscription: {}, outputAudioTranscription: {} } });
    rig.speech.utter('can you hear me');
    await rig.pass(2000);
    const messages = rig.sent.slice(2).map(({ message }) => message);
    expect(messages.slice(0, 3)).toEqual([
      { voiceActivity: { type: 'ACTIVITY_START', audioOffset: '0s' } },
      { serverContent: { inputTranscription: { text: 'can you hear me' } } },
      { voiceActivity: { type: 'ACTIVITY_END', audioOffset: '0s' } },
    ]);
    const times = (key: string) =>
      rig.sent
        .filter(({ message }) => key in ((message.serverContent ?? {}) as object))
        .map(({ atMs }) => atMs);
    const [first = 0] = times('modelTurn');
    expect(times('modelTurn').map((atMs) => atMs - first)).toEqual([0, 25, 105, 185]);
    expect(times('generationComplete').map((atMs) => atMs - first)).toEqual([200]);
    expect(times('turnComplete').map((atMs) => atMs - first)).toEqual([1000]);
    expect(rig.sent.at(-1)?.message).toMatchObject({
      serverContent: { turnComplete: true },
      usageMetadata: {
        responseTokenCount: 25,
        responseTokensDetails: [{ modality: 'AUDIO', tokenCount: 25 }],
        promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 25 }],
      },
    });
  });

  it('makes the voice while the model thinks: one that takes 200 ms is heard no later than one that takes none', async () => {
    const firstAudioMs = async (makingMs: number): Promise<number | undefined> => {
      const speech = fakeSpeech();
      const { say } = speech;
      speech.say = async function* (...said) {
        await new Promise<void>((made) => rig.clock.after(makingMs, made));
        yield* say(...said);
      };
      using rig = await openSession({ speech });
      const askedMs = rig.sent.at(-1)?.atMs ?? 0;
      rig.send({ realtimeInput: { text: 'hello' } });
      await rig.pass(2000);
      const audio = rig.sent.find(({ message }) => 'modelTurn' in ((message.serverContent ?? {}) as object));
      return audio && audio.atMs - askedMs;
    };
    expect(await firstAudioMs(200)).toBe(await firstAudioMs(0));
  });

  it('ends the session, not the server, when the answerer fails', async () => {
    const answerer = () => ({
      answer: () => {
        throw new Error('no idea');
      },
      answerToolResult: () => '',
      remember: () => undefined,
    });
    using rig = await openSession({ answerer });
    rig.speech.utter('hello');
    await rig.pass(100);
    expect(rig.closed).toMatchObject({ code: 1011, reason: 'Internal error encountered.' });
    expect(rig.errors).toEqual([new Error('no idea')]);
  });

  it('goes unanswered when it was short and no words were in it', async () => {
    using rig = await openSession();
    rig.speech.hear({ type: 'started', offset: 0 });
    rig.speech.hear({ type: 'ended', offset: 700 * 16 });
    rig.speech.hear({ type: 'heard', text: '', offset: 700 * 16 });
    await rig.pass(3000);
    expect(rig.kinds()).toEqual(['voiceActivity', 'voiceActivity']);
  });

  it.each([
    [700, false],
    [1000, true],
    [20_000, true],
  ])('of %i ms without words is answered: %s', async (ms, answered) => {
    const answerer = () => ({
      answer: (text: string) => ({ kind: 'text', text: text === '' ? 'Pardon?' : 'Yes.' }) as const,
      answerToolResult: () => '',
      remember: () => undefined,
    });
    using rig = await openSession({ answerer });
    rig.speech.hear({ type: 'started', offset: 0 });
    rig.speech.hear({ type: 'ended', offset: ms * 16 });
    rig.speech.hear({ type: 'heard', text: '', offset: ms * 16 });
    await rig.pass(1000);
    expect(rig.kinds().includes('modelTurn')).toBe(answered);
  });

  it('is answered without words where words cannot be recognised', async () => {
    using rig = await openSession({ speech: fakeSpeech(500, false) });
    rig.speech.utter('');
    await rig.pass(3000);
    expect(rig.kinds()).toContain('modelTurn');
  });

  it('reports a second utterance only after the first was recognised', async () => {
    using rig = await openSession({ setup: { inputAudioTranscription: {} } });
    rig.speech.hear({ type: 'started', offset: 0 });
    rig.speech.hear({ type: 'ended', offset: 1 });
    rig.speech.hear({ type: 'started', offset: 2 });
    rig.speech.hear({ type: 'heard', text: 'one', offset: 1 });
    rig.speech.hear({ type: 'ended', offset: 3 });
    rig.speech.hear({ type: 'heard', text: 'two', offset: 3 });
    const kinds = rig.kinds();
    const utterance = ['voiceActivity', 'inputTranscription', 'voiceActivity'];
    expect(kinds.filter((kind) => utterance.includes(kind))).toEqual([...utterance, ...utterance]);
  });
});

describe('an interruption', () => {
  it('in mid-generation leaves out generationComplete', async () => {
    using rig = await openSession({ speech: fakeSpeech(4000) });
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(500);
    rig.kinds();
    rig.speech.hear({ type: 'started', offset: 0 });
    await rig.pass(5000);
    expect(rig.kinds()).toEqual(['voiceActivity', 'interrupted', 'turnComplete', 'usageMetadata']);
  });

  it('completes even when the voice was still being made', async () => {
    let yieldMore: () => void = () => undefined;
    const slow = fakeSpeech(500);
    const speech = {
      ...slow,
      utter: slow.utter,
      hear: slow.hear,
      async *say() {
        yield new Int16Array(24_000);
        await new Promise<void>((resolve) => {
          yieldMore = resolve;
        });
      },
    };
    using rig = await openSession({ speech });
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(400);
    rig.kinds();
    rig.speech.hear({ type: 'started', offset: 0 });
    yieldMore();
    await rig.pass(1000);
    expect(rig.kinds()).toEqual(['voiceActivity', 'interrupted', 'turnComplete', 'usageMetadata']);
  });

  it('comes during playback too, but not after turnComplete', async () => {
    using rig = await openSession({ speech: fakeSpeech(4000) });
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(250 + 2000);
    expect(rig.kinds()).toContain('generationComplete');
    rig.speech.hear({ type: 'started', offset: 0 });
    await rig.pass(100);
    expect(rig.kinds()).toEqual(['voiceActivity', 'interrupted', 'turnComplete', 'usageMetadata']);
    rig.speech.hear({ type: 'ended', offset: 1 });
    rig.speech.hear({ type: 'heard', text: '', offset: 1 });
    rig.speech.hear({ type: 'started', offset: 2 });
    expect(rig.kinds()).toEqual(['voiceActivity', 'voiceActivity']);
  });

  it('does not happen under NO_INTERRUPTION: each answer follows the one that goes on', async () => {
    using rig = await openSession({
      speech: fakeSpeech(1000),
      setup: { realtimeInputConfig: { activityHandling: 'NO_INTERRUPTION' } },
    });
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(400);
    rig.speech.utter('and again');
    rig.speech.utter('and more');
    await rig.pass(6000);
    const kinds = rig.kinds();
    expect(kinds).not.toContain('interrupted');
    expect(kinds.filter((kind) => kind === 'turnComplete')).toHaveLength(3);
  });

  it('by clientContent happens even then, 30 ms later', async () => {
    using rig = await openSession({
      speech: fakeSpeech(4000),
      setup: { realtimeInputConfig: { activityHandling: 'NO_INTERRUPTION' } },
    });
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(500);
    rig.kinds();
    rig.send({ clientContent: { turns: [{ role: 'user', parts: [{ text: 'stop' }] }], turnComplete: true } });
    await rig.pass(60);
    expect(rig.kinds().filter((kind) => kind !== 'modelTurn')).toEqual([
      'interrupted',
      'turnComplete',
      'usageMetadata',
    ]);
    await rig.pass(6000);
    expect(rig.kinds()).toContain('generationComplete');
  });
});

describe('text and context', () => {
  it('writes in text modality', async () => {
    using rig = await openSession({
      setup: {
        model: 'models/gemini-live-2.5-flash-preview',
        generationConfig: { responseModalities: ['TEXT'] },
      },
    });
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(1000);
    expect(rig.kinds()).toEqual(['modelTurn', 'generationComplete', 'turnComplete', 'usageMetadata']);
  });

  it('remembers turns that are not to be answered, and answers the last when asked to', async () => {
    using rig = await openSession();
    const turns = [
      { role: 'user', parts: [{ text: 'my name is Ana' }] },
      { role: 'model', parts: [{ text: 'Hello Ana' }] },
    ];
    rig.send({ clientContent: { turns, turnComplete: false } });
    await rig.pass(2000);
    expect(rig.kinds()).toEqual([]);
    expect(rig.remembered).toEqual(['user: my name is Ana', 'model: Hello Ana']);
    rig.send({ clientContent: { turnComplete: true } });
    await rig.pass(3000);
    expect(rig.kinds()).toContain('turnComplete');
  });

  it('takes the initial history without answering it', async () => {
    using rig = await openSession({ setup: { historyConfig: { initialHistoryInClientContent: true } } });
    rig.send({
      clientContent: { turns: [{ role: 'user', parts: [{ text: 'before' }] }], turnComplete: true },
    });
    await rig.pass(3000);
    expect(rig.kinds()).toEqual([]);
    rig.send({ realtimeInput: { text: 'now' } });
    await rig.pass(3000);
    expect(rig.kinds()).toContain('turnComplete');
  });
});

describe('the initial history of 3.1', () => {
  const model = 'models/gemini-3.1-flash-live-preview';
  const turns = [
    { role: 'user', parts: [{ text: 'my name is Ana' }] },
    { role: 'model', parts: [{ text: 'Hello Ana' }] },
  ];

  it('is taken where the setup announces it, in as many messages as it needs, and client content no more', async () => {
    using rig = await openSession({
      setup: { model, historyConfig: { initialHistoryInClientContent: true } },
    });
    rig.send({ clientContent: { turns: turns.slice(0, 1), turnComplete: false } });
    rig.send({ clientContent: { turns: turns.slice(1), turnComplete: true } });
    await rig.pass(3000);
    expect(rig.kinds()).toEqual([]);
    expect(rig.remembered).toEqual(['user: my name is Ana', 'model: Hello Ana']);
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(3000);
    expect(rig.kinds()).toContain('turnComplete');
    rig.send({ clientContent: { turns, turnComplete: true } });
    await rig.pass(100);
    expect(rig.closed).toMatchObject({ code: 1007, reason: 'Request contains an invalid argument.' });
  });

  it('is refused where it was not announced', async () => {
    using rig = await openSession({ setup: { model } });
    rig.send({ clientContent: { turns, turnComplete: true } });
    await rig.pass(100);
    expect(rig.closed).toMatchObject({ code: 1007 });
  });
});

describe('interim transcripts', () => {
  const asked = {
    inputAudioTranscription: {},
    realtimeInputConfig: { interimTranscriptTimestampEnabled: true },
  };

  it('are sent during speech, before the final one, under their own name', async () => {
    using rig = await openSession({ setup: asked });
    expect(rig.speech.options?.partials).toEqual({ everyMs: 600 });
    rig.speech.hear({ type: 'started', offset: 0 });
    rig.speech.hear({ type: 'partial', text: 'go', offset: 1 });
    rig.speech.hear({ type: 'partial', text: 'go forward', offset: 2 });
    rig.speech.hear({ type: 'ended', offset: 3 });
    rig.speech.hear({ type: 'heard', text: 'Go forward.', offset: 3 });
    const contents = rig.sent.flatMap(({ message }) => message.serverContent ?? []);
    expect(contents).toEqual([
      { interimInputTranscription: { text: 'go', startOffset: '0s', endOffset: '0s' } },
      { interimInputTranscription: { text: 'go forward', startOffset: '0s', endOffset: '0s' } },
      { inputTranscription: { text: 'Go forward.' } },
    ]);
  });

  it('of a second utterance do not come before the words of the first', async () => {
    using rig = await openSession({ setup: asked });
    rig.speech.hear({ type: 'started', offset: 0 });
    rig.speech.hear({ type: 'ended', offset: 1 });
    rig.speech.hear({ type: 'started', offset: 2 });
    rig.speech.hear({ type: 'partial', text: 'two', offset: 3 });
    rig.speech.hear({ type: 'heard', text: 'one', offset: 1 });
    rig.speech.hear({ type: 'partial', text: 'two and', offset: 4 });
    const contents = rig.sent.flatMap(({ message }) => message.serverContent ?? []);
    expect(contents.filter((content) => JSON.stringify(content).includes('Transcription'))).toEqual([
      { inputTranscription: { text: 'one' } },
      { interimInputTranscription: { text: 'two and', startOffset: '0s', endOffset: '0s' } },
    ]);
  });

  it.each([
    ['nothing asks for them', {}],
    ['only transcripts are asked for', { inputAudioTranscription: {} }],
    ['no transcripts are asked for', { realtimeInputConfig: asked.realtimeInputConfig }],
  ])('are not recognised when %s', async (_, setup) => {
    using rig = await openSession({ setup });
    expect(rig.speech.options?.partials).toBeUndefined();
  });

  it('always come from the model that only transcribes', async () => {
    using rig = await openSession({ setup: { model: 'models/gemini-3.5-transcribe-live' } });
    expect(rig.speech.options?.partials).toEqual({ everyMs: 600 });
  });
});

describe('audioStreamEnd', () => {
  const end = { realtimeInput: { audioStreamEnd: true } };
  const model = 'models/gemini-2.5-flash-native-audio-preview-12-2025';

  it('ends what is being said', async () => {
    using rig = await openSession({ setup: { model }, speech: fakeSpeech(500, false) });
    rig.speech.hear({ type: 'started', offset: 0 });
    rig.send(end);
    await rig.pass(2000);
    expect(rig.kinds()).toContain('turnComplete');
  });

  it('is passed to the recogniser also when it has reported no beginning yet', async () => {
    using rig = await openSession({ setup: { model } });
    rig.send(end);
    expect(rig.speech.ends).toBe(1);
  });

  it('has no effect on 3.8: only quiet ends what is said there', async () => {
    using rig = await openSession();
    rig.speech.hear({ type: 'started', offset: 0 });
    rig.send(end);
    await rig.pass(50);
    expect(rig.speech.ends).toBe(0);
    expect(rig.closed).toBeUndefined();
  });

  it('is refused under manual activity', async () => {
    const realtimeInputConfig = { automaticActivityDetection: { disabled: true } };
    using rig = await openSession({ setup: { model, realtimeInputConfig } });
    rig.send(end);
    await rig.pass(100);
    expect(rig.closed).toMatchObject({ code: 1007 });
  });
});

describe('manual activity', () => {
  const setup = { realtimeInputConfig: { automaticActivityDetection: { disabled: true } } };
  const audio = {
    realtimeInput: {
      audio: { data: Buffer.alloc(640).toString('base64'), mimeType: 'audio/pcm;rate=16000' },
    },
  };

  it('hears only what comes between start and end', async () => {
    using rig = await openSession({ setup });
    rig.send(audio);
    expect(rig.speech.pushed).toBe(0);
    rig.send({ realtimeInput: { activityStart: {} } });
    rig.send(audio);
    expect(rig.speech.pushed).toBe(320);
    rig.send({ realtimeInput: { activityEnd: {} } });
    rig.send(audio);
    expect(rig.speech.pushed).toBe(320);
    await rig.pass(3000);
    expect(rig.kinds()).toContain('turnComplete');
  });

  it('interrupts with activityStart', async () => {
    using rig = await openSession({ setup, speech: fakeSpeech(4000) });
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(500);
    rig.kinds();
    rig.send({ realtimeInput: { activityStart: {} } });
    await rig.pass(50);
    expect(rig.kinds()).toEqual(['interrupted', 'turnComplete', 'usageMetadata']);
  });
});
