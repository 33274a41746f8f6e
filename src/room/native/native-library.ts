// Every reach into what rtc-node does not export (0.13.35), in one place. Each answers undefined where a version lacks it.
import { createRequire } from 'node:module';
import { AudioFrame, type RemoteTrack, type Room } from '@livekit/rtc-node';
import type { Logger } from '../../util/log.js';
import { warnOnce } from '../../util/warn-once.js';

/** rtc-node's source of events and way to ask for something, which every Room, stream and source of a process shares. */
export interface NativeClient {
  on(event: string, listener: (event: NativeEvent) => void): unknown;
  off(event: string, listener: (event: NativeEvent) => void): unknown;
  emit(event: string, ...args: unknown[]): boolean;
  listenerCount(event: string): number;
  request<T>(request: { readonly message: { readonly case: string; readonly value: object } }): T;
}

export interface NativeEvent {
  readonly message: { readonly case?: string | undefined; readonly value?: unknown };
}

/** What native code has handed over and keeps until it is disposed of. */
export interface NativeHandle {
  readonly handle: bigint;
  dispose(): void;
}

export interface NativeBindings {
  readonly livekitInitialize: (
    callback: (data: Uint8Array) => void,
    captureLogs: boolean,
    sdkVersion: string,
  ) => void;
  readonly FfiEvent: { fromBinary(data: Uint8Array): NativeEvent };
  readonly FfiHandle: new (id: bigint) => NativeHandle;
  readonly NewVideoStreamRequest: new (fields: { type: number; trackHandle: bigint }) => object;
  readonly VideoStreamType: { readonly VIDEO_STREAM_NATIVE: number };
}

/** How a Room is handed its events. */
export interface RoomInternals {
  onFfiEvent: (event: NativeEvent) => unknown;
  processFfiEvent: (event: NativeEvent) => Promise<void>;
  readonly ffiHandle?: { readonly handle: bigint };
}

export const NATIVE_EVENT = 'ffi_event';

const requireOfSdk = createRequire(createRequire(import.meta.url).resolve('@livekit/rtc-node'));

/** Undefined until rtc-node has loaded its library, which it does when something first asks for it. */
export function nativeClient(): NativeClient | undefined {
  const client = (globalThis as { _ffiClientInstance?: Partial<NativeClient> })._ffiClientInstance;
  const isAsKnown = typeof client?.on === 'function' && typeof client.request === 'function';
  return isAsKnown ? (client as NativeClient) : undefined;
}

/** Loads it, as anything does that asks it something: a frame that wants the address of its samples. */
export function loadNativeClient(): NativeClient | undefined {
  const frame: { protoInfo?(): unknown } = new AudioFrame(new Int16Array(1), 48_000, 1, 1);
  frame.protoInfo?.();
  return nativeClient();
}

export function nativeBindings(): NativeBindings | undefined {
  try {
    return requireOfSdk('@livekit/rtc-ffi-bindings') as NativeBindings;
  } catch {
    return undefined;
  }
}

export function roomInternals(room: Room): RoomInternals | undefined {
  const internals = room as unknown as Partial<RoomInternals>;
  const isAsKnown =
    typeof internals.onFfiEvent === 'function' && typeof internals.processFfiEvent === 'function';
  return isAsKnown ? (internals as RoomInternals) : undefined;
}

/** By which the native library knows a track. */
export function trackHandle(track: Pick<RemoteTrack, 'ffi_handle'>): bigint | undefined {
  const { ffi_handle } = track as { readonly ffi_handle?: NativeHandle };
  return typeof ffi_handle?.handle === 'bigint' ? ffi_handle.handle : undefined;
}

/** What the server says of a participant or a publication, beyond rtc-node's own getters. */
export function infoOf<T extends object>(owner: { readonly info?: T | undefined }): T | undefined {
  const { info } = owner;
  return typeof info === 'object' && info !== null ? info : undefined;
}

export function sdkVersion(): string {
  return (requireOfSdk('../package.json') as { version: string }).version;
}

/** How many listeners its events have; a steady number means that nothing is left behind. */
export function nativeListenerCount(): number {
  return nativeClient()?.listenerCount(NATIVE_EVENT) ?? 0;
}

/**
 * Does something by a private part of rtc-node. Where this version lacks it, or it throws, one warning in a process says
 * so, and the caller takes the public way.
 *
 * @param part what is used, as `Room.onFfiEvent`
 * @param instead what the public way costs
 */
export function byPrivatePart<T>(
  part: string,
  instead: string,
  log: Pick<Logger, 'warn'> | undefined,
  use: () => T | undefined,
): T | undefined {
  try {
    const result = use();
    if (result !== undefined) return result;
  } catch {
    // As good as missing.
  }
  warnOnce(log, `@livekit/rtc-node: ${part}`, instead);
  return undefined;
}
