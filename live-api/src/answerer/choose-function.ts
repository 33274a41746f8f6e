// Chooses the declared function that a text asks for, if any.
import type { FunctionDeclaration } from '../answerer-port.js';
import { parametersOf } from './parameters.js';
import { isCommon, isGeneralVerb, meaningsOf, spokenName, stem, wordsOf } from './words.js';

const NAME_WORD = 3;
const GENERAL_VERB = 1;
const DESCRIPTION_WORD = 1;
const CHOICE = 2;
/** A word of a parameter's name, or of what the instructions say about the function. */
const PARAMETER_WORD = 2;
/** Names of parameters that any question may hold. */
const ANY_QUESTION =
  /^(?:city|country|location|place|name|title|date|time|day|text|message|query|question|topic|language|number|value|amount|unit|id|type|start|end|json|format|color|colour|year|month|user|person|room)s?$/;
/** A word of the name that says something, or three words of the description, or two words and a choice. */
const ENOUGH = 3;
/** Descriptions may be long instructions: what comes after, and more words than this, prove nothing more. */
const MAX_DESCRIPTION_SENTENCES = 3;
const MAX_DESCRIPTION_SCORE = 4;
const ALMOST_WHOLE = 0.75;

/** The function that shares most with the text; of equal ones the first declared. `instructions` may say when to call it. */
export function chooseFunction(
  text: string,
  declarations: readonly FunctionDeclaration[],
  instructions = '',
): FunctionDeclaration | undefined {
  const said = meaningsOf(text);
  const told = instructions.split(/(?<=[.!?])\s+|\n+/);
  const spoken = ` ${wordsOf(text).join(' ')} `;
  let best: { readonly declaration: FunctionDeclaration; readonly score: number } | undefined;
  for (const declaration of declarations) {
    if (spoken.includes(` ${spokenName(declaration.name)} `) && spokenName(declaration.name).includes(' ')) {
      return declaration;
    }
    const score = scoreOf(declaration, said, told);
    if (score >= ENOUGH && (!best || score > best.score)) best = { declaration, score };
  }
  return best?.declaration;
}

function scoreOf(
  declaration: FunctionDeclaration,
  said: ReadonlySet<string>,
  told: readonly string[],
): number {
  const nameWords = wordsOf(declaration.name).filter((word) => !isCommon(word));
  const telling = nameWords.filter((word) => !isGeneralVerb(word));
  // A name that consists of such a verb only is matched by it.
  const weightOf = (word: string) => (telling.length > 0 && isGeneralVerb(word) ? GENERAL_VERB : NAME_WORD);
  let name = 0;
  for (const word of new Set(nameWords)) if (said.has(stem(word))) name += weightOf(word);
  const description = descriptionScore(declaration.description ?? '', nameWords, said);
  let choices = 0;
  let named = 0;
  const context = new Set(
    told
      .filter((sentence) => sentence.includes(declaration.name))
      .flatMap((sentence) => wordsOf(sentence.replaceAll(declaration.name, ' '))),
  );
  for (const parameter of parametersOf(declaration)) {
    for (const word of wordsOf(parameter.name)) context.add(word);
    if (parameter.choices.some((choice) => isSaid(choice, said))) choices += CHOICE;
  }
  for (const word of context) {
    if (isCommon(word) || isGeneralVerb(word) || ANY_QUESTION.test(word) || nameWords.includes(word))
      continue;
    if (word.length > 2 && said.has(stem(word))) named += PARAMETER_WORD;
  }
  const score = name + description + named;
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
