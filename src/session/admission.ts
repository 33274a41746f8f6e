// Decides whether a model accepts an input, and in which form. An input that it does not accept would close the session.
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
  /** What is sent instead of the input; undefined: nothing is sent. */
  readonly input: Input | undefined;
  /** Why an input from the room is not sent; reported to its sender. */
  readonly refusal?: string;
}

export interface Stage {
  /** The input is the initial history of a new session, which is sent before any other input. */
  readonly seeding: boolean;
  /** Manual activity detection: clients send activityStart and activityEnd, and the service detects no speech. */
  readonly manual: boolean;
}

/** Pure and idempotent: the result of an admission is admitted again unchanged. */
export function admit(input: Input, rules: InputRules, { seeding, manual }: Stage): Admission {
  const { model } = rules;
  switch (input.type) {
    case 'audio':
      return { input };
    case 'stream-end':
      // With manual detection activityEnd ends the turn, and audioStreamEnd has no meaning.
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
    // There is no message that adds context without a turn on this model; the sender gets an error event.
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
