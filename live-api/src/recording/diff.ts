// How two recordings differ: the kinds of messages and their order, their fields, and their times.
import { isMessage, type RecordingLine } from './file.js';

interface Sent {
  readonly kind: string;
  readonly fields: readonly string[];
  readonly gapMs: number;
}

/** Smaller differences of a gap are caused by the network. */
const SAME_MS = 150;

/** Lines of text, none when what the service sent is alike. */
export function diffRecordings(a: readonly RecordingLine[], b: readonly RecordingLine[]): string[] {
  const [left, right] = [sentIn(a), sentIn(b)];
  return [...orders(left, right), ...fieldsDiffer(left, right), ...timesDiffer(left, right), ...ends(a, b)];
}

/** Gaps are those since the last message of either side; a microphone or camera that goes on all the time aside. */
function sentIn(lines: readonly RecordingLine[]): Sent[] {
  let lastMs = 0;
  return lines.flatMap((entry) => {
    if (isMedia(entry)) return [];
    const gapMs = entry.atMs - lastMs;
    lastMs = entry.atMs;
    if (!isMessage(entry) || entry.from !== 'server') return [];
    return [{ kind: kindOf(entry.message), fields: fieldsOf(entry.message), gapMs }];
  });
}

function isMedia(entry: RecordingLine): boolean {
  if (!isMessage(entry) || entry.from !== 'client') return false;
  const { realtimeInput, realtime_input: snake } = entry.message;
  return /^(?:audio|video|media_?chunks)$/i.test(Object.keys(realtimeInput ?? snake ?? {})[0] ?? '');
}

function kindOf(message: Readonly<Record<string, unknown>>): string {
  return Object.entries(message)
    .map(([key, value]) =>
      key === 'serverContent' ? Object.keys(value as object).join('+') || 'serverContent' : key,
    )
    .join('+');
}

/** Paths of all values with their types; lists by their first item. */
function fieldsOf(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) return value.length === 0 ? [`${path}[]`] : fieldsOf(value[0], `${path}[]`);
  if (typeof value !== 'object' || value === null) return [`${path}: ${typeof value}`];
  // Arguments are the model's own.
  if (path.endsWith('.args')) return [`${path}: object`];
  return Object.entries(value).flatMap(([key, field]) =>
    fieldsOf(field, path === '' ? key : `${path}.${key}`),
  );
}

/** Kinds in their order, how many follow each other aside. */
const collapsed = (sent: readonly Sent[]) =>
  sent.map(({ kind }) => kind).filter((kind, n, kinds) => kind !== kinds[n - 1]);

function orders(left: readonly Sent[], right: readonly Sent[]): string[] {
  const [a, b] = [collapsed(left), collapsed(right)];
  const at = a.findIndex((kind, n) => kind !== b[n]);
  if (at < 0 && a.length === b.length) return [];
  const place = at < 0 ? Math.min(a.length, b.length) : at;
  return [
    `order: message ${place + 1} is ${a[place] ?? 'none'} in the first, ${b[place] ?? 'none'} in the second`,
  ];
}

function byKind<T>(sent: readonly Sent[], value: (entry: Sent) => T[]): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const entry of sent) found.set(entry.kind, [...(found.get(entry.kind) ?? []), ...value(entry)]);
  return found;
}

function fieldsDiffer(left: readonly Sent[], right: readonly Sent[]): string[] {
  const [a, b] = [byKind(left, ({ fields }) => [...fields]), byKind(right, ({ fields }) => [...fields])];
  const missing = (mine: typeof a, theirs: typeof a, which: string) =>
    [...mine.keys()]
      .filter((kind) => !theirs.has(kind))
      .map((kind) => `kinds: ${kind}: only in the ${which}`);
  const fields = [...a.keys()].flatMap((kind) => {
    const [mine, theirs] = [new Set(a.get(kind)), new Set(b.get(kind) ?? a.get(kind))];
    return [
      ...[...mine]
        .filter((field) => !theirs.has(field))
        .map((field) => `fields: ${kind}: only the first has ${field}`),
      ...[...theirs]
        .filter((field) => !mine.has(field))
        .map((field) => `fields: ${kind}: only the second has ${field}`),
    ];
  });
  return [...missing(a, b, 'first'), ...missing(b, a, 'second'), ...fields];
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

function timesDiffer(left: readonly Sent[], right: readonly Sent[]): string[] {
  const [a, b] = [byKind(left, ({ gapMs }) => [gapMs]), byKind(right, ({ gapMs }) => [gapMs])];
  return [...a.keys()].flatMap((kind) => {
    const theirs = b.get(kind);
    if (!theirs) return [];
    const [mine, other] = [median(a.get(kind) ?? []), median(theirs)];
    return Math.abs(mine - other) > SAME_MS
      ? [
          `times: ${kind}: ${mine} ms after the message before it in the first, ${other} ms in the second (median)`,
        ]
      : [];
  });
}

function ends(a: readonly RecordingLine[], b: readonly RecordingLine[]): string[] {
  const [left, right] = [a, b].map((lines) => lines.find((entry) => !isMessage(entry)));
  const words = (entry: RecordingLine | undefined) =>
    entry && 'close' in entry ? `${entry.close.code} ${entry.close.reason}`.trim() : 'none';
  return words(left) === words(right)
    ? []
    : [`close: ${words(left)} in the first, ${words(right)} in the second`];
}
