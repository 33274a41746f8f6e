// People in calls whose processes are struck: what they see of it, and what they must not see.
import { expect } from 'vitest';
import type { Person } from '../../cli/person.js';
import { HOST_PROCESS, type TestWorker } from '../support/worker.js';

export const ARRIVES_MS = 30_000;

export async function isGreeted(person: Person): Promise<void> {
  await person.waitFor(() => finals(person) >= 1 && person.state() === 'listening', ARRIVES_MS);
}

/** Answers that were captioned to their end; a segment that is sent once more is the same answer. */
export function finals(person: Person): number {
  const ended = person.captions().filter(({ final, identity }) => final && identity.startsWith('agent-'));
  return new Set(ended.map(({ attributes }) => attributes['lk.segment_id'])).size;
}

export function epoch(person: Person): number {
  return Math.max(0, ...person.events().map((event) => event.epoch));
}

/** A later holder than this one has a session. */
export async function isMoved(person: Person, from = 1): Promise<void> {
  const isOpen = () =>
    person.events().some((event) => event.type === 'session' && event.state === 'open' && event.epoch > from);
  await person.waitFor(isOpen, ARRIVES_MS);
}

/** It answers, knows all that was written, has counted each turn once, and is alone with the person. */
export async function goesOn(person: Person, written: readonly string[] = []): Promise<void> {
  const before = finals(person);
  await person.sendChat('Are you there?');
  await person.waitFor(() => finals(person) > before, ARRIVES_MS);
  const page = JSON.parse(await person.rpc('get_transcript')) as { turns: { user: string }[] };
  const words = page.turns.map(({ user }) => user).join('\n');
  for (const text of [...written, 'Are you there?']) expect(words).toContain(text);
  const events = person.events();
  const turns = events.flatMap((event) =>
    event.type === 'turn' && event.phase === 'started' ? [event.turn] : [],
  );
  expect(turns).toEqual([...new Set(turns)]);
  expect(new Set(events.map(({ call }) => call)).size).toBe(1);
  expect(events.flatMap((event) => (event.type === 'session' ? [event.state] : []))).not.toContain('closed');
  expect(person.participants()).toHaveLength(1);
}

export async function hosts(worker: TestWorker): Promise<number[]> {
  return (await worker.processes())
    .filter(({ command }) => command.includes(HOST_PROCESS))
    .map(({ pid }) => pid);
}

export function kill(pids: readonly number[]): void {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
}

export async function write(people: readonly Person[], text: string): Promise<void> {
  await Promise.all(
    people.map(async (person) => {
      const before = finals(person);
      await person.sendChat(text);
      await person.waitFor(() => finals(person) > before, ARRIVES_MS);
    }),
  );
}

export async function end(people: readonly Person[]): Promise<void> {
  await Promise.all(people.map((person) => person.close()));
}
