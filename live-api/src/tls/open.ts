// Loads what makes certificates only where TLS is asked for.
import type { TlsFiles } from './authority.js';

export type { TlsFiles };

/**
 * A certificate for the host, localhost and the loopback addresses, for `startLiveApi({ tls })`. The authority behind
 * it is kept in `folder`; clients trust it by `authorityFile`.
 */
export async function openTls(folder: string, host?: string): Promise<TlsFiles> {
  const { makeTls } = await import('./authority.js');
  return makeTls(folder, host);
}
