// Makes a worker's JSON log lines readable in a terminal; other lines stay as they are.

/** pino's numbers. @type {Record<number, string>} */
const levels = { 10: 'TRACE', 20: 'DEBUG', 30: 'INFO', 40: 'WARN', 50: 'ERROR', 60: 'FATAL' };
/** The same in every line of a process, and of no use in the terminal of one machine. */
const hidden = new Set(['level', 'time', 'pid', 'hostname', 'version', 'msg', 'name']);

/** @param {string} line */
export function readableLine(line) {
  const entry = parse(line);
  if (!entry) return line;
  const level = levels[Number(entry.level)] ?? `LEVEL ${entry.level}`;
  const fields = Object.entries(entry)
    .filter(([name]) => !hidden.has(name))
    .map(([name, value]) => `${name}=${inWords(value)}`);
  return [level.padEnd(5), String(entry.msg ?? ''), ...fields].join(' ');
}

/** @param {string} line @returns {Record<string, unknown> | undefined} */
function parse(line) {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line);
    return typeof entry.level === 'number' ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** @param {unknown} value */
function inWords(value) {
  if (typeof value === 'string') return /[\s"=]/.test(value) || value === '' ? JSON.stringify(value) : value;
  const isError = typeof value === 'object' && value !== null && 'stack' in value;
  return isError ? String(value.stack) : JSON.stringify(value);
}

/**
 * What a terminal would take for a command, or what turns the direction of text round, in the place of which a
 * replacement character is shown: identities and names in a log come from anybody. Tabs stay.
 * @param {string} text
 */
export function printable(text) {
  // Control characters (C0, C1), bidirectional overrides and isolates, line and paragraph separators.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\0-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');
}
