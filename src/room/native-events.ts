// rtc-node's source of events, which every Room, stream and source of a process listens to. It exports no way to it.
export interface NativeEventSource {
  emit(event: string, ...args: unknown[]): boolean;
  off(event: string, listener: (...args: unknown[]) => void): void;
  listenerCount(event: string): number;
}

export const NATIVE_EVENT = 'ffi_event';

/** Undefined until rtc-node has loaded its native library, which it does when something first asks for it. */
export function nativeEventSource(): NativeEventSource | undefined {
  return (globalThis as { _ffiClientInstance?: NativeEventSource })._ffiClientInstance;
}

/** How many listeners it has; a steady number means that nothing is left behind. */
export function nativeListenerCount(): number {
  return nativeEventSource()?.listenerCount(NATIVE_EVENT) ?? 0;
}
