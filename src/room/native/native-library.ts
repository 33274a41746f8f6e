// rtc-node's native library, for what rtc-node does in a way that a call cannot afford. All of it is private (0.13.35).
import { createRequire } from 'node:module';
import { AudioFrame } from '@livekit/rtc-node';
import type { Logger } from '../../util/log.js';

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

export const NATIVE_EVENT = 'ffi_event';

const requireOfSdk = createRequire(createRequire(import.meta.url).resolve('@livekit/rtc-node'));

/** Undefined until rtc-node has loaded its library, which it does when something first asks for it. */
export function nativeClient(): NativeClient | undefined {
  return (globalThis as { _ffiClientInstance?: NativeClient })._ffiClientInstance;
}

/** Loads it, as anything does that asks it something: a frame that wants the address of its samples. */
export function loadNativeClient(): NativeClient {
  new AudioFrame(new Int16Array(1), 48_000, 1, 1).protoInfo();
  const client = nativeClient();
  if (!client) throw new Error('this version of @livekit/rtc-node has no native client where 0.13.35 has it');
  return client;
}

export function nativeBindings(): NativeBindings {
  return requireOfSdk('@livekit/rtc-ffi-bindings') as NativeBindings;
}

export function sdkVersion(): string {
  return (requireOfSdk('../package.json') as { version: string }).version;
}

const warned = new Set<string>();

/** One warning in a process for each private part that this version of rtc-node lacks: the public way is taken. */
export function warnOnce(log: Pick<Logger, 'warn'>, part: string): void {
  if (warned.has(part)) return;
  warned.add(part);
  log.warn(
    { part, version: sdkVersion() },
    'this @livekit/rtc-node lacks a private part: a slower way is taken',
  );
}

/** How many listeners its events have; a steady number means that nothing is left behind. */
export function nativeListenerCount(): number {
  return nativeClient()?.listenerCount(NATIVE_EVENT) ?? 0;
}
