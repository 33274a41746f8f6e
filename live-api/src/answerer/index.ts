// The built-in answerer: rules instead of a model, with a memory for each conversation.
import type {
  Answer,
  Answerer,
  AnswererOptions,
  BuiltInTools,
  FunctionDeclaration,
  JsonObject,
} from '../answerer-port.js';
import { byCode, byPage, bySearch } from './built-in-tools.js';
import { chooseFunction } from './choose-function.js';
import { factualAnswer } from './facts.js';
import { fillArguments, valueFromAnswer } from './fill-arguments.js';
import { answerLength, type Instructions, readInstructions, withoutLength } from './instructions.js';
import { otherLanguage } from './languages.js';
import { Memory } from './memory.js';
import type { Parameter } from './parameters.js';
import { inLength, type Reply, reply } from './reply.js';
import { declineAnswer, notUnderstood, smallTalk, type TalkContext, unrecognised } from './small-talk.js';
import { phraseResult } from './tool-result.js';
import { spokenName } from './words.js';

export interface RuleAnswererOptions extends AnswererOptions {
  /** The clock for the time of day; the machine's when left out. */
  readonly now?: () => Date;
}

/** The same inputs in the same order always give the same answers, but for the time of day. */
export function createAnswerer(options: RuleAnswererOptions): Answerer {
  return new RuleAnswerer(options);
}

/** A call that waits for something the user has not said yet. */
interface OpenCall {
  readonly declaration: FunctionDeclaration;
  readonly args: JsonObject;
  readonly missing: readonly Parameter[];
  /** The last answer to the question was none. */
  readonly askedAgain?: boolean;
}

/** At most this many sentences of one text are answered. */
const MAX_REPLIES = 6;

/** Asks for what is in the picture. */
const SEEING =
  /\b(?:look at|what am i (?:holding|showing|wearing)|in front of me|behind me)\b|\b(?:what|how|which|is|are|read|scan|tell|do|does|can)\b.*\b(?:pictures?|images?|photos?|screens?|cameras?|frame)\b|\bwhat (?:do|can) you see\b|\b(?:can|do) you see\b|\bwhat(?:'s| is| color is| colour is) (?:in|on|this|that|it) ?(?:the|this|my)? ?(?:picture|image|screen|camera|photo)?\b|\bwhat(?:'s| is) (?:this|that)\b|\bdescribe (?:the|this|what)\b|\b(?:qr|bar) ?code\b|\bwhat (?:color|colour)\b/i;

class RuleAnswerer implements Answerer {
  readonly #declarations: readonly FunctionDeclaration[];
  readonly #told: string;
  readonly #instructions: Instructions;
  readonly #builtIn: BuiltInTools;
  readonly #sees: boolean;
  readonly #hears: boolean;
  readonly #memory = new Memory();
  readonly #talk: Omit<TalkContext, 'length'>;
  #openCall: OpenCall | undefined;

  constructor({
    declarations,
    instructions,
    now = () => new Date(),
    builtIn,
    sees,
    hears,
  }: RuleAnswererOptions) {
    this.#declarations = declarations;
    this.#told = instructions;
    this.#instructions = readInstructions(instructions);
    this.#builtIn = builtIn ?? { search: false, codeExecution: false, urlContext: false };
    this.#sees = sees ?? false;
    this.#hears = hears ?? false;
    this.#talk = {
      memory: this.#memory,
      name: this.#instructions.name,
      functions: declarations.map(({ name }) => spokenName(name)),
      now,
    };
  }

  answer(text: string): Answer {
    const plain = text.trim();
    this.#memory.learn(plain);
    const answer = this.#answerTo(plain);
    // Added after the answer, so that "what did I say last?" does not find itself.
    this.#memory.add('user', plain);
    if (answer.kind === 'text') this.#memory.add('model', answer.text);
    return answer;
  }

  answerToolResult(name: string, response: JsonObject): string {
    const text = inLength(phraseResult(name, response), this.#instructions.length);
    this.#memory.add('model', text);
    return text;
  }

  remember(role: 'user' | 'model', text: string): void {
    if (role === 'user') this.#memory.learn(text);
    this.#memory.add(role, text);
  }

  #answerTo(text: string): Answer {
    if (text === '') return this.#say(this.#hears ? notUnderstood() : unrecognised(), text);
    const open = this.#openCall;
    this.#openCall = undefined;
    const request = withoutLength(text);
    const chosen = chooseFunction(request, this.#declarations, this.#told);
    if (chosen) {
      const { args, missing } = fillArguments(request, chosen, this.#talk.now());
      return this.#callOrAsk({ declaration: chosen, args, missing }, text);
    }
    const known = factualAnswer(request, this.#talk.now()) !== undefined;
    if (this.#sees && !known && SEEING.test(request)) return { kind: 'look' };
    const done = byPage(request, this.#builtIn) ?? byCode(request, this.#builtIn);
    if (done) return done;
    const foreign = otherLanguage(request);
    if (foreign) return this.#say(foreign, text);
    const talk = known && this.#builtIn.search ? undefined : this.#smallTalk(text);
    if (open && !talk) return this.#goOn(open, text);
    if (this.#instructions.fixed !== undefined) return { kind: 'text', text: this.#instructions.fixed };
    const found = talk ? undefined : bySearch(request, this.#builtIn, this.#talk.now());
    return found ?? this.#say(talk ?? declineAnswer(text), text);
  }

  /** Uses a text as the answer to the last question about an argument. */
  #goOn(open: OpenCall, text: string): Answer {
    const { declaration, args, missing, askedAgain = false } = open;
    const [asked, ...others] = missing;
    const value = asked && valueFromAnswer(text, asked, this.#talk.now());
    if (!asked || (value === undefined && askedAgain)) return this.#say(declineAnswer(text), text);
    if (value === undefined) return this.#callOrAsk({ ...open, askedAgain: true }, text);
    return this.#callOrAsk({ declaration, args: { ...args, [asked.name]: value }, missing: others }, text);
  }

  #callOrAsk(call: OpenCall, text: string): Answer {
    const [missing] = call.missing;
    if (!missing) return { kind: 'call', name: call.declaration.name, args: call.args };
    this.#openCall = call;
    return this.#say(question(call.declaration, missing), text);
  }

  /** Answers each sentence separately: "Hello. My name is Ana. What time is it?" has three answers. */
  #smallTalk(text: string): Reply | undefined {
    const context = { ...this.#talk, length: this.#lengthFor(text) };
    const replies: Reply[] = [];
    for (const sentence of withoutLength(text).split(/(?<=[.!?])\s+|,? and then /)) {
      const found = smallTalk(sentence, context);
      if (found && replies.length < MAX_REPLIES) replies.push(found);
    }
    const [first] = replies;
    if (!first) return undefined;
    return reply(replies.map(({ text: words }) => words).join(' '), (replies.at(-1) ?? first).word);
  }

  #say(found: Reply, text: string): Answer {
    return { kind: 'text', text: inLength(found, this.#lengthFor(text)) };
  }

  #lengthFor(text: string): 'word' | 'sentence' | 'free' {
    return answerLength(text) ?? this.#instructions.length;
  }
}

function question({ name }: FunctionDeclaration, missing: Parameter): Reply {
  const what = spokenName(missing.name);
  const choices = missing.choices.length > 0 ? `: ${missing.choices.join(', ')}` : '';
  return reply(`To ${spokenName(name)} I need to know the ${what}${choices}. What is it?`, `${what}?`);
}
