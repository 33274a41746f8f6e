// Days and times in what was said: "the day after tomorrow", "the third of March", "half past nine".
import { numbersIn } from './numbers.js';

const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
);
const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const ORDINALS = (
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth ' +
  'sixteenth seventeenth eighteenth nineteenth twentieth'
).split(' ');
/** Month and day of what has a name. */
const FEASTS: readonly (readonly [RegExp, number, number])[] = [
  [/\bchristmas eve\b/, 12, 24],
  [/\bchristmas\b/, 12, 25],
  [/\bnew year'?s? eve\b/, 12, 31],
  [/\bnew year'?s?\b/, 1, 1],
  [/\bhalloween\b/, 10, 31],
  [/\bvalentine'?s?\b/, 2, 14],
];
const MONTH_DAY = /\b(?<month>[a-z]+)\s+(?:the )?(?<day>\d{1,2})(?:st|nd|rd|th)?\b(?!:)/g;
const DAY_MONTH = /\b(?<day>\d{1,2})(?:st|nd|rd|th)?(?: of)? (?<month>[a-z]+)\b/g;

/** The day that a text names, as a local date, or the second one; undefined when it names none. */
export function dateIn(text: string, now: Date, second = false): Date | undefined {
  const lower = withOrdinals(text.toLowerCase());
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const after = (days: number) => new Date(today.getFullYear(), today.getMonth(), today.getDate() + days);
  const written = writtenDates(lower);
  const dated = namedDates(lower, today);
  const all = written.length > 0 ? written : dated;
  if (all.length > 0) return second ? (all[1] ?? all[0]) : all[0];
  if (/\bday after tomorrow\b/.test(lower)) return after(2);
  if (/\btomorrow\b/.test(lower)) return after(1);
  if (/\bday before yesterday\b/.test(lower)) return after(-2);
  if (/\byesterday\b/.test(lower)) return after(-1);
  if (/\b(?:today|tonight)\b/.test(lower)) return today;
  const counted = numbersIn(lower).find(({ unit }) => /^(?:day|week)s?$/.test(unit));
  if (counted && /\bin\b|\bfrom now\b/.test(lower))
    return after(counted.value * (counted.unit.startsWith('week') ? 7 : 1));
  if (/\bweekend\b/.test(lower)) return after((6 - today.getDay() + 7) % 7);
  if (/\bnext week\b/.test(lower)) return after(7);
  const weekday = WEEKDAYS.findIndex((name) => new RegExp(`\\b${name}\\b`).test(lower));
  return weekday < 0 ? undefined : after((weekday - today.getDay() + 7) % 7 || 7);
}

/** "the third of March" as "the 3rd of March". */
function withOrdinals(lower: string): string {
  return lower
    .replace(
      /\b(twenty|thirty)[- ](first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)\b/g,
      (_, ten, one) => `${(ten === 'twenty' ? 20 : 30) + ORDINALS.indexOf(one as string) + 1}th`,
    )
    .replace(/\bthirtieth\b/g, '30th')
    .replace(
      new RegExp(`\\b(?:${ORDINALS.join('|')})\\b(?=(?: of)? (?:${MONTHS.join('|')})\\b)`, 'g'),
      ordinal,
    )
    .replace(
      new RegExp(`(?<=\\b(?:${MONTHS.join('|')})(?: the)? )(?:${ORDINALS.join('|')})\\b`, 'g'),
      ordinal,
    );
}

const ordinal = (word: string) => `${ORDINALS.indexOf(word) + 1}th`;

/** 2027-01-31; 1/31/2027, and 31/1/2027 or 31.1.2027 where no month has that number. */
function writtenDates(lower: string): Date[] {
  const iso = [...lower.matchAll(/\b(\d{4})-(\d{2})-(\d{2})\b/g)].map(
    ([, year, month, day]) => new Date(Number(year), Number(month) - 1, Number(day)),
  );
  const parts = [...lower.matchAll(/\b(\d{1,2})([/.])(\d{1,2})\2(\d{4})\b/g)].flatMap(
    ([, a, mark, b, year]) => {
      const [first, second] = [Number(a), Number(b)];
      const dayFirst = mark === '.' || first > 12;
      const [month, day] = dayFirst ? [second, first] : [first, second];
      return month >= 1 && month <= 12 && day >= 1 && day <= 31
        ? [new Date(Number(year), month - 1, day)]
        : [];
    },
  );
  return [...iso, ...parts];
}

/** Months with a day, and feasts: of this year, or of the next where that is over. */
function namedDates(lower: string, today: Date): Date[] {
  const spoken = [...lower.matchAll(MONTH_DAY), ...lower.matchAll(DAY_MONTH)]
    .map(({ groups = {}, index }) => ({
      at: index,
      month: MONTHS.findIndex((name) => monthIs(name, groups.month ?? '')),
      day: Number(groups.day),
    }))
    .filter(({ month, day }) => month >= 0 && day >= 1 && day <= 31)
    .sort((a, b) => a.at - b.at);
  const feast = FEASTS.find(([pattern]) => pattern.test(lower));
  const days = spoken.length === 0 && feast ? [{ month: feast[1] - 1, day: feast[2] }] : spoken;
  const said = /\b(?:19|20)\d\d\b/.exec(lower)?.[0];
  return days.map(({ month, day }) => {
    const date = new Date(Number(said ?? today.getFullYear()), month, day);
    return said === undefined && date < today ? new Date(today.getFullYear() + 1, month, day) : date;
  });
}

const monthIs = (name: string, word: string) =>
  name === word || (word.length >= 3 && word !== 'may' && name.startsWith(word) && word.length <= 4);

export function isoDate(date: Date | undefined): string | undefined {
  if (!date) return undefined;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

const TIME =
  /\b(?<named>noon|midday|midnight)\b|\b(?<hour>\d{1,2})(?::(?<minute>\d{2}))?\s*(?<half>am|pm)\b|\b(?<hour24>\d{1,2}):(?<minute24>\d{2})\b|\b(?:(?<part>half past|quarter past|quarter to)\s+)?(?<word>[a-z]+|\d{1,2})(?: (?<suffix>o'clock|am|pm))?\b/g;

/** All times of day as HH:MM, in their order. */
export function timesIn(text: string): string[] {
  const lower = text.toLowerCase().replace(/\b([ap])\.\s?m\b\.?/g, '$1m');
  const found: string[] = [];
  const add = (hour: number, minute: number) => {
    const two = (value: number) => String(value).padStart(2, '0');
    found.push(`${two(((hour % 24) + 24) % 24)}:${two(minute)}`);
  };
  for (const { groups = {}, index } of lower.matchAll(TIME)) {
    const { named, hour, hour24, part, word = '', suffix } = groups;
    if (named) add(named === 'midnight' ? 0 : 12, 0);
    else if (hour) add(afternoon(Number(hour), groups.half, lower), Number(groups.minute ?? 0));
    else if (hour24) add(afternoon(Number(hour24), undefined, lower), Number(groups.minute24));
    else {
      const [number] = numbersIn(word);
      const rest = lower.slice(index + word.length);
      // "at 9 in the morning"; "at nine" alone may be anything else.
      const ofDay =
        /\bat $/.test(lower.slice(0, index)) &&
        /^ (?:in the (?:morning|afternoon|evening)|tonight|at night)\b/.test(rest);
      if (!number || number.value > 24 || (part === undefined && suffix === undefined && !ofDay)) continue;
      const at = afternoon(number.value, suffix, lower);
      if (part === 'half past') add(at, 30);
      else if (part === 'quarter past') add(at, 15);
      else if (part === 'quarter to') add(at - 1, 45);
      else add(at, 0);
    }
  }
  return found;
}

function afternoon(hour: number, suffix: string | undefined, text: string): number {
  const pm =
    suffix === 'pm' ||
    (suffix !== 'am' && /\b(?:in the (?:afternoon|evening)|tonight|at night)\b/.test(text));
  if (pm) return hour < 12 ? hour + 12 : hour;
  return suffix === 'am' && hour === 12 ? 0 : hour;
}

/** The first moment of a text, or the second one where it has two times. */
export function dateTimeIn(text: string, now: Date, second = false): string | undefined {
  const times = timesIn(text);
  const time = second ? times[1] : times[0];
  if (second && time === undefined) return undefined;
  const date = dateIn(text, now, second) ?? (time === undefined ? undefined : now);
  if (!date) return undefined;
  const [hour = 0, minute = 0] = (time ?? '00:00').split(':').map(Number);
  const moment = new Date(date.getFullYear(), date.getMonth(), date.getDate(), hour, minute);
  return moment.toISOString().replace('.000', '');
}

/** A text without its days and times, whose numbers count nothing. */
export function withoutMoments(text: string): string {
  return text
    .replace(
      /\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}([/.])\d{1,2}\1\d{4}\b|\b\d{1,2}:\d{2}(?:\s*[ap]\.?m\b\.?)?|\b\d{1,2}\s*[ap]\.?m\b\.?/gi,
      ' ',
    )
    .replace(/\b\d{1,2}(?:st|nd|rd|th)\b(?:,? (?:19|20)\d\d\b)?/gi, ' ')
    .replace(
      new RegExp(
        `\\b(?:${MONTHS.join('|')}) \\d{1,2}\\b(?:,? (?:19|20)\\d\\d\\b)?|\\b\\d{1,2} (?:${MONTHS.join('|')})\\b`,
        'gi',
      ),
      ' ',
    )
    .replace(
      /\b(?:half past|quarter past|quarter to) [a-z0-9]+|\b[a-z0-9]+ o'clock\b|\bat \S+ (?=in the (?:morning|afternoon|evening)\b)/gi,
      ' ',
    );
}
