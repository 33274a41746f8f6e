// Finds words in comments, test titles and documentation that CONTRIBUTING.md rules out.

export interface WordingFault {
  readonly line: number;
  readonly word: string;
}

/** Metaphors, archaic words, and verbs that treat software as a person; each has a plain term. */
const WORDS: readonly RegExp[] = [
  /\bwhoever\b/i,
  /\bfor ever\b/i,
  /\bfor good\b/i,
  /\b(he|his|him(self)?)\b/i,
  /\b(mends?|mended|hush(ed)?)\b/i,
  /\b(happenings?|stragglers?|farewells?|ailments?)\b/i,
  /\bthe house\b/i,
  /\bby heart\b/i,
  /\b(is|are|was|were|be|been|not) told\b/i,
  /\btold (of|about|so|that)\b/i,
  /\btells? (of|nothing|apart)\b/i,
  /\bout of the blue\b/i,
  /\basks for nothing\b/i,
  /\ba glance\b/i,
  /\b(beliefs?|believed)\b/i,
  /\bone knows (of|nothing)\b/i,
  /\bnone of its business\b/i,
];

const COMMENT = /^\s*(\/\/|\/\*|\*|#)|\s\/\/\s/;
const TITLE = /^\s*(test|it|describe)(\.\w+)*\(|\]\)\('/;

/** The faults of one file; of code only its comments and test titles are read. */
export function wordingFaults(path: string, text: string): WordingFault[] {
  const isProse = path.endsWith('.md');
  let isCode = false;
  return text.split('\n').flatMap((line, index) => {
    if (isProse && line.startsWith('```')) isCode = !isCode;
    const isRead = isProse ? !isCode : COMMENT.test(line) || TITLE.test(line);
    if (!isRead) return [];
    return WORDS.flatMap((word) => {
      const found = word.exec(line);
      return found ? [{ line: index + 1, word: found[0] }] : [];
    });
  });
}
