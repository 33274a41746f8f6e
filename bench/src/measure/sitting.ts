// One sitting: a call with each subject at the same time, who idle and talk together and take the rounds by turns.
import type { SubjectName } from '../subjects/messages.js';
import { type Call, inCalls } from './call.js';
import { blockedRound, type Round, round } from './round.js';
import { measureUse, TALK_MS, talk, type Use } from './talk.js';

export interface CallResult {
  readonly subject: SubjectName;
  /** Sessions opened with the Live API, from joining to leaving. */
  readonly connections: number;
  /** Over the first talk of the call, in which code is loaded and compiled. */
  readonly first: Use;
  readonly idle: Use;
  readonly talking: Use;
  readonly rounds: readonly Round[];
  readonly blocked: readonly BlockedRound[];
}

export interface BlockedRound {
  readonly blockMs: number;
  /** Undefined when the answer did not come. */
  readonly silenceMs: number | undefined;
}

/** The loop of each subject is blocked for each of these once a sitting. */
export const BLOCKS_MS: readonly number[] = [100, 300, 1_000];
const IDLE_MS = 5_000;
/** Talks after the first, until what is called often is optimised, which takes threads of its own. */
const WARMING_TALKS = 2;

export function sit(url: string, names: readonly SubjectName[], rounds: number): Promise<CallResult[]> {
  return inCalls(url, names, async (calls) => {
    const first = await measureUse(calls, TALK_MS, talk);
    for (let talks = 0; talks < WARMING_TALKS; talks += 1) await Promise.all(calls.map(talk));
    const idle = await measureUse(calls, IDLE_MS, async () => {});
    const talking = await measureUse(calls, TALK_MS, talk);
    const taken = await roundsByTurns(calls, rounds);
    const blocked: BlockedRound[][] = calls.map(() => []);
    for (const blockMs of BLOCKS_MS) {
      const silences = await Promise.all(calls.map((call) => blockedRound(call, blockMs)));
      silences.forEach((silenceMs, index) => {
        blocked[index]?.push({ blockMs, silenceMs });
      });
    }
    return calls.map(({ subject, standIn }, index) => ({
      subject: subject.name,
      connections: standIn.connections,
      first: first[index] as Use,
      idle: idle[index] as Use,
      talking: talking[index] as Use,
      rounds: taken[index] ?? [],
      blocked: blocked[index] ?? [],
    }));
  });
}

/** One at a time, so that none is measured while another one works; the order rotates. */
async function roundsByTurns(calls: readonly Call[], rounds: number): Promise<Round[][]> {
  const taken: Round[][] = calls.map(() => []);
  for (let turn = 0; turn < rounds; turn += 1) {
    for (let place = 0; place < calls.length; place += 1) {
      const index = (turn + place) % calls.length;
      taken[index]?.push(await round(calls[index] as Call));
    }
  }
  return taken;
}
