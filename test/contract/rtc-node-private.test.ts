// What src/room/native uses of rtc-node without a public promise: each part is still there, and still does this.
import { AudioFrame, AudioSource, LocalAudioTrack, Room, VideoFrame } from '@livekit/rtc-node';
import { expect, test } from 'vitest';
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
