// What of an input a model takes, and in which form: the one place that keeps a session from being closed over its input.
import type { Capabilities } from '../capabilities/schema.js';
import type { Content } from './port.js';
import type { Input } from './wire.js';

export type InputRules = Pick<
  Capabilities,
  | 'model'
  | 'audioStreamEnd'
  | 'clientContent'
  | 'textInput'
  | 'initialHistory'
  | 'contextUpdate'
  | 'video'
  | 'tools'
>;

export interface Admission {
  /** What is sent in the input's place; undefined: nothing. */
  readonly input: Input | undefined;
  /** Why a person's input is not sent, for those who sent it. */
  readonly refusal?: string;
}

export interface Stage {
  /** History goes in before anything else of a new session. */
  readonly seeding: boolean;
  /** People open and close their turns: the service does not detect speech. */
  readonly manual: boolean;
}

/** Pure. What was admitted once is admitted again as it is. */
export function admit(input: Input, rules: InputRules, { seeding, manual }: Stage): Admission {
  const { model } = rules;
  switch (input.type) {
    case 'audio':
      return { input };
    case 'stream-end':
      // Where the service does not detect speech there is no end for it to find.
      return only(rules.audioStreamEnd && !manual, input);
    case 'activity-start':
    case 'activity-end':
      return only(manual, input);
    case 'image':
      return only(rules.video, input);
    case 'reconfigure':
      return only(rules.contextUpdate, input);
    case 'text':
      if (rules.textInput !== 'none') return { input };
      return { input: undefined, refusal: `${model} takes no text: it is not sent` };
    case 'context':
      return context(input, rules, seeding);
    case 'tool-results':
      return toolResults(input, rules);
  }
}

function only(isTaken: boolean, input: Input): Admission {
  return { input: isTaken ? input : undefined };
}

function context(input: Extract<Input, { type: 'context' }>, rules: InputRules, seeding: boolean): Admission {
  if (seeding) return only(rules.initialHistory !== 'none', input);
  if (rules.clientContent === 'any') return { input };
  const { model } = rules;
  if (rules.textInput !== 'realtime-text' || !input.turnComplete) {
    // Words that nobody waits for are left out; of others those who sent them hear.
    return { input: undefined, refusal: `${model} takes no context in mid-session: it is not sent` };
  }
  return { input: { type: 'text', text: wordsOf(input.turns) } };
}

function toolResults(input: Extract<Input, { type: 'tool-results' }>, { tools }: InputRules): Admission {
  if (!tools.functions) return { input: undefined };
  if (tools.scheduling !== 'none' || input.results.every(({ scheduling }) => scheduling === undefined)) {
    return { input };
  }
  const results = input.results.map(({ scheduling: _, ...result }) => result);
  return { input: { ...input, results } };
}

function wordsOf(turns: readonly Content[]): string {
  return turns
    .flatMap(({ parts }) => parts)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .filter((text) => text !== '')
    .join('\n');
}
