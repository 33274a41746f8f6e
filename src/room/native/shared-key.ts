// Sets the shared key of an encrypted room again: the native library stops decrypting the frames of a participant after
// some that it could not decrypt, also when their key is the right one again.
import type { Room } from '@livekit/rtc-node';
import type { Logger } from '../../util/log.js';
import { byPrivatePart } from './native-library.js';

interface KeyProvider {
  setSharedKey(key: Uint8Array, index: number): void;
}

/** Undefined without a key. */
export function keyRenewal(
  room: Room,
  key: string | undefined,
  log: Pick<Logger, 'warn'>,
): (() => void) | undefined {
  if (key === undefined) return undefined;
  const instead = 'somebody whose key was another one for a while is not heard again';
  const renew = (): true | undefined => {
    const { keyProvider } = (room.e2eeManager ?? {}) as unknown as { readonly keyProvider?: KeyProvider };
    if (typeof keyProvider?.setSharedKey !== 'function') return undefined;
    keyProvider.setSharedKey(Buffer.from(key), 0);
    return true;
  };
  return () => void byPrivatePart('E2EEManager.keyProvider', instead, log, renew);
}
