// Serves the built page: its files, and index.html with the response's nonce in it.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { serveStatic } from '@hono/node-server/serve-static';
import type { Hono } from 'hono';
import type { SecureHeadersVariables } from 'hono/secure-headers';

/** As index.html has it in the place of the nonce. */
const NONCE_PLACE = '%NONCE%';
/** From dist/web/server, where this file is built to. */
const BUILT = fileURLToPath(new URL('../../../web/dist/', import.meta.url));

export interface Page {
  readonly folder: string;
  readonly html: string;
}

/** What hono's handlers find in their context. */
export interface WebEnv {
  Variables: SecureHeadersVariables;
}

export class PageError extends Error {
  override readonly name = 'PageError';
}

/** @throws PageError when the page is not built */
export async function readPage(folder = BUILT): Promise<Page> {
  try {
    return { folder, html: await readFile(`${folder}/index.html`, 'utf8') };
  } catch {
    throw new PageError('the page is not built: npm run build');
  }
}

export function servePage(app: Hono<WebEnv>, { folder, html }: Page): void {
  const assets = serveStatic({
    root: folder,
    // Their names hold a hash of their contents.
    onFound: (_path, context) => context.header('cache-control', 'public, max-age=31536000, immutable'),
  });
  app.get('/assets/*', assets);
  app.get('/favicon.svg', serveStatic({ root: folder }));
  app.get('/', (context) => {
    context.header('cache-control', 'no-store');
    return context.html(html.replaceAll(NONCE_PLACE, context.get('secureHeadersNonce') ?? ''));
  });
}
