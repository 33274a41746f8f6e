// Keeps rtc-node's own log in its native library, where RUST_LOG filters it. Handed over, as rtc-node asks for it, every
// record of every level is an event to encode, queue and decode: four of ten events while an agent talks, for no reader.
import type { Logger } from '../../util/log.js';
import { withoutRest } from './large-events.js';
import {
  byPrivatePart,
  loadNativeClient,
  NATIVE_EVENT,
  nativeBindings,
  sdkVersion,
} from './native-library.js';

let done = false;

/**
 * For the whole process. Call it before a Room connects: what is on its way to the first callback could be overtaken by
 * what comes after.
 */
export function keepLogNative(log: Pick<Logger, 'warn'>): void {
  if (done) return;
  done = true;
  byPrivatePart('FfiClient', 'each record of its log costs an event', log, () => {
    const client = loadNativeClient();
    const bindings = nativeBindings();
    if (!client || typeof bindings?.livekitInitialize !== 'function' || !bindings.FfiEvent) return undefined;
    const { livekitInitialize, FfiEvent } = bindings;
    // The library takes another set-up at any time: the same way to rtc-node's listeners, without the log.
    const emit = (data: Uint8Array): unknown =>
      client.emit(NATIVE_EVENT, FfiEvent.fromBinary(withoutRest(data)));
    livekitInitialize(emit, false, sdkVersion());
    return true;
  });
}
