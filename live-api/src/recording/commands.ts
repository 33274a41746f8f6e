// `live-api record` and `live-api diff`.
import { appendFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openTls, trustLines } from '../tls/open.js';
import { diffRecordings } from './diff.js';
import { readRecording } from './file.js';
import { startRecordingProxy } from './proxy.js';

const RECORD = `Usage: live-api record --out FILE [options]

A proxy before the real service that records conversations with their times. Point the SDK's baseUrl at it, with a
key of yours: keys are passed on and never recorded.

  --out FILE        where the first conversation goes; the next ones get -1, -2 and so on before the extension
  --upstream URL    the service (https://generativelanguage.googleapis.com)
  --port N          where it listens on 127.0.0.1 (8791)
  --tls             https and wss on the same port, as Google's Python SDK needs them
  --tls-dir FOLDER  where the authority of its certificate is kept (.cache/live-api)
  --without-words   leaves out what was said and written; kinds, lengths and times remain
`;
const DIFF =
  'Usage: live-api diff FIRST SECOND\n\nHow two recordings differ: order, fields, times. Ends with 1 where they do.\n';

const print = (text: string) => process.stdout.write(text);

/** Serves until SIGINT or SIGTERM. `tlsDir`: where the authority is kept unless an option says otherwise. */
export async function record(args: string[], tlsDir: string): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      out: { type: 'string' },
      upstream: { type: 'string', default: 'https://generativelanguage.googleapis.com' },
      port: { type: 'string', default: '8791' },
      tls: { type: 'boolean', default: false },
      'tls-dir': { type: 'string' },
      'without-words': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) {
    print(RECORD);
    return;
  }
  const { out } = values;
  if (!out) throw new Error('record needs --out FILE; --help lists the options');
  const port = /^\d+$/.test(values.port) ? Number(values.port) : Number.NaN;
  if (!(port <= 65_535)) throw new Error('--port has to be a port number, 0 for a free one');
  try {
    writeFileSync(out, '', { mode: 0o600 });
  } catch (error) {
    throw new Error(`--out ${out} cannot be written: ${(error as Error).message}`, { cause: error });
  }
  const tls = values.tls ? await openTls(values['tls-dir'] ?? tlsDir) : undefined;
  const started = new Set<number>();
  const proxy = await startRecordingProxy({
    upstream: values.upstream,
    port,
    ...(tls && { tls }),
    withoutWords: values['without-words'],
    log: (line) => print(`${line}\n`),
    write: (line, conversation) => {
      const file = conversation === 0 ? out : out.replace(/(\.[^./]*)?$/, `-${conversation}$1`);
      if (!started.has(conversation)) writeFileSync(file, '', { mode: 0o600 });
      started.add(conversation);
      appendFileSync(file, `${JSON.stringify(line)}\n`);
    },
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw new Error(`port ${port} is taken; set --port to another, or to 0 for a free one`, { cause: error });
  });
  print(`live-api recording on ${proxy.url} before ${values.upstream}\n`);
  if (tls) print(trustLines(proxy.tlsUrl ?? '', tls));
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
  });
  await proxy.close();
}

export async function diff(args: string[]): Promise<void> {
  const [first, second] = args;
  if (!first || !second || args.length > 2) {
    print(DIFF);
    if (first !== '--help') process.exitCode = 2;
    return;
  }
  const lines = diffRecordings(await readRecording(first), await readRecording(second));
  for (const line of lines) print(`${line}\n`);
  process.exitCode = lines.length > 0 ? 1 : 0;
}
