// Strings whose schema or description asks for a form: JSON, dates, times, addresses, codes, colours.
import { dateIn, dateTimeIn, isoDate, timesIn } from './dates.js';
import { numbersIn } from './numbers.js';
import type { Parameter } from './parameters.js';
import { isCommon, wordsOf } from './words.js';

/** The words of a code's long forms, and the code. */
const CODES: readonly { readonly asked: RegExp; readonly codes: Readonly<Record<string, string>> }[] = [
  {
    asked: /\bISO[- ]?4217\b|\bcurrency code\b|\b(?:USD|EUR|GBP)\b/i,
    codes: { dollar: 'USD', euro: 'EUR', pound: 'GBP', yen: 'JPY', franc: 'CHF', rupee: 'INR', yuan: 'CNY' },
  },
  {
    asked: /\bISO[- ]?639|\blanguage code\b|\bBCP[- ]?47\b/i,
    codes: {
      english: 'en',
      spanish: 'es',
      french: 'fr',
      german: 'de',
      italian: 'it',
      portuguese: 'pt',
      japanese: 'ja',
      chinese: 'zh',
      korean: 'ko',
      russian: 'ru',
      arabic: 'ar',
      hindi: 'hi',
      dutch: 'nl',
      polish: 'pl',
      turkish: 'tr',
    },
  },
  {
    asked: /\bhex(?:adecimal)?\b/i,
    codes: {
      red: '#ff0000',
      green: '#00ff00',
      blue: '#0000ff',
      yellow: '#ffff00',
      orange: '#ffa500',
      purple: '#800080',
      pink: '#ffc0cb',
      white: '#ffffff',
      black: '#000000',
      gray: '#808080',
      grey: '#808080',
      brown: '#a52a2a',
    },
  },
];

/** In other words, too: "a stringified object", "a Vega-Lite specification". */
const JSON_ASKED =
  /\bJSON\b|\b(?:serialized|stringified|encoded) (?:object|array|list|map|dict(?:ionary)?)\b|\bvega\b/i;

const escaped = (text: string) => text.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);
/** Small documents of what was said; of names with their numbers where there are some. */
const MARKUPS: readonly { readonly asked: RegExp; write(text: string, entries: readonly Entry[]): string }[] =
  [
    {
      asked: /\bya?ml\b/i,
      write: (text, entries) =>
        entries.length > 0
          ? entries.map(({ label, value }) => `${JSON.stringify(label)}: ${value}`).join('\n')
          : `text: ${JSON.stringify(text)}`,
    },
    {
      asked: /\bCSV\b/i,
      write: (text, entries) =>
        entries.length > 0
          ? ['label,value', ...entries.map(({ label, value }) => `${label},${value}`)].join('\n')
          : `text\n"${text.replaceAll('"', '""')}"`,
    },
    { asked: /\bXML\b/i, write: (text) => `<text>${escaped(text)}</text>` },
    { asked: /\bHTML\b/i, write: (text) => `<p>${escaped(text)}</p>` },
  ];

const ISO_DATE = /^(\d+)-(\d+)-(\d+)$/;
/** What an ISO date is replaced with, by the form's letters or by an example: "(e.g., '2024-07-29')". */
const DATE_FORMS: readonly { readonly asked: RegExp; readonly form: string }[] = [
  { asked: /YYYY-MM-DD|\b\d{4}-\d{2}-\d{2}\b/i, form: '$1-$2-$3' },
  { asked: /\bDD\/MM\/YYYY|\b(?:1[3-9]|2\d|3[01])\/\d{1,2}\/\d{4}\b/i, form: '$3/$2/$1' },
  { asked: /\bMM\/DD\/YYYY|\b\d{1,2}\/\d{1,2}\/\d{4}\b/i, form: '$2/$3/$1' },
  { asked: /\bDD\.MM\.YYYY|\b\d{1,2}\.\d{1,2}\.\d{4}\b/i, form: '$3.$2.$1' },
];

/** 15:00 as 3:00 PM. */
function inHalves(time: string): string {
  const [hour = 0, minute = '00'] = [Number(time.slice(0, 2)), time.slice(3)];
  return `${hour % 12 || 12}:${minute} ${hour < 12 ? 'AM' : 'PM'}`;
}

/** `undefined`: no form is asked for. Else a value of the form, where the text has one. */
export function formattedValue(
  { name, description, format }: Parameter,
  text: string,
  now: Date,
): { readonly value: string | undefined } | undefined {
  const about = `${name} ${description}`;
  const form = `${format} ${about.replace(/_/g, ' ')}`;
  if (JSON_ASKED.test(form)) return { value: jsonValue(about, text) };
  const markup = MARKUPS.find(({ asked }) => asked.test(form));
  if (markup) return { value: markup.write(text, pairsIn(text)) };
  if (
    format === 'date-time' ||
    /\bRFC[- ]?3339\b|(?:YYYY-MM-DD|\d{4}-\d{2}-\d{2})T|\bISO[- ]?8601 (?:date[- ]?time|timestamp)/i.test(
      about,
    )
  )
    return { value: dateTimeIn(text, now, isEnd(name)) };
  const dateForm = DATE_FORMS.find(({ asked }) => asked.test(about));
  if (format === 'date' || dateForm || /\bISO[- ]?8601\b/i.test(about)) {
    const date = isoDate(dateIn(text, now, isEnd(name)));
    return { value: dateForm ? date?.replace(ISO_DATE, dateForm.form) : date };
  }
  if (format === 'time' || /\bHH?:MM\b|\b\d{1,2}:\d{2}\b/i.test(about)) {
    const times = timesIn(text);
    const time = isEnd(name) ? times[1] : times[0];
    const halves = /\b(?:HH?|\d{1,2}):(?:MM|\d{2})\s?(?:[AP]\.?M\b|a\b)/i.test(about);
    return { value: time !== undefined && halves ? inHalves(time) : time };
  }
  if (format === 'email' || /\be-?mail\b/i.test(name)) {
    const value = emailIn(text);
    return format === 'email' || value !== undefined ? { value } : undefined;
  }
  if (format === 'uri' || format === 'url' || /^(?:url|uri|link)$/i.test(name)) {
    const value = /https?:\/\/[^\s"'<>]+[^\s"'<>.,;:!?)]/.exec(text)?.[0];
    return value === undefined ? undefined : { value };
  }
  const kind = CODES.find(({ asked }) => asked.test(about));
  const value = kind && codeIn(kind.codes, name, text);
  return value === undefined ? undefined : { value };
}

/** Of two codes in a text ("20 pounds in yen", "dollars to euros") a target is the one that does not come with the amount. */
function codeIn(codes: Readonly<Record<string, string>>, name: string, text: string): string | undefined {
  const words = wordsOf(text);
  const found = words.flatMap((word, at) => {
    const plain = word.replace(/s$/, '');
    const code = Object.entries(codes).find(
      ([long, short]) =>
        long.replace(/s$/, '') === plain || (short.length === 3 && short.toLowerCase() === word),
    )?.[1];
    return code === undefined
      ? []
      : [
          {
            code,
            counted:
              numbersIn(words[at - 1] ?? '').length > 0 ||
              /^(?:hundred|thousand|million)$/.test(words[at - 1] ?? ''),
          },
        ];
  });
  const source = found.find(({ counted }) => counted) ?? found[0];
  const isTarget = wordsOf(name).some((word) => /^(?:to|target|destination|into)$/.test(word));
  if (found.length === 1) return isTarget && source?.counted ? undefined : source?.code;
  if (!isTarget) return source?.code;
  return found.find((each) => each.code !== source?.code)?.code;
}

/** Whether a parameter is the later of two moments: "from 2 pm to 3 pm". */
const isEnd = (name: string) =>
  /(?:^|_)(?:end|until|till|to|return|checkout|check_out)(?:_|$|[A-Z])|^end[A-Z]/.test(name);

/** Written, or spoken: "ana at example dot com". */
function emailIn(text: string): string | undefined {
  const written = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/.exec(text)?.[0];
  if (written) return written;
  const spoken = /\b([\w.+-]+) at ([\w-]+(?:(?: dot |\.)[\w-]+)+)\b/i.exec(text);
  return spoken ? `${spoken[1]}@${spoken[2]?.replace(/ dot /gi, '.')}`.toLowerCase() : undefined;
}

function jsonValue(about: string, text: string): string {
  const written = /[{[][\s\S]*[}\]]/.exec(text)?.[0];
  if (written !== undefined) {
    try {
      return JSON.stringify(JSON.parse(written));
    } catch {
      // words with brackets in them
    }
  }
  if (/\b(?:graphs?|charts?|plots?|vega|altair|diagrams?)\b/i.test(about.replace(/_/g, ' ')))
    return JSON.stringify(chart(text));
  const entries = pairsIn(text);
  if (/\b(?:array|list)\b/i.test(about))
    return JSON.stringify(
      entries.length > 0 ? entries.map(({ label, value }) => ({ name: label, value })) : listed(text),
    );
  return JSON.stringify(
    entries.length > 0 ? Object.fromEntries(entries.map(({ label, value }) => [label, value])) : { text },
  );
}

const ORDER =
  /^(?:please )?(?:add|store|put|save|buy|get|order|write|send|make|create|set|remove|delete|note|remember)\s+(?:(?:the|an?|my|some)\s+)?/i;

/** The things of "store the items milk and bread", "add milk, eggs and bread". */
function listed(text: string): string[] {
  const plain = text.trim().replace(/[.!?]+$/, '');
  const named = plain.replace(
    /^.*?\b(?:items?|things?|entries|names|list|following)\b:?\s*(?:of\s+|with\s+)?/i,
    '',
  );
  const rest = named === '' ? plain : named.replace(ORDER, '');
  return rest.split(/\s*,\s*(?:and\s+)?|\s+and\s+/).filter(Boolean);
}

interface Entry {
  readonly label: string;
  readonly value: number;
}

/** Shown where no numbers were said, and named so. */
const EXAMPLE: readonly Entry[] = [
  { label: 'A', value: 28 },
  { label: 'B', value: 55 },
  { label: 'C', value: 43 },
];

/** A Vega-Lite specification: what Altair writes, and what chart tools draw. */
function chart(text: string): object {
  const found = pairsIn(text);
  const entries = found.length > 0 ? found : EXAMPLE;
  const pie = /\b(?:pie|donut)\b/i.test(text);
  const mark = pie
    ? 'arc'
    : /\bline\b/i.test(text)
      ? 'line'
      : /\b(?:scatter|points?|dots?)\b/i.test(text)
        ? 'point'
        : 'bar';
  const category = { field: 'label', type: 'nominal', sort: null };
  const value = { field: 'value', type: 'quantitative' };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v5.json',
    title: found.length > 0 ? titleOf(text) : 'Example data: no numbers were said',
    data: { values: entries },
    mark,
    encoding: pie ? { theta: value, color: category } : { x: category, y: value },
  };
}

function titleOf(text: string): string {
  const about =
    /\b(?:graph|chart|plot|diagram)\s+(?:of|for|with|showing)\s+(.+?)(?::|\bwith\b|\bwhere\b|[,.]|\d)/i.exec(
      text,
    )?.[1];
  const title = about?.trim().replace(/ (?:at|is|are|in)$/, '') || 'Chart';
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}`;
}

const NO_LABEL =
  /^(?:bar|pie|line|donut|graph|chart|plot|diagram|scatter|draw|make|show|render|create|percent|degrees?|values?|hundred|thousand|million|billion)$/;

/** Names with their numbers: "apples 3, pears 5", "3 apples and 5 pears". */
function pairsIn(text: string): Entry[] {
  const entries: Entry[] = [];
  for (const chunk of text.split(/\s*[,;:]\s*|\s+and\s+/i)) {
    const [first, second] = numbersIn(chunk);
    if (!first) continue;
    // "2021 100": a year and its value.
    if (second && first.value >= 1900 && first.value <= 2100) {
      entries.push({ label: String(first.value), value: second.value });
      continue;
    }
    const words = chunk
      .replace(/[^\p{L}\p{N}' -]+/gu, ' ')
      .split(/\s+/)
      .filter((word) => word !== '' && numbersIn(word).length === 0);
    const labels = words.filter(
      (word) => !isCommon(word.toLowerCase()) && !NO_LABEL.test(word.toLowerCase()),
    );
    // "New York 8 million": names of several words belong together.
    const named = labels.findLastIndex((word) => !/^\p{Lu}/u.test(word)) + 1;
    const label = named < labels.length ? labels.slice(named).join(' ') : labels.at(-1);
    if (label !== undefined) entries.push({ label, value: first.value });
  }
  return entries;
}
