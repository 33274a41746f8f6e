// Cuts a text into the fragments in which its transcription is sent, and says when each is due.

export interface Fragment {
  readonly text: string;
  /** How many characters come before it. */
  readonly start: number;
}

/** Speech takes about this long for a character. */
export const MS_PER_CHARACTER = 62;

const FRAGMENT_CHARACTERS = 16;

/** Fragments joined are the text; they break at spaces, which stay with what follows, save after the first. */
export function fragments(text: string, characters = FRAGMENT_CHARACTERS): readonly Fragment[] {
  const result: Fragment[] = [];
  let current = '';
  let start = 0;
  for (const word of text.match(/\s*\S+\s*$|\s*\S+/g) ?? []) {
    if (current !== '' && current.length + word.length > characters) {
      result.push({ text: current, start });
      start += current.length;
      current = '';
    }
    current += word;
  }
  if (current !== '') result.push({ text: current, start });
  return result;
}
