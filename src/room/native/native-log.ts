// Keeps rtc-node's own log in its native library, where RUST_LOG filters it. Handed over, as rtc-node asks for it, every
// record of every level is an event to encode, queue and decode: four of ten events while an agent talks, for no reader.
import { loadNativeClient, NATIVE_EVENT, nativeBindings, sdkVersion } from './native-library.js';

let done = false;

/** Call it before a Room connects: what is on its way to the first callback could be overtaken by what comes after. */
export function keepLogNative(): void {
  if (done) return;
  done = true;
  // biome-ignore lint/style/noProcessEnv: there the library looks, once, when it is loaded
  process.env.RUST_LOG ||= 'off';
  const client = loadNativeClient();
  const { livekitInitialize, FfiEvent } = nativeBindings();
  // The library takes another set-up at any time: the same way to rtc-node's listeners, without the log.
  livekitInitialize((data) => client.emit(NATIVE_EVENT, FfiEvent.fromBinary(data)), false, sdkVersion());
}
