import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnswerer } from '../../../src/answerer/index.js';
import type { AnswererOptions, FunctionDeclaration } from '../../../src/answerer-port.js';

const NOW = new Date(2026, 10, 22, 15, 4);

function open(options: Partial<AnswererOptions> = {}) {
  const answerer = createAnswerer({ declarations: [], instructions: '', now: () => NOW, ...options });
  return {
    answerer,
    ask: (text: string) => answerer.answer(text),
    say: (text: string) => {
      const answer = answerer.answer(text);
      return answer.kind === 'text' ? answer.text : answer;
    },
  };
}

const WEATHER: FunctionDeclaration = {
  name: 'get_weather',
  description: 'Get the weather',
  parameters: { type: 'OBJECT', properties: { city: { type: 'STRING' } }, required: ['city'] },
};
const LIGHTS: FunctionDeclaration = {
  name: 'turn_lights',
  parameters: {
    type: 'OBJECT',
    properties: { room: { type: 'STRING', enum: ['kitchen', 'bedroom'] }, on: { type: 'BOOLEAN' } },
    required: ['room', 'on'],
  },
};

describe('small talk', () => {
  it.each([
    ['Hello.', /^Hello! I am the local stand-in for Gemini/],
    ['Good morning!', /^Hello!/],
    ['Can you hear me?', /^Yes, I can hear you\.$/],
    ['Who are you?', /local stand-in for Gemini.*offline/],
    ['Are you a real person?', /local stand-in/],
    ['What can you do?', /remember/],
    ['What time is it?', /^It is 3:04 PM here\.$/],
    ['What day is it today?', /^Today is Sunday, November 22, 2026\.$/],
    ['Thank you very much.', /^You are welcome\.$/],
    ['Okay, goodbye.', /^Goodbye!$/],
    ['Stop.', /^Okay\.$/],
    ['Yes.', /^All right\.$/],
    ['Tell me a joke.', /packet/],
    ['What do you see?', /cannot look/],
    ['How are you?', /fine/],
  ])('answers %j', (text, expected) => {
    expect(open().say(text)).toMatch(expected);
  });

  it.each([
    ['Add seventeen and twenty-five.', '17 plus 25 makes 42.'],
    ['At seventeen and twenty five.', '17 plus 25 makes 42.'],
    ['What is 12 times 12?', '12 times 12 makes 144.'],
    ['What is one hundred and five minus sixty?', '105 minus 60 makes 45.'],
    ['Subtract 5 from 20', '20 minus 5 makes 15.'],
    ['Ten divided by four', '10 divided by 4 makes 2.5.'],
    ['What is 3 + 4 + 5?', '3 plus 4 plus 5 makes 12.'],
    ['What is 2 plus 3 times 4?', '2 plus 3 times 4 makes 14.'],
    ['What is seven plus eight minus three?', '7 plus 8 minus 3 makes 12.'],
    ['What is (2+3)*4?', '(2 plus 3) times 4 makes 20.'],
    ['What is 15 percent of 80?', '15 percent of 80 makes 12.'],
    ['What is two to the power of ten?', '2 to the power of 10 makes 1024.'],
    ['What is the square root of 81?', 'The square root of 81 makes 9.'],
    ["What's five squared?", '5 to the power of 2 makes 25.'],
    ['What is half of 50?', '0.5 times 50 makes 25.'],
    ['Add 5, 6 and 7', '5 plus 6 plus 7 makes 18.'],
    ['What is the product of 3 and 14?', '3 times 14 makes 42.'],
    ['Divide one by zero', '1 divided by 0 makes not a number.'],
  ])('calculates %j', (text, expected) => {
    expect(open().say(text)).toBe(expected);
  });

  it.each([
    ['Say the quick brown fox.', 'The quick brown fox.'],
    ['Please say: hello world', 'Hello world.'],
    ['Could you repeat after me: one two three?', 'One two three.'],
    ['Count to five.', 'One, two, three, four, five.'],
    ['Count to ten', 'One, two, three, four, five. Six, seven, eight, nine, ten.'],
    ['Count from seven to nine', 'Seven, eight, nine.'],
    ['Please count down from four.', 'Four, three, two, one.'],
  ])('does as asked: %j', (text, expected) => {
    expect(open().say(text)).toBe(expected);
  });

  it('tells a story long enough to be interrupted', () => {
    expect((open().say('Tell me a long story') as string).length).toBeGreaterThan(350);
    expect((open().say('Tell me a short story') as string).length).toBeLessThan(150);
  });

  it.each([
    ['Say hello in one sentence.', 'Hello, I am the local stand-in for Gemini.'],
    ['Greet the user in one sentence', 'Hello, I am the local stand-in for Gemini.'],
    ['Please greet Anna by name', 'Hello Anna! I am the local stand-in for Gemini. How can I help you?'],
    [
      'Greet the caller and ask how you can help.',
      'Hello! I am the local stand-in for Gemini. How can I help you?',
    ],
    ['Introduce yourself briefly.', 'Hello, I am the local stand-in for Gemini.'],
  ])('greets when it is instructed to: %j', (text, expected) => {
    expect(open().say(text)).toBe(expected);
  });

  it('answers every sentence of a longer speech', () => {
    expect(open().say('Hello. My name is Tom. What is my name? What is 2.5 plus 2?')).toBe(
      'Hello Tom! I am the local stand-in for Gemini. How can I help you? Nice to meet you, Tom. Your name is Tom. 2.5 plus 2 makes 4.5.',
    );
  });

  it('says what it heard, and what it is, when it has no answer', () => {
    const answer = open().say('Ask not what your country can do for you.');
    expect(answer).toContain('"Ask not what your country can do for you"');
    expect(answer).toContain('local stand-in for Gemini');
    expect(answer).toContain('offline');
  });

  it('says that it has no recogniser when there are no words', () => {
    expect(open().say('')).toMatch(/^I heard you speak.*no speech recogniser/);
    expect(open().say('   ')).toMatch(/no speech recogniser/);
  });
});

describe('memory', () => {
  it('remembers facts that users state about themselves', () => {
    const { say } = open();
    expect(say('My name is Maria.')).toBe('Nice to meet you, Maria.');
    expect(say('My favorite color is blue, and my dog is called Rex')).toBe(
      'Got it, your favorite color is blue, and your dog is Rex.',
    );
    expect(say('What is my name?')).toBe('Your name is Maria.');
    expect(say("What's my favourite colour?")).toBe('Your favourite colour is blue.');
    expect(say('Do you remember what my dog is called?')).toBe('Your dog is Rex.');
    expect(say('Who am I?')).toBe('Your name is Maria.');
    expect(say('Hello again')).toMatch(/^Hello Maria!/);
  });

  it('takes the newest of two facts', () => {
    const { say } = open();
    say('My name is Tom.');
    say('Call me Jerry.');
    expect(say('What is my name?')).toBe('Your name is Jerry.');
  });

  it('admits that it does not know a fact', () => {
    expect(open().say('What is my favorite color?')).toBe('You have not told me your favorite color yet.');
  });

  it('keeps notes', () => {
    const { say } = open();
    expect(say('Please remember that the code is four seven one.')).toBe(
      'I will remember: the code is four seven one.',
    );
    expect(say('What did I ask you to remember?')).toBe('You told me this: the code is four seven one.');
  });

  it('knows what was said before', () => {
    const { say } = open();
    expect(say('What did I say first?')).toBe('Nothing was said before.');
    say('Go forward ten meters.');
    expect(say('What was the first thing I said?')).toBe(
      'The first thing you said was: "What did I say first?"',
    );
    expect(say('What did I just say?')).toBe('Before this you said: "What was the first thing I said?"');
    say('Can you hear me?');
    expect(say('What did you say?')).toBe('Yes, I can hear you.');
    expect(say('How many things have I said?')).toBe('You have said 6 things before this.');
  });

  it('takes up a conversation that went before', () => {
    const { answerer, say } = open();
    answerer.remember('user', 'Hi, my name is Ana.');
    answerer.remember('model', 'Nice to meet you.');
    answerer.remember('user', 'My favorite number is seven.');
    expect(say('What is my name?')).toBe('Your name is Ana.');
    expect(say('What was the first thing I said?')).toBe(
      'The first thing you said was: "Hi, my name is Ana."',
    );
  });

  it('stays bounded, and keeps the beginning', () => {
    const { answerer, say } = open();
    for (let at = 0; at < 5000; at++) answerer.remember('user', `sentence ${at}`);
    expect(say('What did I say first?')).toContain('"sentence 0"');
    expect(say('What did I say before?')).toContain('"What did I say first?"');
  });
});

describe('instructions', () => {
  it('takes its name from them', () => {
    const { say } = open({ instructions: 'You are a helpful guide. Your name is Ada Lovelace.' });
    expect(say('What is your name?')).toMatch(/^I am Ada Lovelace, the local stand-in for Gemini\./);
    expect(say('Say hello in one sentence.')).toBe(
      'Hello, I am Ada Lovelace, the local stand-in for Gemini.',
    );
    expect(open({ instructions: 'You are Nova, a guide.' }).say('Who are you?')).toMatch(/^I am Nova,/);
    expect(open({ instructions: 'You are helpful, and kind.' }).say('Who are you?')).toMatch(
      /^I am the local/,
    );
  });

  it('answers in one word', () => {
    const { say } = open({ instructions: 'Always answer in one word.', declarations: [WEATHER] });
    for (const question of [
      'Hello',
      'Who are you?',
      'What is two plus two?',
      'Why is the sky blue?',
      'weather',
      '',
    ]) {
      expect(say(question)).toMatch(/^\S+$/);
    }
    expect(say('What is two plus two?')).toBe('4.');
    expect(open().say('What is 3 plus 4, in one word?')).toBe('7.');
  });

  it('answers in one sentence', () => {
    const { say } = open({ instructions: 'Keep your answers short.' });
    expect(say('Who are you?')).toBe('I am the local stand-in for Gemini.');
    expect(say('Tell me. About Rome.')).toMatch(/^I heard "Tell me\. About Rome", but .*\.$/);
  });

  it('always says the same when it is instructed to', () => {
    const { say } = open({ instructions: 'Always answer with "banana", whatever is said.' });
    expect(say('Hello')).toBe('banana');
  });
});

describe('functions', () => {
  const declarations = [WEATHER, LIGHTS];

  it('calls a function with its arguments', () => {
    expect(open({ declarations }).ask('What is the weather in Paris?')).toEqual({
      kind: 'call',
      name: 'get_weather',
      args: { city: 'Paris' },
    });
  });

  it('asks for what is missing, and calls with the answer', () => {
    const { ask, say } = open({ declarations });
    expect(say('What is the weather like?')).toBe('To get weather I need to know the city. What is it?');
    expect(ask('In Paris.')).toEqual({ kind: 'call', name: 'get_weather', args: { city: 'Paris' } });
    expect(say('Turn the lights on.')).toBe(
      'To turn lights I need to know the room: kitchen, bedroom. What is it?',
    );
    expect(ask('the bedroom')).toEqual({
      kind: 'call',
      name: 'turn_lights',
      args: { room: 'bedroom', on: true },
    });
  });

  it('lets go of the question when something else is said', () => {
    const { say } = open({ declarations });
    say('What is the weather like?');
    expect(say('Can you hear me?')).toBe('Yes, I can hear you.');
    expect(say('Bananas.')).toMatch(/^I heard "Bananas"/);
  });

  it('does not call what is not declared', () => {
    expect(open().ask('What is the weather in Paris?').kind).toBe('text');
  });

  it.each([
    [{ temperature: 21, conditions: 'sunny' }, 'Here is what I got: temperature 21, conditions sunny.'],
    [{ output: 'It is sunny.' }, 'It is sunny.'],
    [{ result: 42 }, 'Here is what I got: 42.'],
    [{ output: { items: [{ name: 'tea' }, { name: 'milk' }] } }, 'Here is what I got: name tea, name milk.'],
    [{ ok: true }, 'Done: get weather.'],
    [{}, 'Done: get weather.'],
    [{ error: 'no such city' }, 'Get weather did not work: no such city.'],
    [{ output: { error: { message: 'too slow' } } }, 'Get weather did not work: message too slow.'],
  ])('puts the result %j into words', (response, expected) => {
    expect(open({ declarations }).answerer.answerToolResult('get_weather', response)).toBe(expected);
  });

  it('reads out no more than somebody wants to hear', () => {
    const numbers = Array.from({ length: 1000 }, (_, index) => index);
    const told = open().answerer.answerToolResult('list', { numbers });
    expect(told.length).toBeLessThan(450);
    expect(told).toMatch(/and 992 more\.$/);
    expect(open().answerer.answerToolResult('read', { output: 'word '.repeat(500) }).length).toBeLessThan(
      450,
    );
  });

  it('can say again what a function found', () => {
    const { answerer, say } = open({ declarations });
    answerer.answerToolResult('get_weather', { output: 'It is sunny.' });
    expect(say('What did you say?')).toBe('It is sunny.');
  });
});

describe('any text at all', () => {
  const segment = fc.constantFrom(
    ...[
      'what',
      'is',
      'my',
      'name',
      'say',
      'count',
      'to',
      'ten',
      'the',
      'weather',
      'in',
      'Rome',
      '?',
      '.',
      ',',
      '{}',
    ],
    ...[
      'remember',
      'that',
      'turn',
      'lights',
      'on',
      'minus',
      '7',
      '"',
      '(',
      '\n',
      '$&',
      'first',
      'I',
      'did',
      '\u{1f600}',
    ],
  );
  const text = fc.oneof(
    fc.array(segment, { maxLength: 12 }).map((words) => words.join(' ')),
    fc.string(),
  );

  it('gets an answer, and twice the same', () => {
    fc.assert(
      fc.property(fc.array(text, { maxLength: 6 }), (texts) => {
        const talk = () => {
          const { ask } = open({ declarations: [WEATHER, LIGHTS] });
          return texts.map(ask);
        };
        const answers = talk();
        for (const answer of answers) if (answer.kind === 'text') expect(answer.text).not.toBe('');
        expect(talk()).toEqual(answers);
      }),
      { numRuns: 300 },
    );
  });

  it('is answered in time, however long', () => {
    const { say } = open({ declarations: [WEATHER, LIGHTS] });
    const long = 'and my point about the weather is that what I said to you, is what my my my '.repeat(400);
    const before = process.cpuUsage();
    say(long);
    say(`${'what did I '.repeat(4000)}`);
    say('a'.repeat(60_000));
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(1000);
  });
});

describe('what is repeated', () => {
  it.each(['my name is Bob', 'what is two plus two', 'hello'])('is not answered: %s', (words) => {
    expect(open().say(`Repeat after me: ${words}.`)).toBe(
      `${words.charAt(0).toUpperCase()}${words.slice(1)}.`,
    );
  });
});

describe('what people say of themselves', () => {
  it.each([
    ['My favourite colour is teal and my dog is called Rex.', "What is my dog's name?", /Rex\.$/],
    ['My favourite colour is teal and my dog is called Rex.', 'What is my favorite color?', /is teal\.$/],
    ['I live in Porto.', 'Where do I live?', /Porto/],
    ['I am 34 years old.', 'How old am I?', /34/],
  ])('%s', (said, asked, answer) => {
    const answerer = open();
    answerer.say(said);
    expect(answerer.say(asked)).toMatch(answer);
  });
});

it('a question about an argument is put once more when the answer is none', () => {
  const answerer = createAnswerer({
    instructions: '',
    now: () => NOW,
    declarations: [
      {
        name: 'book_table',
        parametersJsonSchema: {
          type: 'object',
          properties: { date: { type: 'string', format: 'date' } },
          required: ['date'],
        },
      },
    ],
  });
  const ask = { kind: 'text', text: expect.stringMatching(/need to know the date/) };
  expect(answerer.answer('Book a table, please.')).toEqual(ask);
  expect(answerer.answer('Well, let me see.')).toEqual(ask);
  expect(answerer.answer('On Friday.')).toMatchObject({
    kind: 'call',
    args: { date: expect.stringMatching(/^\d{4}-/) },
  });
});
