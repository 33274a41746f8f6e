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

/** What to set for clients that speak to `url`, as lines to be printed. */
export function trustLines(url: string, { authorityFile }: TlsFiles): string {
  return (
    `live-api listening on ${url}; clients trust it with\n` +
    `  Python: SSL_CERT_FILE=${authorityFile}\n` +
    `  Node:   NODE_EXTRA_CA_CERTS=${authorityFile}\n`
  );
}
