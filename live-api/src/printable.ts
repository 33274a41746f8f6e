// Removes control characters from what clients and services send before it is printed: a terminal would execute them.

/** C0 and C1 controls, bidirectional marks, overrides and isolates, line and paragraph separators. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNPRINTABLE = /[\0-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line of text, with each such character replaced. Tabs are kept. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}
