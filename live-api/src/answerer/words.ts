// Words of a text and their stems, for matching texts with function declarations.

/** Words that are too common for matching. */
const COMMON = new Set(
  (
    'a an the this that these those is are was were be been am do does did done have has had will would can could ' +
    'should may might must shall i me my mine you your yours he him his she her it its we us our they them their ' +
    'and or but if then so to of in on at for from by with about as into than there here what which who whom whose ' +
    'when where why how please now just like some any all no not yes ok okay want need let lets go going gonna ' +
    'user users given using use used say says said ask asks asked wants'
  ).split(' '),
);

/** Verbs that many function names begin with: alone they choose no function. */
const GENERAL_VERBS = new Set(
  'get set make do run show tell give find look fetch read write create update change add start call check list take put send'.split(
    ' ',
  ),
);

/** Words in lower case; names written in camelCase or snake_case come apart. */
export function wordsOf(text: string): string[] {
  return text
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .replace(/[’`]/g, "'")
    .replace(/'(s|re|ll|ve|d|m)\b/g, ' ')
    .replace(/[^\p{L}\p{N}']+/gu, ' ')
    .split(' ')
    .filter((word) => word !== '');
}

/** A name as it is spoken: `getUserLocation` and `get_user_location` are "get user location". */
export function spokenName(name: string): string {
  return wordsOf(name).join(' ');
}

export function isCommon(word: string): boolean {
  return COMMON.has(word);
}

export function isGeneralVerb(word: string): boolean {
  return GENERAL_VERBS.has(word);
}

/** Cuts endings off, so that "lights" finds "light" and "colours" finds "color". */
export function stem(word: string): string {
  const plain = word.replace(/our(?=s?$|ed$|ing$|ite)/, 'or');
  const cut = plain.replace(/(?:ings?|ies|ied|es|ed|s|e|y)$/, '');
  return cut.length >= 3 ? cut.replace(/([bdfglmnprt])\1$/, '$1') : plain;
}

export function stemsOf(text: string): Set<string> {
  return new Set(wordsOf(text).map(stem));
}

/** Words that people and declarations use for the same thing. */
const SYNONYMS = [
  'graph chart plot diagram',
  'message text sms',
  'email mail',
  'event meeting appointment',
  'flight fly',
  'convert exchange',
  'light lamp',
  'picture image photo',
  'music song',
  'reserve reservation booking',
  'reminder remind',
  'buy purchase',
  'temperature thermostat',
].map((group) => group.split(' ').map(stem));

/** Words that ask for the weather, where none of it is named. */
const WEATHER = new Set(
  'rain raining rainy snow snowing snowy sunny cloudy windy stormy umbrella forecast temperature'
    .split(' ')
    .map(stem),
);

/** The stems of a text and of what means the same. */
export function meaningsOf(text: string): Set<string> {
  const said = stemsOf(text);
  for (const group of SYNONYMS)
    if (group.some((word) => said.has(word))) for (const word of group) said.add(word);
  if ([...said].some((word) => WEATHER.has(word))) said.add(stem('weather'));
  return said;
}
