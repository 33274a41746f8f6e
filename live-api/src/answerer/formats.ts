// Strings whose schema or description asks for a form: JSON, dates, times, addresses, codes, colours.
import { numbersIn } from './numbers.js';
import type { Parameter } from './parameters.js';
import { isCommon, wordsOf } from './words.js';

const DAY_MS = 86_400_000;
const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
);
const MONTH_DAY = /\b(?<month>[a-z]+)\s+(?<day>\d{1,2})(?:st|nd|rd|th)?\b/g;
const DAY_MONTH = /\b(?<day>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?<month>[a-z]+)\b/g;
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

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

/** `undefined`: no form is asked for. Else a value of the form, where the text has one. */
export function formattedValue(
  { name, description, format }: Parameter,
  text: string,
  now: Date,
): { readonly value: string | undefined } | undefined {
  const about = `${name} ${description}`;
  if (/\bJSON\b/i.test(`${format} ${about.replace(/_/g, ' ')}`)) return { value: jsonValue(about, text) };
  if (
    format === 'date-time' ||
    /\bRFC[- ]?3339\b|YYYY-MM-DDT|\bISO[- ]?8601 (?:date[- ]?time|timestamp)/i.test(about)
  )
    return { value: dateTime(text, now) };
  if (format === 'date' || /YYYY-MM-DD|\bISO[- ]?8601\b/i.test(about))
    return { value: isoDate(dateIn(text, now)) };
  if (format === 'time' || /\bHH:MM\b/i.test(about)) return { value: timeIn(text) };
  if (format === 'email' || /\be-?mail\b/i.test(name)) {
    const value = emailIn(text);
    return format === 'email' || value !== undefined ? { value } : undefined;
  }
  if (format === 'uri' || format === 'url' || /^(?:url|uri|link)$/i.test(name)) {
    const value = /https?:\/\/[^\s"'<>]+[^\s"'<>.,;:!?)]/.exec(text)?.[0];
    return value === undefined ? undefined : { value };
  }
  const lower = wordsOf(text).map((word) => word.replace(/s$/, ''));
  const kind = CODES.find(({ asked }) => asked.test(about));
  const word = kind && Object.keys(kind.codes).find((long) => lower.includes(long.replace(/s$/, '')));
  return kind && word !== undefined ? { value: kind.codes[word] } : undefined;
}

/** The day that a text names, as a local date; undefined when it names none. */
export function dateIn(text: string, now: Date): Date | undefined {
  const lower = text.toLowerCase();
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const after = (days: number) => new Date(today.getFullYear(), today.getMonth(), today.getDate() + days);
  const written = /\b(\d{4})-(\d{2})-(\d{2})\b/.exec(lower);
  if (written) return new Date(Number(written[1]), Number(written[2]) - 1, Number(written[3]));
  if (lower.includes('day after tomorrow')) return after(2);
  if (/\btomorrow\b/.test(lower)) return after(1);
  if (/\byesterday\b/.test(lower)) return after(-1);
  if (/\b(?:today|tonight)\b/.test(lower)) return today;
  const counted = numbersIn(lower).find(({ unit }) => /^(?:day|week)s?$/.test(unit));
  if (counted && /\bin\b|\bfrom now\b/.test(lower))
    return after(counted.value * (counted.unit.startsWith('week') ? 7 : 1));
  for (const { month: name, day } of [...lower.matchAll(MONTH_DAY), ...lower.matchAll(DAY_MONTH)].map(
    ({ groups = {} }) => ({ month: groups.month ?? '', day: Number(groups.day) }),
  )) {
    const month = MONTHS.findIndex((whole) => monthIs(whole, name));
    if (month < 0 || day < 1 || day > 31) continue;
    const said = /\b(?:19|20)\d\d\b/.exec(lower)?.[0];
    const year = Number(said ?? today.getFullYear());
    const date = new Date(year, month, day);
    return said === undefined && date < today ? new Date(year + 1, month, day) : date;
  }
  const weekday = WEEKDAYS.findIndex((name) => new RegExp(`\\b${name}\\b`).test(lower));
  return weekday < 0 ? undefined : after((weekday - today.getDay() + 7) % 7 || 7);
}

const monthIs = (name: string, word: string) =>
  name === word || (word.length >= 3 && word !== 'may' && name.startsWith(word) && word.length <= 4);

function isoDate(date: Date | undefined): string | undefined {
  if (!date) return undefined;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** As HH:MM. */
function timeIn(text: string): string | undefined {
  const lower = text.toLowerCase().replace(/\b([ap])\.\s?m\b\.?/g, '$1m');
  if (/\bnoon\b|\bmidday\b/.test(lower)) return '12:00';
  if (/\bmidnight\b/.test(lower)) return '00:00';
  const clock = (hour: number, minute: number) =>
    `${String(hour % 24).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
  const digits = /\b(\d{1,2})(?::(\d{2}))?\s*(am|pm)\b|\b(\d{1,2}):(\d{2})\b/.exec(lower);
  if (digits) {
    const hour = Number(digits[1] ?? digits[4]);
    return clock(afternoon(hour, digits[3], lower), Number(digits[2] ?? digits[5] ?? 0));
  }
  const spoken = /\b(?:(half past|quarter past|quarter to)\s+)?([a-z]+)(?: (o'clock|am|pm))?\b/g;
  for (const [, part, word = '', suffix] of lower.matchAll(spoken)) {
    const [number] = numbersIn(word);
    if (!number || (part === undefined && suffix === undefined)) continue;
    const hour = afternoon(number.value, suffix, lower);
    if (part === 'half past') return clock(hour, 30);
    if (part === 'quarter past') return clock(hour, 15);
    return part === 'quarter to' ? clock(hour + 23, 45) : clock(hour, 0);
  }
  return undefined;
}

function afternoon(hour: number, suffix: string | undefined, text: string): number {
  const pm =
    suffix === 'pm' ||
    (suffix !== 'am' && /\b(?:in the (?:afternoon|evening)|tonight|at night)\b/.test(text));
  if (pm) return hour < 12 ? hour + 12 : hour;
  return suffix === 'am' && hour === 12 ? 0 : hour;
}

function dateTime(text: string, now: Date): string | undefined {
  const time = timeIn(text);
  const date = dateIn(text, now) ?? (time === undefined ? undefined : now);
  if (!date) return undefined;
  const [hour = 0, minute = 0] = (time ?? '00:00').split(':').map(Number);
  const moment = new Date(date.getFullYear(), date.getMonth(), date.getDate(), hour, minute);
  return new Date(moment.getTime() - (moment.getTime() % (DAY_MS / 1440))).toISOString().replace('.000', '');
}

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
      entries.length > 0
        ? entries.map(({ label, value }) => ({ name: label, value }))
        : text.split(/\s*,\s*|\s+and\s+/).filter(Boolean),
    );
  return JSON.stringify(
    entries.length > 0 ? Object.fromEntries(entries.map(({ label, value }) => [label, value])) : { text },
  );
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
  const title = about?.trim() || 'Chart';
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}`;
}

const NO_LABEL =
  /^(?:bar|pie|line|donut|graph|chart|plot|diagram|scatter|draw|make|show|render|create|percent|degrees?|values?)$/;

/** Names with their numbers: "apples 3, pears 5", "3 apples and 5 pears". */
function pairsIn(text: string): Entry[] {
  const entries: Entry[] = [];
  for (const chunk of text.split(/\s*[,;:]\s*|\s+and\s+/i)) {
    const [number] = numbersIn(chunk);
    if (!number) continue;
    const words = chunk
      .replace(/[^\p{L}\p{N}' -]+/gu, ' ')
      .split(/\s+/)
      .filter((word) => word !== '' && numbersIn(word).length === 0);
    const labels = words.filter(
      (word) => !isCommon(word.toLowerCase()) && !NO_LABEL.test(word.toLowerCase()),
    );
    const label = labels.at(-1);
    if (label !== undefined) entries.push({ label, value: number.value });
  }
  return entries;
}
