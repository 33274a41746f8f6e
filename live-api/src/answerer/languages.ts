// Whether a text is in another language than English, which is all that this answerer and its voice know.
import { type Reply, reply } from './reply.js';

/** Whole words; `\b` knows ASCII letters only, and would not find "où". */
const words = (list: string) => new RegExp(`(?<!\\p{L})(?:${list})(?!\\p{L})`, 'giu');

/** Words that are frequent in one language and none in English; two of them, or one in a short text, are enough. */
const WORDS: Readonly<Record<string, RegExp>> = {
  Spanish: words(
    'hola|buenos|buenas|gracias|qué|cómo|está|estás|dónde|por favor|cuál|quiero|puedes|hablas|tiempo|hace',
  ),
  French: words(
    "bonjour|bonsoir|merci|salut|comment|quel|quelle|est|est-ce|les|gare|fait|vous|je|tu|où|s'il|parlez|aujourd'hui|français",
  ),
  German: words(
    'guten|hallo|danke|bitte|wie|geht|ist|nicht|ich|du|das|der|und|wetter|kannst|sprichst|deutsch',
  ),
  Italian: words(
    'ciao|buongiorno|grazie|prego|come|stai|dove|perché|che|qual|è|della|capitale|sono|puoi|parli|oggi',
  ),
  Dutch: words('hallo|goedemorgen|goedendag|dank|alsjeblieft|hoe|wat|waar|het|een|ik|jij|niet|spreek|weer'),
  Polish: words('cześć|dzień|dobry|dziękuję|proszę|jak|się|masz|jest|gdzie|czy|mówisz'),
  Swedish: words('hej|tack|hur|mår|vad|är|klockan|jag|inte|talar|vädret'),
  Danish: words('hej|tak|hvad|hvor|hvordan|er|klokken|jeg|ikke|taler|vejret'),
  Turkish: words('merhaba|teşekkürler|nasılsın|saat|kaç|nerede|evet|hayır|hava|bugün'),
  Portuguese: words('olá|bom dia|obrigado|obrigada|você|como|está|onde|não|quero|pode|qual|é|hoje'),
};
const ENGLISH = /\b(?:the|is|are|what|how|you|my|to|in|of|and|please|say|tell|me|i|it|can|do|a)\b/giu;
const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ['Spanish', /[¿¡]/],
  ['Japanese', /[\p{Script=Hiragana}\p{Script=Katakana}]/u],
  ['Chinese', /\p{Script=Han}/u],
  ['Korean', /\p{Script=Hangul}/u],
  ['Arabic', /\p{Script=Arabic}/u],
  ['Hebrew', /\p{Script=Hebrew}/u],
  ['Hindi', /\p{Script=Devanagari}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Russian', /\p{Script=Cyrillic}/u],
  ['Thai', /\p{Script=Thai}/u],
];
const ASKED =
  /\b(?:speak|talk|answer|reply|say (?:it|that|this)|translate)\b[^.?!]*\b(?:in|into|to)?\s*(spanish|french|german|italian|portuguese|japanese|chinese|korean|arabic|hebrew|hindi|greek|russian|thai|dutch|polish|turkish)\b/i;

/** Undefined for English. */
export function otherLanguage(text: string): Reply | undefined {
  const language = languageOf(text);
  if (language === undefined) return undefined;
  return reply(
    `I am sorry, I only know English. I am the local stand-in for Gemini: with a Google API key, the real one speaks ${language}.`,
    'English',
  );
}

function languageOf(text: string): string | undefined {
  const script = SCRIPTS.find(([, pattern]) => pattern.test(text))?.[0];
  if (script !== undefined) return script;
  const asked = ASKED.exec(text)?.[1];
  if (asked !== undefined) return `${asked.charAt(0).toUpperCase()}${asked.slice(1).toLowerCase()}`;
  const count = text.split(/\s+/).length;
  const english = text.match(ENGLISH)?.length ?? 0;
  let best: { readonly name: string; readonly hits: number } | undefined;
  for (const [name, pattern] of Object.entries(WORDS)) {
    const hits = text.match(pattern)?.length ?? 0;
    if (hits > (best?.hits ?? 0)) best = { name, hits };
  }
  if (best && best.hits > english && (best.hits >= 2 || (count <= 3 && english === 0))) return best.name;
  // Names have such letters in English, too, but not in a sentence without a word of it.
  return english === 0 && count >= 3 && /[^\p{ASCII}\p{P}\p{S}\s]/u.test(text) ? 'it' : undefined;
}
