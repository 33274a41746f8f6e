// The few things in a system instruction that a rule-based answerer can follow.

export interface Instructions {
  /** The name that the answerer uses. */
  readonly name: string | undefined;
  readonly length: 'word' | 'sentence' | 'free';
  /** The fixed answer to every input. */
  readonly fixed: string | undefined;
}

const NAMES = [
  /\b(?:your name is|you are (?:called|named)|you're (?:called|named)|call yourself|answer to the name)\s+["']?([\p{L}][\p{L}\p{N}-]*(?: \p{Lu}[\p{L}\p{N}-]*)?)/iu,
  /\bYou are (\p{Lu}\p{Ll}[\p{L}\p{N}-]*)(?=[,.]| and\b)/u,
];

export function readInstructions(text: string): Instructions {
  const name = NAMES.map((pattern) => pattern.exec(text)?.[1]).find((found) => found !== undefined);
  const fixed =
    /\b(?:always|only)\s+(?:answer|reply|respond|say)(?:\s+(?:with|exactly))*:?\s+["“']([^"”']+)["”']/i.exec(
      text,
    );
  return { name, length: answerLength(text) ?? 'free', fixed: fixed?.[1] };
}

const ONE_WORD =
  /[,;]?\s*\b(?:(?:answer|reply|respond|use|in|with|using)\s+)*(?:just |only |exactly )*(?:one|a single|1)[ -]word\b/i;
const ONE_SENTENCE =
  /[,;]?\s*\b(?:(?:answer|reply|respond|use|in|with|using)\s+)*(?:just |only |exactly )*(?:one|a single|1)[ -](?:short )?sentence\b|\s*\b(?:briefly|concise|concisely)\b|\b(?:brief|short) answers?\b|\banswers? short\b/i;

/** How long an answer a text asks for: "in one word", "in a single sentence", "briefly". */
export function answerLength(text: string): 'word' | 'sentence' | undefined {
  if (ONE_WORD.test(text)) return 'word';
  return ONE_SENTENCE.test(text) ? 'sentence' : undefined;
}

/** The same text without what it says about the length, whose numbers and verbs would be taken for the question's. */
export function withoutLength(text: string): string {
  const rest = text.replace(ONE_WORD, '').replace(ONE_SENTENCE, '').trim();
  return /[\p{L}\p{N}]/u.test(rest) ? rest : text;
}
