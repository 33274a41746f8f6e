// What an error may say in a room: no addresses, host names, projects or accounts. These are for the operator, in the log.

/** Top-level names by which a host is recognised where nothing else marks it as one; fields of a profile have dots, too. */
const TOP_LEVEL =
  'com|net|org|edu|gov|io|dev|app|ai|cloud|run|goog|local|localdomain|internal|intranet|intra|lan|corp|home|arpa|svc|cluster|test|example|invalid|localhost|eu|de|uk|us|fr|ch|at|nl|in|jp|cn|br|ca|au';

const RULES: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s"'`<>]+/gi, '(address)'],
  // Node's own errors: `getaddrinfo ENOTFOUND host`, `connect ECONNREFUSED 10.0.0.7:443 - Local (10.0.0.2:0)`.
  [
    /\b(?:getaddrinfo|query[A-Z]\w*|connect|read|write|bind|listen) (E[A-Z_]+)(?: [^\s,;]+)?(?: - Local \([^)]*\))?/g,
    '$1',
  ],
  [/(does not match certificate's altnames).*/gs, '$1'],
  [/\bprojects\/[^\s/"'`,;)\]]+/gi, 'projects/…'],
  [/\b(project(?:[_ ]?(?:number|id))?[ :=]+)(?:(["'`])[^"'`]*\2|#?\d{5,})/gi, '$1…'],
  [/\b(project[_ ]?(?:number|id)[ :=]+)[\w.:-]+/gi, '$1…'],
  [/[\w.+-]+@[\w.-]*gserviceaccount\.com/gi, '(account)'],
  [/\[[0-9a-f.:]*:[0-9a-f.:]*(?:%\w+)?\](?::\d+)?/gi, '(address)'],
  [
    /(?<![\w:.])(?=[0-9a-f:.]*::|(?:[0-9a-f]{1,4}:){6})[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,8}(?:\.\d{1,3}){0,3}(?![\w:])/gi,
    '(address)',
  ],
  [/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\w.]*\d)/g, '(address)'],
  [/(?<![@\w.-])[a-z0-9-]+(?:\.[a-z0-9-]+)+:\d{2,5}\b/gi, '(address)'],
  [/(?<![@\w.-])localhost(?::\d+)?\b/gi, '(address)'],
  [new RegExp(`(?<![@\\w.-])(?:[a-z0-9-]+\\.)+(?:${TOP_LEVEL})\\.?(?![\\w-])`, 'gi'), '(address)'],
];

export function publicWords(text: string): string {
  return RULES.reduce((words, [pattern, instead]) => words.replace(pattern, instead), text);
}
