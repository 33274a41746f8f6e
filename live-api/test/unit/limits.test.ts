// How sessions end by themselves: connection life, session life, and a context that has grown too large.
import { describe, expect, it } from 'vitest';
import { openRig, openSession, type Rig } from '../support/session-rig.js';

const frame = { realtimeInput: { video: { data: 'AAAA', mimeType: 'image/jpeg' } } };
const compression = { contextWindowCompression: { slidingWindow: {} } };

describe('a connection', () => {
  it('gets goAway 50 s before its end, then ends with 1011', async () => {
    using rig = await openSession({ setup: compression });
    await rig.pass(549_000);
    expect(rig.kinds()).toEqual([]);
    await rig.pass(2000);
    expect(rig.sent.at(-1)?.message).toEqual({ goAway: { timeLeft: '50s' } });
    await rig.pass(50_000);
    expect(rig.closed).toMatchObject({
      code: 1011,
      reason: 'Deadline expired before operation could complete.',
    });
  });
});

describe('a session', () => {
  it('lasts two minutes with video, fifteen with audio alone', async () => {
    using video = await openSession();
    video.send(frame);
    await video.pass(121_000);
    expect(video.closed).toMatchObject({ code: 1008, reason: 'BidiGenerateContent session expired' });
    using audio = await openSession({ limits: { connectionMs: Number.POSITIVE_INFINITY } });
    await audio.pass(14 * 60_000);
    expect(audio.closed).toBeUndefined();
    await audio.pass(61_000);
    expect(audio.closed).toMatchObject({ code: 1008 });
  });

  it('lasts ten minutes on the model that only transcribes', async () => {
    using rig = await openSession({
      setup: { model: 'models/gemini-3.5-transcribe-live' },
      limits: { connectionMs: Number.POSITIVE_INFINITY },
    });
    await rig.pass(10 * 60_000 - 1000);
    expect(rig.closed).toBeUndefined();
    await rig.pass(2000);
    expect(rig.closed).toMatchObject({ code: 1008, reason: 'BidiGenerateContent session expired' });
  });

  it('counts all its connections, and cannot be resumed after its end', async () => {
    const handleOf = (rig: Rig) =>
      (
        rig.sent.find(({ message }) => message.sessionResumptionUpdate)?.message.sessionResumptionUpdate as
          | { newHandle: string }
          | undefined
      )?.newHandle;
    using first = await openSession();
    await first.pass(9 * 60_000);
    first.session.end();
    await first.pass(2000);
    using second = await openSession({
      resumption: first.resumption,
      setup: { sessionResumption: { handle: handleOf(first) } },
    });
    await second.pass(6 * 60_000 + 1000);
    expect(second.closed).toMatchObject({ code: 1008, reason: 'BidiGenerateContent session expired' });
    using third = openRig({ resumption: first.resumption });
    third.send({
      setup: { model: 'models/gemini-3.8-live', sessionResumption: { handle: handleOf(second) } },
    });
    await third.pass(2000);
    expect(third.closed).toMatchObject({ code: 1008, reason: 'BidiGenerateContent session expired' });
  });

  it('goes on when its context is compressed', async () => {
    using rig = await openSession({ setup: compression, limits: { connectionMs: Number.POSITIVE_INFINITY } });
    rig.send(frame);
    await rig.pass(60 * 60_000);
    expect(rig.closed).toBeUndefined();
  });
});

describe('the context', () => {
  const long = {
    clientContent: { turns: [{ role: 'user', parts: [{ text: 'x'.repeat(40_000) }] }], turnComplete: false },
  };

  it('ends the session when it outgrows the model', async () => {
    using rig = await openSession();
    for (let n = 0; n < 14; n++) rig.send(long);
    await rig.pass(100);
    expect(rig.closed).toMatchObject({ code: 1007, reason: 'Request contains an invalid argument.' });
  });

  it('lets go of the oldest when it may, and the usage says so', async () => {
    using rig = await openSession({
      setup: {
        contextWindowCompression: { triggerTokens: '25600', slidingWindow: { targetTokens: '12800' } },
      },
    });
    for (let n = 0; n < 14; n++) rig.send(long);
    rig.send({ realtimeInput: { text: 'hello' } });
    await rig.pass(4000);
    expect(rig.closed).toBeUndefined();
    const { usageMetadata } = rig.sent.at(-1)?.message ?? {};
    const { promptTokenCount } = usageMetadata as { promptTokenCount: number };
    expect(promptTokenCount).toBeGreaterThan(10_000);
    expect(promptTokenCount).toBeLessThan(25_600);
  });

  it('counts a frame as 258 tokens and a second of speech as 25', async () => {
    using rig = await openSession();
    rig.send(frame);
    rig.speech.utter('hi');
    await rig.pass(4000);
    expect(rig.sent.at(-1)?.message.usageMetadata).toMatchObject({
      promptTokenCount: 258 + 25,
      promptTokensDetails: [
        { modality: 'VIDEO', tokenCount: 258 },
        { modality: 'AUDIO', tokenCount: 25 },
      ],
    });
  });

  it('counts frames outside of speech only where the coverage takes in all video', async () => {
    const usageOf = async (turnCoverage: string) => {
      using rig = await openSession({ setup: { realtimeInputConfig: { turnCoverage } } });
      rig.send(frame);
      rig.speech.utter('hi');
      await rig.pass(4000);
      return rig.sent.at(-1)?.message.usageMetadata;
    };
    const withVideo = await usageOf('TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO');
    expect(withVideo).toMatchObject({ promptTokenCount: 258 + 25 });
    expect(await usageOf('TURN_INCLUDES_ONLY_ACTIVITY')).toMatchObject({ promptTokenCount: 25 });
  });

  it('counts all audio, silence too, where the coverage is all input', async () => {
    const data = Buffer.alloc(4 * 16_000 * 2).toString('base64');
    using rig = await openSession({
      setup: {
        model: 'models/gemini-2.5-flash-native-audio-preview-12-2025',
        realtimeInputConfig: { turnCoverage: 'TURN_INCLUDES_ALL_INPUT' },
      },
    });
    rig.send({ realtimeInput: { audio: { data, mimeType: 'audio/pcm;rate=16000' } } });
    rig.speech.utter('hi');
    await rig.pass(4000);
    expect(rig.sent.at(-1)?.message.usageMetadata).toMatchObject({ promptTokenCount: 4 * 25 });
  });

  it('grows by what was said on both sides, and the usage of each turn says so', async () => {
    using rig = await openSession();
    const prompts: number[] = [];
    for (let n = 0; n < 3; n++) {
      rig.speech.utter('hi');
      await rig.pass(4000);
      const usage = rig.sent.at(-1)?.message.usageMetadata as Record<string, number>;
      prompts.push(usage.promptTokenCount ?? 0);
      expect(usage.totalTokenCount).toBe((usage.promptTokenCount ?? 0) + 25);
    }
    // A second of speech, a second of answer.
    expect(prompts).toEqual([25, 75, 125]);
  });
});
