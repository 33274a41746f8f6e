// What src/room/native uses of rtc-node without a public promise: each part is still there, and still does this.
import { AudioFrame, AudioSource, LocalAudioTrack, Room, VideoFrame } from '@livekit/rtc-node';
import { describe, expect, test } from 'vitest';
import { MAX_COMMAND_BYTES, MAX_TOOL_RESPONSE_BYTES } from '../../src/protocol/commands.js';
import { withoutRest } from '../../src/room/native/large-events.js';
import { muteTrack } from '../../src/room/native/mute-track.js';
import {
  infoOf,
  loadNativeClient,
  NATIVE_EVENT,
  nativeBindings,
  nativeClient,
  nativeListenerCount,
  roomInternals,
  sdkVersion,
  trackHandle,
} from '../../src/room/native/native-library.js';

test('a frame that is asked for its address loads the library, whose client everything shares', () => {
  const { protoInfo } = AudioFrame.prototype;
  expect(typeof protoInfo).toBe('function');
  const client = loadNativeClient();
  expect(client).toBeDefined();
  expect(nativeClient()).toBe(client);
  for (const method of ['on', 'off', 'emit', 'listenerCount', 'request'] as const)
    expect(typeof client?.[method]).toBe('function');
});

test('the bindings have what a log, a video stream and a refused stream need', () => {
  const bindings = nativeBindings();
  expect(typeof bindings?.livekitInitialize).toBe('function');
  expect(typeof bindings?.FfiEvent.fromBinary).toBe('function');
  expect(typeof bindings?.FfiHandle).toBe('function');
  expect(typeof bindings?.NewVideoStreamRequest).toBe('function');
  expect(typeof bindings?.VideoStreamType.VIDEO_STREAM_NATIVE).toBe('number');
  expect(typeof VideoFrame.fromOwnedInfo).toBe('function');
  expect(bindings).toHaveProperty('EnableRemoteTrackPublicationRequest');
  expect(sdkVersion()).toMatch(/^\d+\.\d+\.\d+$/);
});

test('a Room has its listener and what it calls as functions of its own, so that both can be replaced', () => {
  const room = new Room();
  expect(Object.keys(room)).toEqual(expect.arrayContaining(['onFfiEvent', 'processFfiEvent']));
  expect(roomInternals(room)).toBe(room);
});

test('listeners of the client are counted, and an event reaches them', () => {
  const client = loadNativeClient();
  const before = nativeListenerCount();
  const seen: unknown[] = [];
  const listener = (event: unknown): void => void seen.push(event);
  client?.on(NATIVE_EVENT, listener);
  expect(nativeListenerCount()).toBe(before + 1);
  client?.emit(NATIVE_EVENT, { message: {} });
  client?.off(NATIVE_EVENT, listener);
  expect(nativeListenerCount()).toBe(before);
  expect(seen).toEqual([{ message: {} }]);
});

test('a track has the handle by which the library mutes it, and knows that it is muted', async () => {
  const source = new AudioSource(48_000, 1);
  const track = LocalAudioTrack.createAudioTrack('microphone', source);
  expect(typeof trackHandle(track)).toBe('bigint');
  expect(track.muted).toBe(false);
  expect(muteTrack(track, true)).toBe(true);
  await track.close();
});

test('what a participant says of itself is read where there is any', () => {
  expect(infoOf({ info: { permission: { hidden: true } } })).toEqual({ permission: { hidden: true } });
  expect(infoOf({})).toBeUndefined();
});

describe('an event of the library', () => {
  interface Event {
    readonly message: { readonly case: string; readonly value: Record<string, unknown> };
    toBinary(): Uint8Array;
  }
  const { FfiEvent } = nativeBindings() as unknown as {
    readonly FfiEvent: { new (fields: object): Event; fromBinary(data: Uint8Array): Event };
  };
  const command = (payload: string): Event =>
    new FfiEvent({
      message: {
        case: 'rpcMethodInvocation',
        value: {
          localParticipantHandle: 2n ** 60n,
          invocationId: 7n,
          method: 'say',
          requestId: 'r1',
          callerIdentity: 'ana',
          payload,
          responseTimeoutMs: 5_000,
        },
      },
    });
  const answer = (payload: string): Event =>
    new FfiEvent({ message: { case: 'performRpc', value: { asyncId: 2n ** 60n, payload } } });
  const read = (event: Event): Event['message'] => FfiEvent.fromBinary(withoutRest(event.toBinary())).message;

  test.each([
    ['a command', command, MAX_COMMAND_BYTES],
    ["a tool's answer", answer, MAX_TOOL_RESPONSE_BYTES],
  ])('of %s has no more of its payload than is read, and all the rest', (_what, eventOf, mostBytes) => {
    const largest = eventOf('x'.repeat(mostBytes));
    const whole = largest.toBinary();
    expect(withoutRest(whole)).toBe(whole);
    for (const payload of ['x'.repeat(mostBytes + 2), '\u{1f600}'.repeat(mostBytes), 'x'.repeat(4_500_000)]) {
      const { value, ...message } = read(eventOf(payload));
      const { payload: cut, ...rest } = value;
      const { payload: _, ...all } = eventOf('').message.value;
      expect({ ...message, rest }).toEqual({ case: eventOf('').message.case, rest: all });
      expect(Buffer.byteLength(String(cut))).toBeGreaterThan(mostBytes);
      expect(String(cut).length).toBeLessThanOrEqual(mostBytes + 1);
    }
  });

  test('of another kind or form stays as it is', () => {
    const panic = new FfiEvent({ message: { case: 'panic', value: { message: 'x'.repeat(1_000_000) } } });
    const data = panic.toBinary();
    expect(withoutRest(data)).toBe(data);
    const whole = command('x'.repeat(100_000)).toBinary();
    const torn = whole.subarray(0, 50_000);
    expect(withoutRest(torn)).toBe(torn);
    const noise = new Uint8Array(100_000).fill(0xff);
    expect(withoutRest(noise)).toBe(noise);
  });
});
