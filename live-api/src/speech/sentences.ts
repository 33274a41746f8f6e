// Cuts a text into the segments that are spoken one after the other: sentences, or clauses of long ones.

/** Beyond this a sentence is spoken clause by clause: about six seconds. */
const MAX_SENTENCE_LENGTH = 110;
/** Never more than this in one go, whether there is a comma or not: about twelve seconds. */
const MAX_SEGMENT_LENGTH = 200;
/** A clause shorter than this stays with the next one. */
const MIN_CLAUSE_LENGTH = 24;

export interface SpokenSegment {
  readonly text: string;
  /** How long to be silent after it. */
  readonly pauseMs: number;
}

const SENTENCE_PAUSE_MS = 220;
const CLAUSE_PAUSE_MS = 90;
const LAST_PAUSE_MS = 60;

/** A full stop ends a sentence unless a small letter or a digit follows, or a title or an initial goes before it. */
const SENTENCE_END =
  /(?<!\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|e\.g|i\.e|[A-Z]))[.!?]+["')]*\s+(?=["'(]*[A-Z\d])|\n+/g;

export function spokenSegments(text: string): SpokenSegment[] {
  const segments: SpokenSegment[] = [];
  for (const sentence of sentences(speakable(text))) {
    const clauses = sentence.length <= MAX_SENTENCE_LENGTH ? [sentence] : clausesOf(sentence);
    for (const [index, clause] of clauses.entries()) {
      const last = index === clauses.length - 1;
      segments.push({ text: clause, pauseMs: last ? SENTENCE_PAUSE_MS : CLAUSE_PAUSE_MS });
    }
  }
  const last = segments.pop();
  if (last) segments.push({ text: last.text, pauseMs: LAST_PAUSE_MS });
  return segments;
}

/** What an English voice can read: plain letters, digits and signs. */
function speakable(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"')
    .replace(/[–—]/g, ', ')
    .replace(/…/g, '...')
    .replace(/[^\x20-\x7e\n]/g, '')
    .replace(/[*_`#~|<>{}[\]\\^]/g, ' ')
    .replace(/[^\S\n]+(?=[,.;:!?])/g, '');
}

function sentences(text: string): string[] {
  const found: string[] = [];
  let start = 0;
  for (const match of text.matchAll(SENTENCE_END)) {
    found.push(text.slice(start, match.index + match[0].length));
    start = match.index + match[0].length;
  }
  found.push(text.slice(start));
  return found.map((sentence) => sentence.replace(/\s+/g, ' ').trim()).filter((s) => /[a-z0-9]/i.test(s));
}

function clausesOf(sentence: string): string[] {
  const clauses: string[] = [];
  let current = '';
  for (const part of sentence.split(/(?<=[,;:])\s+/)) {
    for (const bit of shorten(part)) {
      const joined = current === '' ? bit : `${current} ${bit}`;
      if (current !== '' && current.length >= MIN_CLAUSE_LENGTH && joined.length > MAX_SENTENCE_LENGTH) {
        clauses.push(current);
        current = bit;
      } else current = joined;
    }
  }
  clauses.push(current);
  return clauses;
}

/** Breaks what has no comma for too long, between words where it can. */
function shorten(text: string): string[] {
  const bits: string[] = [];
  let rest = text;
  while (rest.length > MAX_SEGMENT_LENGTH) {
    const space = rest.lastIndexOf(' ', MAX_SEGMENT_LENGTH);
    const cut = space > 0 ? space : MAX_SEGMENT_LENGTH;
    bits.push(rest.slice(0, cut));
    rest = rest.slice(cut).trimStart();
  }
  bits.push(rest);
  return bits;
}
