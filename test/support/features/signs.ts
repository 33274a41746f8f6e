// Whether something of a row is to be seen in the room, or was.
import type { Person } from '../../../cli/person.js';
import type { AgentState } from '../../../src/protocol/topics.js';
import type { TestCall } from '../call.js';
import { SAID } from '../fixtures.js';
import { amplitudeAt } from '../tone.js';
import { wordErrorRate } from '../words.js';
import type { Json, Sign } from './feature.js';

const RATE = 24_000;
/** So much of the voice tells its pitch. */
const PITCH_MS = 300;

export interface Seen {
  readonly call: TestCall;
  /** Every state that the agent was in since somebody asked for something. */
  readonly states: ReadonlySet<AgentState>;
}

export function holds(sign: Sign, { call, states }: Seen): boolean {
  const { person } = call;
  if ('event' in sign) return person.events().some((event) => fits(event, sign.event));
  if ('never' in sign) return never(sign.never, person);
  if ('agent' in sign) return agentFinals(person).some(({ text }) => text.includes(sign.agent));
  if ('written' in sign) {
    return agentFinals(person).some(
      ({ text, trackSid }) => text.includes(sign.written) && trackSid === undefined,
    );
  }
  if ('person' in sign) return isSaid(sign.person, person);
  if ('interim' in sign) {
    return captionsOf(person, '_user_').some(({ text, final }) => !final && text === sign.interim);
  }
  if ('voice' in sign)
    return sign.voice === true ? person.heard().soundMs() > 0 : isPitch(person, sign.voice.hz);
  if ('voiceMs' in sign) return person.heard().soundMs() >= sign.voiceMs;
  // Where it began is only of interest again at the end.
  if ('state' in sign)
    return sign.state === 'listening' ? person.state() === 'listening' : states.has(sign.state);
  if ('ended' in sign) return call.ended?.reason.startsWith(sign.ended) === true;
  return call.logs.some(
    ({ level, fields }) => level === 'warn' && JSON.stringify(fields).includes(sign.warning),
  );
}

function never(event: Json, person: Person): boolean {
  if ('caption' in event) return person.captions().length === 0;
  return !person.events().some((each) => fits(each, event));
}

function captionsOf(person: Person, side: string) {
  return person.captions().filter(({ segmentId, complete }) => complete && segmentId.includes(side));
}

function agentFinals(person: Person) {
  const agent = person.agent()?.identity;
  return captionsOf(person, '_agent_').filter(
    ({ final, identity }) => final && (!agent || identity === agent),
  );
}

function isSaid(words: string, person: Person): boolean {
  const finals = captionsOf(person, '_user_').filter(
    ({ final, identity }) => final && identity === person.identity,
  );
  if (finals.length === 0) return false;
  const heard = finals.map(({ text }) => text).join(' ');
  return words === SAID.goforward ? wordErrorRate(words, heard) <= 0.34 : heard.includes(words);
}

/** Whether what was heard hums at this pitch, and not at the one of the voice that is chosen by default. */
function isPitch(person: Person, hz: number): boolean {
  const heard = person.heard();
  if (heard.soundMs() < PITCH_MS) return false;
  const samples = heard.samples();
  return amplitudeAt(samples, RATE, hz) > 5 * amplitudeAt(samples, RATE, 200);
}

/** Like toMatchObject; `<ms>` and the like stand for any number or text. */
function fits(actual: unknown, expected: unknown): boolean {
  if (typeof expected === 'string' && /^<.+>$/.test(expected)) {
    return typeof actual === 'number' || (typeof actual === 'string' && actual !== '');
  }
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((each, index) => fits(actual[index], each))
    );
  }
  if (typeof expected !== 'object' || expected === null) return Object.is(actual, expected);
  if (typeof actual !== 'object' || actual === null) return false;
  return Object.entries(expected).every(([key, value]) => fits((actual as Json)[key], value));
}
