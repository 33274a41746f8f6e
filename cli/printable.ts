// What comes from a room and goes to a terminal: names and words of anybody, without what a terminal would obey.

/** C0 and C1 controls, bidirectional marks, overrides and isolates, line and paragraph separators. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const UNPRINTABLE = /[\0-\x08\x0a-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** One line of text: a replacement character stands in the place of each such character. Tabs stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, '\ufffd');
}

/** JSON that stays the same JSON: such characters are escaped. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
