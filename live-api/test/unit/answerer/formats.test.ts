// Arguments of a form: what is said becomes JSON, a date, a chart.
import { describe, expect, it } from 'vitest';
import { fillArguments } from '../../../src/answerer/fill-arguments.js';

const NOW = new Date(2026, 10, 22, 15, 4); // a Sunday

function fill(text: string, properties: Record<string, object>, required = Object.keys(properties)) {
  const declaration = { name: 'f', parametersJsonSchema: { type: 'object', properties, required } };
  return fillArguments(text, declaration, NOW);
}
const value = (text: string, schema: object, name = 'value') => fill(text, { [name]: schema }).args[name];

describe('dates and times', () => {
  it.each([
    ['Book it for tomorrow', '2026-11-23'],
    ['What about the day after tomorrow?', '2026-11-24'],
    ['on Friday please', '2026-11-27'],
    ['in two weeks', '2026-12-06'],
    ['on March 3rd', '2027-03-03'],
    ['on the 24th of December', '2026-12-24'],
    ['on July 4 2028', '2028-07-04'],
    ['on 2027-01-31', '2027-01-31'],
    ['on the third of March', '2027-03-03'],
    ['May twenty-first', '2027-05-21'],
    ['on 5/6/2027', '2027-05-06'],
    ['on 31.1.2027', '2027-01-31'],
    ['this weekend', '2026-11-28'],
    ['on Christmas Eve', '2026-12-24'],
  ])('%s', (text, date) => {
    expect(value(text, { type: 'string', format: 'date' })).toBe(date);
    expect(value(text, { type: 'string', description: 'The day, as YYYY-MM-DD' })).toBe(date);
  });

  it.each([
    ['wake me at 7 am', '07:00'],
    ['at 3:30 pm', '15:30'],
    ['at half past nine', '09:30'],
    ['at quarter to five in the afternoon', '16:45'],
    ["at eight o'clock tonight", '20:00'],
    ['at noon', '12:00'],
    ['at 17:45', '17:45'],
  ])('%s', (text, time) => {
    expect(value(text, { type: 'string', description: 'Time in HH:MM' })).toBe(time);
  });

  it.each([
    ["Date of the meeting (e.g., '2024-07-29')", '2027-03-05'],
    ['Date as MM/DD/YYYY', '03/05/2027'],
    ['Date, for example 03/25/2024', '03/05/2027'],
    ['Date, for example 25/03/2024', '05/03/2027'],
    ['DD.MM.YYYY', '05.03.2027'],
    ["Time (e.g., '15:00')", '10:00'],
    ['Time, such as 3:00 PM', '10:00 AM'],
    ["The moment (e.g., '2024-07-29T15:00:00Z')", new Date(2027, 2, 5, 10).toISOString().replace('.000', '')],
  ])('%s: the form of the example', (description, expected) => {
    const said = 'Schedule it with Bob on March 5th at 10 am about planning';
    expect(value(said, { type: 'string', description })).toBe(expected);
  });

  it('a moment is a day and a time', () => {
    const moment = value('tomorrow at 3 pm', { type: 'string', format: 'date-time' }) as string;
    expect(new Date(moment)).toEqual(new Date(2026, 10, 23, 15, 0));
  });

  it('the later of two moments goes to the parameter that ends', () => {
    const moment = { type: 'string', format: 'date-time' };
    const { args } = fill('from 2 pm to 3 pm on Friday', { start: moment, end: moment });
    expect([args.start, args.end].map((at) => new Date(at as string))).toEqual([
      new Date(2026, 10, 27, 14, 0),
      new Date(2026, 10, 27, 15, 0),
    ]);
    expect(fill('Lunch tomorrow at noon', { start: moment, end: moment }, ['start']).args).not.toHaveProperty(
      'end',
    );
  });

  it('one that was not said is missing', () => {
    expect(fill('book a table', { date: { type: 'string', format: 'date' } }).missing).toHaveLength(1);
  });
});

describe('JSON', () => {
  const graph = {
    type: 'STRING',
    description: 'JSON STRING representation of the graph to render. Must be a string, not a json object',
  };

  it.each([
    [
      'Draw a bar chart of fruit: apples 3, pears 5 and plums 7.',
      'bar',
      ['apples', 'pears', 'plums'],
      [3, 5, 7],
    ],
    ['A pie chart with 30 cats, 50 dogs and 20 birds', 'arc', ['cats', 'dogs', 'birds'], [30, 50, 20]],
    ['line graph: Monday 20 degrees, Tuesday 25 degrees', 'line', ['Monday', 'Tuesday'], [20, 25]],
    [
      'Chart of population: New York 8 million, Los Angeles 4 million',
      'bar',
      ['New York', 'Los Angeles'],
      [8e6, 4e6],
    ],
    ['Plot sales: 2021 100, 2022 150', 'bar', ['2021', '2022'], [100, 150]],
    ['Make a graph of the temperatures', 'bar', ['A', 'B', 'C'], [28, 55, 43]],
  ])('%s', (text, mark, labels, values) => {
    const json = value(text, graph, 'json_graph');
    expect(typeof json).toBe('string');
    const spec = JSON.parse(json as string);
    expect(spec).toMatchObject({ $schema: expect.stringContaining('vega-lite'), mark });
    expect(spec.data.values.map((entry: { label: string }) => entry.label)).toEqual(labels);
    expect(spec.data.values.map((entry: { value: number }) => entry.value)).toEqual(values);
  });

  it.each([
    ['A JSON object with the scores', 'Ana 3, Ben 4', { Ana: 3, Ben: 4 }],
    ['The items, as a JSON array', 'milk, bread and eggs', ['milk', 'bread', 'eggs']],
    ['Anything, in JSON', 'say {"a": 1} please', { a: 1 }],
    ['Anything, in JSON', 'hello there', { text: 'hello there' }],
  ])('%s from %s', (description, text, expected) => {
    expect(JSON.parse(value(text, { type: 'string', description }) as string)).toEqual(expected);
  });
});

describe('codes and addresses', () => {
  it.each([
    ['pay ten dollars', { description: 'ISO 4217 currency code' }, 'USD'],
    ['translate it into French', { description: 'The language code, ISO 639-1' }, 'fr'],
    ['make the light blue', { description: 'Color as a hex string' }, '#0000ff'],
    ['write to ana@example.com now', { format: 'email' }, 'ana@example.com'],
    ['write to Ana at example dot com', { format: 'email' }, 'ana@example.com'],
    ['open https://example.com/a, please', { format: 'uri' }, 'https://example.com/a'],
  ])('%s', (text, schema, expected) => {
    expect(value(text, { type: 'string', ...schema })).toBe(expected);
  });
});

describe('nested values', () => {
  it('has objects of objects, with numbers and choices', () => {
    const schema = {
      type: 'object',
      properties: {
        size: { type: 'string', enum: ['small', 'large'] },
        address: { type: 'object', properties: { city: { type: 'string' }, floor: { type: 'integer' } } },
      },
    };
    expect(value('a large pizza in Rome, floor 3', schema)).toEqual({
      size: 'large',
      address: { city: 'Rome', floor: 3 },
    });
  });

  it('has lists of objects', () => {
    const schema = {
      type: 'array',
      items: {
        type: 'object',
        properties: { count: { type: 'integer' }, size: { type: 'string', enum: ['small', 'large'] } },
      },
    };
    expect(value('2 large ones and 3 small ones', schema)).toEqual([
      { count: 2, size: 'large' },
      { count: 3, size: 'small' },
    ]);
  });

  it('has lists of numbers and of choices', () => {
    expect(value('1, 2 and 3', { type: 'array', items: { type: 'integer' } })).toEqual([1, 2, 3]);
    expect(
      value('red and blue', { type: 'array', items: { type: 'string', enum: ['red', 'green', 'blue'] } }),
    ).toEqual(['red', 'blue']);
  });
});

describe('documents in a string', () => {
  it.each([
    ['A stringified object', '{"text":"Say hi to A & B"}'],
    ['The settings as YAML', 'text: "Say hi to A & B"'],
    ['Rows in CSV', 'text\n"Say hi to A & B"'],
    ['An XML document', '<text>Say hi to A &#38; B</text>'],
  ])('%s', (description, expected) => {
    expect(value('Say hi to A & B', { type: 'string', description })).toBe(expected);
  });

  it.each([
    ['The settings as YAML', '"apples": 3\n"pears": 5'],
    ['Rows in CSV', 'label,value\napples,3\npears,5'],
    ['A serialized map', '{"apples":3,"pears":5}'],
  ])('%s, of names with numbers', (description, expected) => {
    expect(value('Write 3 apples and 5 pears', { type: 'string', description })).toBe(expected);
  });

  it.each([
    ['Store the items milk and bread', '["milk","bread"]'],
    ['Add milk, eggs, and bread.', '["milk","eggs","bread"]'],
  ])('a list as JSON: %s', (text, expected) => {
    expect(value(text, { type: 'string', description: 'A JSON array of names' })).toBe(expected);
  });
});
