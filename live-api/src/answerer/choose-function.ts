// Chooses the declared function that a text asks for, if any.
import type { FunctionDeclaration } from '../answerer-port.js';
import { parametersOf } from './parameters.js';
import { isCommon, isGeneralVerb, spokenName, stem, stemsOf, wordsOf } from './words.js';

const NAME_WORD = 3;
const GENERAL_VERB = 1;
const DESCRIPTION_WORD = 1;
const CHOICE = 2;
/** A word of the name that says something, or three words of the description, or two words and a choice. */
const ENOUGH = 3;
/** Descriptions may be long instructions: what comes after, and more words than this, prove nothing more. */
const MAX_DESCRIPTION_SENTENCES = 3;
const MAX_DESCRIPTION_SCORE = 4;
const ALMOST_WHOLE = 0.75;

/** The function that shares most with the text; of equal ones the first declared. */
export function chooseFunction(
  text: string,
  declarations: readonly FunctionDeclaration[],
): FunctionDeclaration | undefined {
  const said = stemsOf(text);
  const spoken = ` ${wordsOf(text).join(' ')} `;
  let best: { readonly declaration: FunctionDeclaration; readonly score: number } | undefined;
  for (const declaration of declarations) {
    if (spoken.includes(` ${spokenName(declaration.name)} `) && spokenName(declaration.name).includes(' ')) {
      return declaration;
    }
    const score = scoreOf(declaration, said);
    if (score >= ENOUGH && (!best || score > best.score)) best = { declaration, score };
  }
  return best?.declaration;
}

function scoreOf(declaration: FunctionDeclaration, said: ReadonlySet<string>): number {
  const nameWords = wordsOf(declaration.name).filter((word) => !isCommon(word));
  const telling = nameWords.filter((word) => !isGeneralVerb(word));
  // A name that consists of such a verb only is matched by it.
  const weightOf = (word: string) => (telling.length > 0 && isGeneralVerb(word) ? GENERAL_VERB : NAME_WORD);
  let name = 0;
  for (const word of new Set(nameWords)) if (said.has(stem(word))) name += weightOf(word);
  const description = descriptionScore(declaration.description ?? '', nameWords, said);
  let choices = 0;
  for (const parameter of parametersOf(declaration)) {
    if (parameter.choices.some((choice) => isSaid(choice, said))) choices += CHOICE;
  }
  const score = name + description;
  return score === 0 ? 0 : score + choices;
}

function isSaid(choice: string | number, said: ReadonlySet<string>): boolean {
  const words = wordsOf(String(choice));
  return words.length > 0 && words.every((word) => !isCommon(word) && said.has(stem(word)));
}

/** A sentence that was said almost whole is enough; else its words count, where the name does not hold them. */
function descriptionScore(
  description: string,
  nameWords: readonly string[],
  said: ReadonlySet<string>,
): number {
  let score = 0;
  for (const sentence of description.split(/(?<=[.!?])\s+/).slice(0, MAX_DESCRIPTION_SENTENCES)) {
    const words = [...new Set(wordsOf(sentence))].filter((word) => !isCommon(word));
    const hits = words.filter((word) => said.has(stem(word)));
    const telling = hits.filter((word) => word.length > 2 && !isGeneralVerb(word));
    if (telling.length > 0 && hits.length >= words.length * ALMOST_WHOLE) return ENOUGH;
    score += telling.filter((word) => !nameWords.includes(word)).length * DESCRIPTION_WORD;
  }
  return Math.min(score, MAX_DESCRIPTION_SCORE);
}
