// Simple facts: capitals, units, dates near today, and the colours of well-known things.
import { dateIn } from './dates.js';
import { numbersIn } from './numbers.js';
import { type Reply, reply } from './reply.js';

const CAPITALS: Readonly<Record<string, string>> = Object.fromEntries(
  (
    'Argentina:Buenos Aires, Australia:Canberra, Austria:Vienna, Belgium:Brussels, Brazil:Brasilia, ' +
    'Bulgaria:Sofia, Canada:Ottawa, Chile:Santiago, China:Beijing, Colombia:Bogota, Croatia:Zagreb, ' +
    'Cuba:Havana, Czechia:Prague, Denmark:Copenhagen, Egypt:Cairo, England:London, Estonia:Tallinn, ' +
    'Ethiopia:Addis Ababa, Finland:Helsinki, France:Paris, Germany:Berlin, Ghana:Accra, Greece:Athens, ' +
    'Hungary:Budapest, Iceland:Reykjavik, India:New Delhi, Indonesia:Jakarta, Iran:Tehran, Iraq:Baghdad, ' +
    'Ireland:Dublin, Israel:Jerusalem, Italy:Rome, Japan:Tokyo, Kenya:Nairobi, Latvia:Riga, Lebanon:Beirut, ' +
    'Lithuania:Vilnius, Luxembourg:Luxembourg, Malaysia:Kuala Lumpur, Mexico:Mexico City, Morocco:Rabat, ' +
    'Netherlands:Amsterdam, New Zealand:Wellington, Nigeria:Abuja, Norway:Oslo, Pakistan:Islamabad, ' +
    'Peru:Lima, Philippines:Manila, Poland:Warsaw, Portugal:Lisbon, Romania:Bucharest, Russia:Moscow, ' +
    'Saudi Arabia:Riyadh, Scotland:Edinburgh, Serbia:Belgrade, Singapore:Singapore, Slovakia:Bratislava, ' +
    'Slovenia:Ljubljana, South Korea:Seoul, Spain:Madrid, Sweden:Stockholm, Switzerland:Bern, ' +
    'Thailand:Bangkok, Turkey:Ankara, Ukraine:Kyiv, United Kingdom:London, United States:Washington, ' +
    'Uruguay:Montevideo, Venezuela:Caracas, Vietnam:Hanoi, Wales:Cardiff'
  )
    .split(', ')
    .map((pair) => pair.split(':') as [string, string]),
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
  { names: /^(?:millimet(?:er|re)s?|mm)$/, plural: 'millimeters', kind: 'length', size: 0.001 },
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
  { names: /^(?:millilit(?:er|re)s?|ml)$/, plural: 'milliliters', kind: 'volume', size: 0.001 },
  { names: /^cups?$/, plural: 'cups', kind: 'volume', size: 0.236_588 },
  { names: /^gallons?$/, plural: 'gallons', kind: 'volume', size: 3.785_412 },
  { names: /^celsius$/, plural: 'degrees Celsius', kind: 'temperature', size: 1 },
  { names: /^fahrenheit$/, plural: 'degrees Fahrenheit', kind: 'temperature', size: 1 },
  { names: /^seconds?$/, plural: 'seconds', kind: 'time', size: 1 },
  { names: /^minutes?$/, plural: 'minutes', kind: 'time', size: 60 },
  { names: /^hours?$/, plural: 'hours', kind: 'time', size: 3600 },
  { names: /^days?$/, plural: 'days', kind: 'time', size: 86_400 },
  { names: /^weeks?$/, plural: 'weeks', kind: 'time', size: 604_800 },
];

const DAY_MS = 86_400_000;

/** The answer to a question for a fact; undefined when it asks for none that is known. */
export function factualAnswer(text: string, now: Date): Reply | undefined {
  return capital(text) ?? conversion(text) ?? dateNear(text, now) ?? colour(text);
}

const COLOURS: Readonly<Record<string, string>> = {
  sky: 'blue',
  sea: 'blue',
  ocean: 'blue',
  grass: 'green',
  leaf: 'green',
  sun: 'yellow',
  banana: 'yellow',
  lemon: 'yellow',
  snow: 'white',
  milk: 'white',
  coal: 'black',
  blood: 'red',
  tomato: 'red',
  strawberry: 'red',
  orange: 'orange',
  carrot: 'orange',
  chocolate: 'brown',
};

/** "What color is the sky?", "what colour are bananas?"; not of what is shown: "the sky in this picture", "my shirt". */
function colour(text: string): Reply | undefined {
  const asked =
    /^\W*what colou?r (is|are) (?:the |an? )?(\p{L}+)(?:,? (?:again|please|usually))*[?.!,]*\s*$/iu.exec(
      text,
    );
  const named = asked?.[2]?.toLowerCase() ?? '';
  const thing = [
    named,
    named.replace(/ies$/, 'y'),
    named.replace(/ves$/, 'f'),
    named.replace(/(?:s|es)$/, ''),
  ].find((name) => Object.hasOwn(COLOURS, name));
  const found = thing === undefined ? undefined : COLOURS[thing];
  if (!asked || found === undefined) return undefined;
  const plural = asked[1]?.toLowerCase() === 'are';
  const article = plural || /^(?:grass|snow|milk|coal|blood|chocolate)$/.test(thing ?? '') ? '' : 'the ';
  const subject = `${article}${named}`;
  return reply(
    `${subject.charAt(0).toUpperCase()}${subject.slice(1)} ${plural ? 'are' : 'is'} ${found}.`,
    found,
  );
}

/** The capital of a country that is named; "is Sydney the capital of Australia?" gets a yes or no before it. */
function capital(text: string): Reply | undefined {
  const asked = /\bcapital(?: city)? of ((?:the )?[\p{L} ]+?)(?:,? (?:again|please))*[?.!,]*$/iu.exec(
    text,
  )?.[1];
  const country = asked === undefined ? possessor(text) : countryNamed(asked);
  const city = country && CAPITALS[country];
  if (!city) return undefined;
  const named = /^(?:United|Netherlands|Philippines)/.test(country) ? `the ${country}` : country;
  const guess = /^\s*is ([\p{L} ]+?) the capital\b/iu.exec(text)?.[1];
  const judged =
    guess === undefined ? '' : guess.toLowerCase() === city.toLowerCase() ? 'Yes: the' : 'No: the';
  return reply(
    `${judged || 'The'} capital of ${named} is ${city}.`,
    judged === '' ? city : (judged.split(':')[0] as string),
  );
}

function countryNamed(text: string): string | undefined {
  const plain = text.trim().toLowerCase();
  const bare = plain.replace(/^the /, '');
  return OTHER_NAMES[plain] ?? Object.keys(CAPITALS).find((name) => name.toLowerCase() === bare);
}

/** The country of "do you know New Zealand's capital?". */
function possessor(text: string): string | undefined {
  const words = /([\p{L} ]{1,40})['’]s capital\b/iu.exec(text)?.[1]?.trim().split(' ') ?? [];
  return [4, 3, 2, 1].map((count) => countryNamed(words.slice(-count).join(' '))).find(Boolean);
}

/** "How many miles are ten kilometers?", "convert 20 degrees Celsius to Fahrenheit". */
function conversion(text: string): Reply | undefined {
  if (!/\b(?:how (?:many|much|far|long|hot|cold|heavy)|convert|in|to|into|what is|what's)\b/i.test(text))
    return undefined;
  const words = text.toLowerCase().match(/[a-z]+/g) ?? [];
  const named = words.flatMap((word) => UNITS.find(({ names }) => names.test(word)) ?? []);
  // "How many feet are in a mile?": an article counts before a unit.
  const counted = text
    .replace(/\bdegrees?\b/gi, '')
    .replace(/\b(?:an?|one) ([a-z]+)\b/gi, (all, unit: string) =>
      isUnit(unit.toLowerCase()) ? `1 ${unit}` : all,
    );
  const [number] = numbersIn(counted);
  const from = number && UNITS.find(({ names }) => names.test(number.unit));
  const to = from && named.find((unit) => unit !== from && unit.kind === from.kind);
  if (!number || !from || !to) return undefined;
  const value =
    from.kind === 'temperature' ? degrees(number.value, to) : (number.value * from.size) / to.size;
  const result = String(Number(value.toPrecision(4)));
  return reply(
    `${amount(String(number.value), from)} ${number.value === 1 ? 'is' : 'are'} ${amount(result, to)}.`,
    result,
  );
}

const isUnit = (word: string) => UNITS.some(({ names }) => names.test(word));
const amount = (value: string, { plural }: Unit) =>
  value === '1'
    ? `1 ${plural
        .replace(/feet/, 'foot')
        .replace(/inches/, 'inch')
        .replace(/^degrees/, 'degree')
        .replace(/s$/, '')}`
    : `${value} ${plural}`;

const degrees = (value: number, to: Unit) =>
  to.plural.endsWith('Celsius') ? ((value - 32) * 5) / 9 : (value * 9) / 5 + 32;

/** "What day is tomorrow?", "what date is it in ten days?", "when is Christmas?", "how many days until July 4th?". */
function dateNear(text: string, now: Date): Reply | undefined {
  const until = /\bhow (?:many days|long)\b.*\b(?:until|till|to|before)\b(.*)/i.exec(text)?.[1];
  if (until !== undefined) return daysUntil(until, now);
  if (/\bhow many days\b.*\bleap year\b/i.test(text)) return reply('A leap year has 366 days.', '366');
  if (/\bhow many days\b.*\byear\b/i.test(text))
    return reply('A year has 365 days, and a leap year 366.', '365');
  if (!/\b(?:what|which)\b.*\b(?:day|date)\b|^\s*when is\b/i.test(text)) return undefined;
  const [number] = numbersIn(text);
  const ago = /\bago\b/i.test(text) && number && /^(?:day|week)s?$/.test(number.unit);
  const weeks = number?.unit.startsWith('week') ? 7 : 1;
  const date = ago
    ? new Date(now.getFullYear(), now.getMonth(), now.getDate() - number.value * weeks)
    : /\btoday\b/i.test(text)
      ? undefined
      : dateIn(text, now);
  if (!date) return undefined;
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
  const date = dateIn(what, now);
  if (!date || date < today) return undefined;
  const days = Math.round((date.getTime() - today.getTime()) / DAY_MS);
  return reply(`It is ${days} ${days === 1 ? 'day' : 'days'} until then.`, String(days));
}
