// A mood of the service: how it is provoked in a real call, and what a test reads of the room.
import type { LiveApiServer } from '@gemini-room-agent/live-api';
import { expect } from 'vitest';
import type { Person } from '../../cli/person.js';
import type { AgentEvent } from '../../cli/received-messages.js';
import type { TestCall } from '../support/call.js';

export interface Mood {
  readonly name: string;
  readonly profile?: Readonly<Record<string, unknown>>;
  /** Before the call begins. */
  readonly prepare?: (liveApi: LiveApiServer) => void;
  /** Provokes it in a call that listens, and checks what the room has seen. */
  readonly play: (call: TestCall, liveApi: LiveApiServer) => Promise<void>;
}

export interface ReportedMood extends Mood {
  /** The public thread, recording or page. */
  readonly source: string;
}

export const WITHIN_MS = 30_000;
export const INVALID = 'Request contains an invalid argument.';

export const of = (person: Person, type: string): AgentEvent[] =>
  person.events().filter((event) => event.type === type);
export const states = (person: Person): unknown[] => of(person, 'session').map(({ state }) => state);
export const opens = (person: Person): number => states(person).filter((state) => state === 'open').length;
export const completed = (person: Person): number =>
  of(person, 'turn').filter(({ phase }) => phase === 'completed').length;
export const agentFinals = (person: Person): string[] =>
  person
    .captions()
    .filter(({ final, complete, segmentId }) => final && complete && segmentId.includes('_agent_'))
    .map(({ text }) => text);
export const errors = (person: Person): AgentEvent[] => of(person, 'error');

export async function ask(person: Person, text: string): Promise<void> {
  const before = completed(person);
  await person.sendChat(text);
  await person.waitFor(() => completed(person) > before, WITHIN_MS);
}

/** The call goes on: a question is answered. */
export async function goesOn(call: TestCall): Promise<void> {
  await ask(call.person, 'Are you still there?');
  expect(call.ended).toBeUndefined();
}
