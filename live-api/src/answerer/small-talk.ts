// Answers by rules to greetings and simple questions.
import { sumIn } from './arithmetic.js';
import { factualAnswer } from './facts.js';
import { factsIn, type Memory, notesIn } from './memory.js';
import { inWords, numbersIn } from './numbers.js';
import { type Reply, reply } from './reply.js';
import { JOKE, LONG_STORY, SHORT_STORY } from './stories.js';

export interface TalkContext {
  /** The turns before the text that is answered. */
  readonly memory: Memory;
  /** The name that the answerer uses. */
  readonly name: string | undefined;
  /** How long the answer is to be. */
  readonly length: 'word' | 'sentence' | 'free';
  /** Names of the functions it may call, as they are spoken. */
  readonly functions: readonly string[];
  now(): Date;
}

type Rule = readonly [
  RegExp,
  (match: RegExpExecArray, context: TalkContext, text: string) => Reply | undefined,
];

const WHAT_I_AM = 'the local stand-in for Gemini';

/** Returns the answer of the first rule that matches and has one; undefined when none has. */
export function smallTalk(text: string, context: TalkContext): Reply | undefined {
  for (const [pattern, answer] of RULES) {
    const match = pattern.exec(text);
    const found = match && answer(match, context, text);
    if (found) return found;
  }
  return undefined;
}

/** For a text that no rule knows. */
export function declineAnswer(text: string): Reply {
  const heard = text.trim().replace(/[.!?]+$/, '');
  return reply(
    `I heard "${heard}", but I am only ${WHAT_I_AM}, offline, and have no answer to that.`,
    'Offline',
  );
}

/** For speech that was heard, in which no words could be recognised with confidence. */
export function notUnderstood(): Reply {
  return reply('I heard somebody speak, but I did not understand it. Please say it again.', 'Pardon');
}

/** For speech where there is no recognition. */
export function unrecognised(): Reply {
  return reply(
    `I heard you speak, but not what you said: I am ${WHAT_I_AM}, and there is no speech recogniser here.`,
    'Unclear',
  );
}

const POLITE =
  /^(?:please |now |then |okay,? |ok,? |can you |could you |would you |will you |i want you to |just )*/i;

function introduce({ name }: TalkContext): string {
  return name === undefined ? `I am ${WHAT_I_AM}` : `I am ${name}, ${WHAT_I_AM}`;
}

function greet(context: TalkContext, text: string): Reply {
  const whom = /\b(?:to|greet|welcome) (\p{Lu}[\p{L}'-]+)/u.exec(text)?.[1] ?? context.memory.fact('name');
  const hello = whom === undefined ? 'Hello' : `Hello ${whom}`;
  if (context.length === 'sentence') return reply(`${hello}, ${introduce(context)}.`, 'Hello');
  return reply(`${hello}! ${introduce(context)}. How can I help you?`, 'Hello');
}

function recall(name: string, { memory }: TalkContext): Reply {
  // "My dog is called Rex" answers "What is my dog's name?".
  const value = memory.fact(name) ?? memory.fact(name.replace(/['’]s name$/i, ''));
  if (value === undefined) return reply(`You have not told me your ${name.trim()} yet.`, 'Unknown');
  return reply(`Your ${name.trim()} is ${value}.`, value.split(' ').at(-1) as string);
}

function recallOfSelf(question: string, context: TalkContext): Reply {
  if (/\bold|\bage\b/i.test(question)) return recall('age', context);
  return recall(
    /\b(?:live|living|home)\b/i.test(question) ? 'home' : /\bfrom\b/i.test(question) ? 'origin' : 'interest',
    context,
  );
}

function quote(what: string, words: string | undefined): Reply {
  if (words === undefined) return reply('Nothing was said before.', 'Nothing');
  return reply(`${what}: "${words}"`, words.split(/\s+/)[0] as string);
}

function count(match: RegExpExecArray, text: string): Reply | undefined {
  const [first = 10, second] = numbersIn(text).map(({ value }) => Math.trunc(value));
  const down = /\b(?:down|backwards?)\b/i.test(match.input);
  const from = second === undefined ? (down ? first : 1) : first;
  const to = second === undefined ? (down ? 1 : first) : second;
  const steps = Math.min(Math.abs(to - from), 99);
  const numbers = Array.from({ length: steps + 1 }, (_, step) => inWords(from + Math.sign(to - from) * step));
  // A full stop after every five numbers makes short segments, which are synthesised sooner.
  const groups: string[] = [];
  for (let at = 0; at < numbers.length; at += 5) groups.push(numbers.slice(at, at + 5).join(', '));
  return reply(
    groups.map((group) => `${group.charAt(0).toUpperCase()}${group.slice(1)}.`).join(' '),
    inWords(to),
  );
}

const capital = (words: string) => `${words.charAt(0).toUpperCase()}${words.slice(1)}`;

function clock(now: Date): string {
  return now.toLocaleTimeString('en-US', { hour: 'numeric', minute: '2-digit' }).replace(/\s/g, ' ');
}

function day(now: Date): string {
  return now.toLocaleDateString('en-US', { weekday: 'long', month: 'long', day: 'numeric', year: 'numeric' });
}

const RULES: readonly Rule[] = [
  // Before all others: what is repeated may look like any of them.
  [
    /\brepeat(?: after me| this| exactly)+[:,]? ["“']?(.+?)["”']?[.!?]*$/iu,
    ([, words = '']) => reply(`${capital(words)}.`, words.split(/\s+/)[0] as string),
  ],

  // Asked to greet, by a person or by the profile's greeting.
  [
    new RegExp(
      `${POLITE.source}(?:say (?:hello|hi|hey|good (?:morning|afternoon|evening))\\b(?! world)|greet\\b|welcome (?:the|them|him|her|\\p{Lu})|introduce yourself|(?:start|begin|open) (?:the |this )?(?:conversation|call))`,
      'iu',
    ),
    (_, context, text) => greet(context, text),
  ],

  // What was said before.
  [
    /\bwhat (?:was|is|were) (?:the )?(?:very )?first (?:thing|words?|question|sentence)[^.?!]*\bI\b|\bwhat (?:did|have) I (?:say|ask|tell|said|asked|told)\b[^.?!]*\bfirst\b|\bmy first (?:question|sentence|words?)\b/i,
    (_, { memory }) => quote('The first thing you said was', memory.first('user')),
  ],
  [
    /\bwhat (?:did|have|was|were) I (?:just )?(?:say|ask|tell|said|asked|told|saying)\b|\bmy last (?:question|sentence|words?)\b/i,
    (match, { memory }) =>
      /\bremember\b/i.test(match.input) ? undefined : quote('Before this you said', memory.last('user')),
  ],
  [
    /\bwhat (?:did|have) you (?:just )?(?:say|said)\b|\b(?:say|repeat) (?:that|it)(?: again)?\b|\brepeat yourself\b|\bcome again\b/i,
    (_, { memory }) => {
      const words = memory.last('model');
      return words === undefined ? quote('I said', words) : reply(words, words.split(/\s+/)[0] as string);
    },
  ],
  [
    /\bhow many (?:things|questions|times|sentences)\b[^.?!]*\bI\b/i,
    (_, { memory }) => {
      const said = memory.count('user');
      return reply(`You have said ${said} ${said === 1 ? 'thing' : 'things'} before this.`, inWords(said));
    },
  ],

  // Facts.
  [
    /\bwhere (?:do i live|am i (?:from|living))\b|\bhow old am i\b|\bwhat do i (?:like|do)\b|\bwhat is my (?:age|home|job)\b/i,
    (match, context) => recallOfSelf(match[0], context),
  ],
  [
    /\bi (?:live in|come from|am from)\b|\bi(?: am|'m) [\p{L}\p{N}-]+ years old\b|\bi (?:like|love) \p{L}/iu,
    (match) => {
      const facts = factsIn(match.input);
      if (facts.length === 0 || match.input.includes('?')) return undefined;
      return reply(
        `Got it, ${facts.map(({ name, value }) => `your ${name} is ${value}`).join(', and ')}.`,
        'Noted',
      );
    },
  ],
  [
    /\b(?:what did I ask you to remember|what (?:do you|did I ask you to) (?:know|remember) about me|what do you remember)\b/i,
    (_, { memory }) => {
      const all = memory.everything();
      if (all.length === 0) return reply('You have not asked me to remember anything yet.', 'Nothing');
      return reply(`You told me this: ${all.join(', and ')}.`, all[0]?.split(' ').at(-1) as string);
    },
  ],
  [
    /\b(?:what(?:'s| is| are| was)|who(?:'s| is| are)|do you (?:know|remember)(?: what| who)?|tell me(?: what)?|say) my ([\p{L}' ]{1,40}?)(?: is| are| was)?(?: called)?\s*(?:again|now)?[?.!,]*$/iu,
    ([, name = ''], context) => recall(name, context),
  ],
  [/\bwho am I\b/i, (_, context) => recall('name', context)],
  [
    /\b(?:my|i am called|i'm called|call me)\b/i,
    (match) => {
      const facts = factsIn(match.input);
      const [first] = facts;
      if (!first) return undefined;
      if (first.name === 'name') return reply(`Nice to meet you, ${first.value}.`, first.value);
      const told = facts.map(({ name, value }) => `your ${name} is ${value}`).join(', and ');
      return reply(`Got it, ${told}.`, 'Noted');
    },
  ],
  [
    /\bremember\b/i,
    (match) => {
      const [note] = notesIn(match.input);
      return note === undefined ? undefined : reply(`I will remember: ${note}.`, 'Noted');
    },
  ],

  // Things to say.
  [/\bcount\b(?=.*\b(?:to|from|down|backwards?|up)\b)/i, (match, _, text) => count(match, text)],
  [
    new RegExp(
      `${POLITE.source}(?:say|repeat(?: after me)?)\\b[:,]? (?!something)["“']?(.+?)["”']?(?: please)?[.!?]*$`,
      'iu',
    ),
    ([, words = '']) => reply(`${capital(words)}.`, words.split(/\s+/)[0] as string),
  ],
  [/\bshort story\b/i, () => reply(SHORT_STORY, 'Once')],
  [
    /\bstory\b|\bkeep (?:on )?talking\b|\btalk (?:to me )?for\b|\bread (?:me )?something\b|\bsay something\b/i,
    () => reply(LONG_STORY, 'Once'),
  ],
  [/\S/, (_, { now }, text) => factualAnswer(text, now())],
  [/\bjoke\b/i, () => reply(JOKE, 'Eventually')],
  [
    /\S/,
    (match) => {
      const sum = sumIn(match.input);
      return sum && reply(`${capital(sum.question)} makes ${sum.result}.`, sum.result);
    },
  ],
  [
    /\bwhat(?:'s| is) the time\b|\bwhat time\b|\bthe time\b.*\b(?:now|please)\b|\btell me the time\b/i,
    (_, { now }) => reply(`It is ${clock(now())} here.`, clock(now()).replace(' ', '')),
  ],
  [
    /\b(?:what|which) (year|month) (?:is it|is this|are we in|do we have)\b/i,
    ([, unit = ''], { now }) => {
      const said = now().toLocaleDateString(
        'en-US',
        unit.toLowerCase() === 'year' ? { year: 'numeric' } : { month: 'long' },
      );
      return reply(`It is ${said}.`, said);
    },
  ],
  [
    /\bwhat (?:day|date)\b|\bwhat(?:'s| is) (?:the date|today)\b|\btoday's date\b/i,
    (_, { now }) => reply(`Today is ${day(now())}.`, day(now()).split(',')[0] as string),
  ],

  // About itself.
  [/\b(?:can|do|did) you (?:still )?hear me\b/i, () => reply('Yes, I can hear you.', 'Yes')],
  [
    /\b(?:can|do|did) you see\b|\bwhat (?:do|can) you see\b|\bwhat(?:'s| is) (?:in|on) (?:the|this|my) (?:picture|image|screen|camera)\b/i,
    () => reply(`Pictures reach me, but ${WHAT_I_AM} cannot look at them.`, 'No'),
  ],
  [
    /\b(?:what(?:'s| is) your name|who are you|what are you|who is this|(?:tell (?:me|us)|say) (?:something |a bit |a little |more )?about yourself|are you (?:a |an |the )?(?:real|human|person|robot|bot|machine|gemini|ai|google)\b|who am i (?:talking|speaking) (?:to|with))/i,
    (_, context) =>
      reply(
        `${introduce(context)}. I work offline by simple rules; with a Google API key you talk to the real one.`,
        context.name ?? 'Stand-in',
      ),
  ],
  [
    /\bwhat can you do\b|\bhow can you help\b|^help\b|\bwhat can I (?:say|ask)\b/i,
    (_, { functions }) => {
      const own = 'I can tell the time, add numbers, remember what you tell me, count, and tell a story.';
      if (functions.length === 0) return reply(own, 'Little');
      return reply(`${own} I can also call these functions: ${functions.join(', ')}.`, 'Functions');
    },
  ],
  [
    /\bhow are you\b|\bhow(?:'s| is) it going\b/i,
    () => reply('I am fine, thank you. What can I do for you?', 'Fine'),
  ],

  // Courtesies.
  [/\b(?:stop|be quiet|shut up|never mind|cancel)\b/i, () => reply('Okay.', 'Okay')],
  [/\b(?:thanks|thank you)\b/i, () => reply('You are welcome.', 'Welcome')],
  [/\b(?:bye|goodbye|good-bye|see you|good night)\b/i, () => reply('Goodbye!', 'Goodbye')],
  [
    /^(?:hello|hi|hey|howdy|good (?:morning|afternoon|evening)|greetings)\b/i,
    (_, context, text) => (text.split(/\s+/).length > 6 ? undefined : greet(context, text)),
  ],
  [
    /^(?:yes|yeah|yep|no|nope|okay|ok|sure|right|good|great|fine|alright)[.,! ]*$/i,
    () => reply('All right.', 'Okay'),
  ],
];
