// Simple facts: capitals, units, and dates near today.
import { numbersIn } from './numbers.js';
import { type Reply, reply } from './reply.js';

const CAPITALS: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'Argentina:Buenos Aires Australia:Canberra Austria:Vienna Belgium:Brussels Brazil:Brasilia Bulgaria:Sofia ' +
    'Canada:Ottawa Chile:Santiago China:Beijing Colombia:Bogota Croatia:Zagreb Cuba:Havana Czechia:Prague ' +
    'Denmark:Copenhagen Egypt:Cairo England:London Estonia:Tallinn Ethiopia:Addis Ababa Finland:Helsinki ' +
    'France:Paris Germany:Berlin Ghana:Accra Greece:Athens Hungary:Budapest Iceland:Reykjavik India:New Delhi ' +
    'Indonesia:Jakarta Iran:Tehran Iraq:Baghdad Ireland:Dublin Israel:Jerusalem Italy:Rome Japan:Tokyo ' +
    'Kenya:Nairobi Latvia:Riga Lebanon:Beirut Lithuania:Vilnius Luxembourg:Luxembourg Malaysia:Kuala Lumpur ' +
    'Mexico:Mexico City Morocco:Rabat Netherlands:Amsterdam New Zealand:Wellington Nigeria:Abuja Norway:Oslo ' +
    'Pakistan:Islamabad Peru:Lima Philippines:Manila Poland:Warsaw Portugal:Lisbon Romania:Bucharest ' +
    'Russia:Moscow Saudi Arabia:Riyadh Scotland:Edinburgh Serbia:Belgrade Singapore:Singapore ' +
    'Slovakia:Bratislava Slovenia:Ljubljana South Korea:Seoul Spain:Madrid Sweden:Stockholm Switzerland:Bern ' +
    'Thailand:Bangkok Turkey:Ankara Ukraine:Kyiv United Kingdom:London United States:Washington Uruguay:Montevideo ' +
    'Venezuela:Caracas Vietnam:Hanoi Wales:Cardiff'
  )
    .match(/[A-Z][^:]*?:[^:]+?(?= [A-Z][a-z]+(?: [A-Z][a-z]+)?:|$)/g)
    ?.map((pair) => pair.split(':') as [string, string]) ?? [],
);
const OTHER_NAMES: Readonly<Record<string, string>> = {
  america: 'United States',
  'the us': 'United States',
  'the usa': 'United States',
  britain: 'United Kingdom',
  'great britain': 'United Kingdom',
  'the uk': 'United Kingdom',
  holland: 'Netherlands',
  'the czech republic': 'Czechia',
  korea: 'South Korea',
};

interface Unit {
  readonly names: RegExp;
  readonly plural: string;
  readonly kind: 'length' | 'weight' | 'volume' | 'temperature' | 'time';
  /** In the smallest unit of its kind; temperatures are converted by hand. */
  readonly size: number;
}

const UNITS: readonly Unit[] = [
  { names: /^(?:kilomet(?:er|re)s?|km|kms)$/, plural: 'kilometers', kind: 'length', size: 1000 },
  { names: /^(?:met(?:er|re)s?|m)$/, plural: 'meters', kind: 'length', size: 1 },
  { names: /^(?:centimet(?:er|re)s?|cm)$/, plural: 'centimeters', kind: 'length', size: 0.01 },
  { names: /^miles?$/, plural: 'miles', kind: 'length', size: 1609.344 },
  { names: /^(?:feet|foot|ft)$/, plural: 'feet', kind: 'length', size: 0.3048 },
  { names: /^inch(?:es)?$/, plural: 'inches', kind: 'length', size: 0.0254 },
  { names: /^yards?$/, plural: 'yards', kind: 'length', size: 0.9144 },
  { names: /^(?:kilograms?|kilos?|kg)$/, plural: 'kilograms', kind: 'weight', size: 1000 },
  { names: /^(?:grams?|g)$/, plural: 'grams', kind: 'weight', size: 1 },
  { names: /^(?:pounds?|lbs?)$/, plural: 'pounds', kind: 'weight', size: 453.592_37 },
  { names: /^(?:ounces?|oz)$/, plural: 'ounces', kind: 'weight', size: 28.349_523 },
  { names: /^(?:lit(?:er|re)s?|l)$/, plural: 'liters', kind: 'volume', size: 1 },
  { names: /^gallons?$/, plural: 'gallons', kind: 'volume', size: 3.785_412 },
  { names: /^celsius$/, plural: 'degrees Celsius', kind: 'temperature', size: 1 },
  { names: /^fahrenheit$/, plural: 'degrees Fahrenheit', kind: 'temperature', size: 1 },
  { names: /^seconds?$/, plural: 'seconds', kind: 'time', size: 1 },
  { names: /^minutes?$/, plural: 'minutes', kind: 'time', size: 60 },
  { names: /^hours?$/, plural: 'hours', kind: 'time', size: 3600 },
  { names: /^days?$/, plural: 'days', kind: 'time', size: 86_400 },
  { names: /^weeks?$/, plural: 'weeks', kind: 'time', size: 604_800 },
];

const WEEKDAYS = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');
const DAY_MS = 86_400_000;

/** The answer to a question for a fact; undefined when it asks for none that is known. */
export function factualAnswer(text: string, now: Date): Reply | undefined {
  return capital(text) ?? conversion(text) ?? dateNear(text, now);
}

/** The capital of a country that is named. */
function capital(text: string): Reply | undefined {
  const asked = /\bcapital(?: city)? of ((?:the )?[\p{L} ]+?)(?:,? (?:again|please))*[?.!,]*$/iu.exec(
    text,
  )?.[1];
  if (asked === undefined) return undefined;
  const plain = asked.trim().toLowerCase();
  const country =
    OTHER_NAMES[plain] ??
    Object.keys(CAPITALS).find((name) => name.toLowerCase() === plain.replace(/^the /, ''));
  const city = country && CAPITALS[country];
  if (!city) return undefined;
  const named = /^(?:United|Netherlands|Philippines)/.test(country) ? `the ${country}` : country;
  return reply(`The capital of ${named} is ${city}.`, city);
}

/** "How many miles are ten kilometers?", "convert 20 degrees Celsius to Fahrenheit". */
function conversion(text: string): Reply | undefined {
  if (!/\b(?:how (?:many|much|far|long|hot|cold|heavy)|convert|in|to|into|what is|what's)\b/i.test(text))
    return undefined;
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  const named = words.flatMap((word) => UNITS.find(({ names }) => names.test(word)) ?? []);
  const [number] = numbersIn(text.replace(/\bdegrees?\b/gi, ''));
  const from = number && UNITS.find(({ names }) => names.test(number.unit));
  const to = from && named.find((unit) => unit !== from && unit.kind === from.kind);
  if (!number || !from || !to) return undefined;
  const value =
    from.kind === 'temperature' ? degrees(number.value, to) : (number.value * from.size) / to.size;
  const result = String(Number(value.toPrecision(4)));
  return reply(`${number.value} ${from.plural} are ${result} ${to.plural}.`, result);
}

const degrees = (value: number, to: Unit) =>
  to.plural.endsWith('Celsius') ? ((value - 32) * 5) / 9 : (value * 9) / 5 + 32;

/** "What day is tomorrow?", "what date is it in ten days?", "how many days until Christmas?". */
function dateNear(text: string, now: Date): Reply | undefined {
  const until = /\bhow (?:many days|long)\b.*\b(?:until|till|to|before)\b(.*)/i.exec(text)?.[1];
  if (until !== undefined) return daysUntil(until.toLowerCase(), now);
  if (!/\b(?:what|which)\b.*\b(?:day|date)\b/i.test(text)) return undefined;
  const [number] = numbersIn(text);
  const unit = number?.unit.replace(/s$/, '');
  const count =
    unit === 'week' ? (number?.value ?? 0) * 7 : unit === 'day' ? (number?.value ?? 0) : undefined;
  let offset: number | undefined;
  if (/\bday after tomorrow\b/i.test(text)) offset = 2;
  else if (/\btomorrow\b/i.test(text)) offset = 1;
  else if (/\byesterday\b/i.test(text)) offset = -1;
  else if (count !== undefined && /\bago\b/i.test(text)) offset = -count;
  else if (count !== undefined) offset = count;
  if (offset === undefined) return undefined;
  const date = new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset);
  const said = date.toLocaleDateString('en-US', {
    weekday: 'long',
    month: 'long',
    day: 'numeric',
    year: 'numeric',
  });
  return reply(`That is ${said}.`, said.split(',')[0] as string);
}

function daysUntil(what: string, now: Date): Reply | undefined {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate());
  const weekday = WEEKDAYS.findIndex((day) => what.includes(day));
  const feast = what.includes('christmas') ? [11, 25] : /new year/.test(what) ? [0, 1] : undefined;
  let days: number | undefined;
  if (weekday >= 0) days = (weekday - today.getDay() + 7) % 7 || 7;
  else if (feast) {
    const [month = 0, day = 1] = feast;
    const years = [today.getFullYear(), today.getFullYear() + 1];
    const next = years.map((year) => new Date(year, month, day)).find((date) => date > today);
    days = next && Math.round((next.getTime() - today.getTime()) / DAY_MS);
  }
  return days === undefined
    ? undefined
    : reply(`It is ${days} ${days === 1 ? 'day' : 'days'} until then.`, String(days));
}
