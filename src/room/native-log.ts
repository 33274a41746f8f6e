// Keeps rtc-node's own log in its native library, where RUST_LOG filters it. Handed over, as rtc-node asks for it, every
// record of every level is an event to encode, queue and decode: four of ten events while an agent talks, for no reader.
import { createRequire } from 'node:module';
import { AudioFrame } from '@livekit/rtc-node';
import { NATIVE_EVENT, nativeEventSource } from './native-events.js';

interface NativeLibrary {
  readonly livekitInitialize?: (
    callback: (data: Uint8Array) => void,
    captureLogs: boolean,
    sdkVersion: string,
  ) => void;
  readonly FfiEvent?: { fromBinary(data: Uint8Array): object };
}

let done = false;

/** Call it before a Room connects: what is on its way to the first callback could be overtaken by what comes after. */
export function keepLogNative(): void {
  if (done) return;
  done = true;
  // biome-ignore lint/style/noProcessEnv: there the library looks, once, when it is loaded
  process.env.RUST_LOG ||= 'off';
  loadLibrary();
  const source = nativeEventSource();
  const requireOfSdk = createRequire(createRequire(import.meta.url).resolve('@livekit/rtc-node'));
  const { livekitInitialize, FfiEvent } = requireOfSdk('@livekit/rtc-ffi-bindings') as NativeLibrary;
  const { version } = requireOfSdk('../package.json') as { version: string };
  if (!source || !livekitInitialize || !FfiEvent) return;
  // The library takes another set-up at any time (0.13.35): the same way to rtc-node's listeners, without the log.
  livekitInitialize((data) => source.emit(NATIVE_EVENT, FfiEvent.fromBinary(data)), false, version);
}

/** rtc-node loads its library for whatever asks it first, as a frame does that wants the address of its samples. */
function loadLibrary(): void {
  new AudioFrame(new Int16Array(1), 48_000, 1, 1).protoInfo();
}
