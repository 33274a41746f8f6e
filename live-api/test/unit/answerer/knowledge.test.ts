// What the answerer knows: facts, its one language, and what its built-in tools do.
import { describe, expect, it } from 'vitest';
import { PAGE } from '../../../src/answerer/built-in-tools.js';
import { createAnswerer } from '../../../src/answerer/index.js';
import type { BuiltInTools } from '../../../src/answerer-port.js';

const NOW = new Date(2026, 10, 22, 15, 4);
const NONE: BuiltInTools = { search: false, codeExecution: false, urlContext: false };

const answer = (text: string, builtIn: Partial<BuiltInTools> = {}, sees = false) =>
  createAnswerer({
    declarations: [],
    instructions: '',
    now: () => NOW,
    builtIn: { ...NONE, ...builtIn },
    sees,
  }).answer(text);
const say = (text: string, builtIn?: Partial<BuiltInTools>) => {
  const found = answer(text, builtIn);
  return found.kind === 'text' ? found.text : found;
};

describe('facts', () => {
  it.each([
    ['What is the capital of France?', 'The capital of France is Paris.'],
    ["What's the capital city of the United States?", 'The capital of the United States is Washington.'],
    ['Tell me the capital of new zealand, please.', 'The capital of New Zealand is Wellington.'],
    ['what is the capital of the uk', 'The capital of the United Kingdom is London.'],
    ["Do you know New Zealand's capital?", 'The capital of New Zealand is Wellington.'],
    ['What is South Korea’s capital city?', 'The capital of South Korea is Seoul.'],
    ['What is the capital of South Korea?', 'The capital of South Korea is Seoul.'],
    ['What color is the sky?', 'The sky is blue.'],
    ['What colour are strawberries?', 'Strawberries are red.'],
    ['How many miles are ten kilometers?', '10 kilometers are 6.214 miles.'],
    ['Convert 20 degrees Celsius to Fahrenheit.', '20 degrees Celsius are 68 degrees Fahrenheit.'],
    ['How many grams are two pounds?', '2 pounds are 907.2 grams.'],
    ['How many minutes are in three hours?', '3 hours are 180 minutes.'],
    ['What day is tomorrow?', 'That is Monday, November 23, 2026.'],
    ['What date is it in ten days?', 'That is Wednesday, December 2, 2026.'],
    ['How many days until Christmas?', 'It is 33 days until then.'],
    ['How long is it until Friday?', 'It is 5 days until then.'],
    ['How many days until July 4th?', 'It is 224 days until then.'],
    ['What day of the week is December 25th?', 'That is Friday, December 25, 2026.'],
    ['What date is next Friday?', 'That is Friday, November 27, 2026.'],
    ['When is Christmas?', 'That is Friday, December 25, 2026.'],
    ['What day was it two weeks ago?', 'That is Sunday, November 8, 2026.'],
    ['What year is it?', 'It is 2026.'],
    ['How many feet are in a mile?', '1 mile is 5280 feet.'],
    ['How many ounces in a pound?', '1 pound is 16 ounces.'],
    ['Is Sydney the capital of Australia?', 'No: the capital of Australia is Canberra.'],
  ])('%s', (question, words) => {
    expect(say(question)).toBe(words);
  });

  it.each(['What is the capital of Atlantis?', 'How many miles are ten kilograms?'])(
    '%s: none',
    (question) => {
      expect(say(question)).toMatch(/have no answer to that/);
    },
  );
});

describe('other languages are declined', () => {
  it.each([
    ['Hola, ¿cómo estás?', 'Spanish'],
    ['Bonjour, comment allez-vous?', 'French'],
    ['Guten Tag, wie geht es dir?', 'German'],
    ['Ciao!', 'Italian'],
    ['你好', 'Chinese'],
    ['こんにちは', 'Japanese'],
    ['Привет', 'Russian'],
    ['Où est la gare ?', 'French'],
    ['Qual è la capitale della Francia?', 'Italian'],
    ['¿Cuál es la capital de España?', 'Spanish'],
    ['Qual é a capital de Portugal?', 'Portuguese'],
    ['Jak się masz?', 'Polish'],
    ['Hvad er klokken?', 'Danish'],
    ['Can you speak Spanish?', 'Spanish'],
    ['Please answer in French.', 'French'],
  ])('%s', (text, language) => {
    expect(say(text)).toMatch(new RegExp(`^I am sorry, I only know English\\. .* speaks ${language}\\.$`));
  });

  it.each(['Hello, how are you?', 'What time is it?', 'Say hello to the der.', 'Come in.', 'No.'])(
    '%s is English',
    (text) => {
      expect(say(text)).not.toMatch(/only know English/);
    },
  );
});

describe('code execution', () => {
  it.each([
    ['What is 12 times 12?', 'print(12 * 12)', '144\n'],
    ['Compute the largest prime palindrome under 100000', /is_prime/, '98689\n'],
    ['What is the sum of the first 50 prime numbers?', /primes/, '5117\n'],
    ['What is the factorial of 20?', /math\.factorial\(20\)/, '2432902008176640000\n'],
    ['What is the square root of 2?', /math\.sqrt/, '1.4142\n'],
    ['What is the 20th Fibonacci number?', /a \+ b/, '6765\n'],
    ['What is the average of 4, 8 and 15?', /sum\(numbers\)/, '9\n'],
    ['Sort these numbers: 5, 3, 9, 1', 'print(sorted([5, 3, 9, 1]))', '[1, 3, 5, 9]\n'],
    ['Use Python to compute 2 to the power of 16', 'print(2 ** 16)', '65536\n'],
  ])('%s', (question, code, output) => {
    const found = answer(question, { codeExecution: true });
    expect(found).toMatchObject({
      kind: 'text',
      text: expect.stringContaining(output.trim().replace(/[[\]]/g, '')),
    });
    const [program, result] = found.kind === 'text' ? (found.before ?? []) : [];
    expect(program).toMatchObject({ executableCode: { language: 'PYTHON' } });
    const written = JSON.stringify(program);
    if (typeof code === 'string') expect(written).toContain(code);
    else expect(written).toMatch(code);
    expect(result).toEqual({ codeExecutionResult: { outcome: 'OUTCOME_OK', output } });
  });

  it('is not used where it was not declared, or does not help', () => {
    expect(answer('What is 12 times 12?')).toEqual({ kind: 'text', text: '12 times 12 makes 144.' });
    expect(answer('Hello', { codeExecution: true })).not.toHaveProperty('before');
  });
});

describe('search', () => {
  it('gives what it found, or that it found nothing, with its source', () => {
    const found = answer('Who won the last world cup?', { search: true });
    expect(found).toMatchObject({
      text: expect.stringMatching(/^I searched for "Who won the last world cup", but offline/),
      after: {
        groundingMetadata: {
          webSearchQueries: ['Who won the last world cup'],
          groundingChunks: [{ web: { uri: PAGE.uri, title: PAGE.title } }],
        },
      },
    });
    expect(answer('What is the capital of Italy?', { search: true })).toMatchObject({
      text: 'The capital of Italy is Rome.',
      after: { groundingMetadata: { webSearchQueries: ['What is the capital of Italy'] } },
    });
  });

  it('leaves alone what needs none', () => {
    expect(answer('How are you?', { search: true })).not.toHaveProperty('after');
  });
});

describe('URL context', () => {
  it('reads its one page, and says of others that it cannot', () => {
    expect(answer(`Sum up ${PAGE.uri}, please.`, { urlContext: true })).toMatchObject({
      text: PAGE.text,
      after: {
        urlContextMetadata: {
          urlMetadata: [{ retrievedUrl: PAGE.uri, urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_SUCCESS' }],
        },
      },
    });
    expect(answer('What is on https://example.com/a?', { urlContext: true })).toMatchObject({
      text: expect.stringMatching(/^I work offline and cannot open that page/),
      after: {
        urlContextMetadata: {
          urlMetadata: [
            { retrievedUrl: 'https://example.com/a', urlRetrievalStatus: 'URL_RETRIEVAL_STATUS_ERROR' },
          ],
        },
      },
    });
  });
});

describe('pictures', () => {
  it.each([
    'What do you see?',
    'Can you see me?',
    "What's in this picture?",
    'Describe the image.',
    'What does the QR code say?',
    'What color is it?',
    'What color is my shirt?',
    'What color is the sky in this picture?',
    'What colors are in the picture?',
    'Look at this.',
    'What am I holding?',
    'How big is this image?',
  ])('are looked at when somebody asks: %s', (text) => {
    expect(answer(text, {}, true)).toEqual({ kind: 'look' });
  });

  it.each(['See you later.', 'I see.', 'What color is the sky?', 'What is the time?'])(
    'and not for %s',
    (text) => {
      expect(answer(text, {}, true)).not.toEqual({ kind: 'look' });
    },
  );
});
