// What tests of tools and commands share: a call that is ready, and what passed between bridge and Live API.
import type { LiveApiServer, LiveApiSession } from '@gemini-room-agent/live-api';
import type { AgentEvent, Person } from '../../cli/person.js';
import { startCall, type TestCall, type TestCallOptions } from './call.js';

export interface ReadyCall extends TestCall {
  /** The session that this call has opened. */
  readonly session: LiveApiSession;
}

/** A call whose agent listens. */
export async function startReadyCall(
  options: TestCallOptions & { readonly liveApi: LiveApiServer },
): Promise<ReadyCall> {
  const call = await startCall(options);
  const session = await options.liveApi.waitForSession();
  await call.person.waitFor((person) => person.state() === 'listening', 15_000);
  return Object.assign(call, { session });
}

/** The functions that a session was declared. */
export function declarationsOf(session: LiveApiSession): { name: string; parameters?: object }[] {
  const [{ setup } = { setup: {} }] = session.received as [{ setup?: { tools?: object[] } }];
  return (setup?.tools ?? []).flatMap(
    (entry) => (entry as { functionDeclarations?: { name: string }[] }).functionDeclarations ?? [],
  );
}

export interface FunctionResponse {
  readonly id: string;
  readonly name: string;
  readonly response: Readonly<Record<string, unknown>>;
  readonly scheduling?: string;
  readonly willContinue?: boolean;
}

/** Every function response that the Live API was sent, in order. */
export function responsesOf(session: LiveApiSession): FunctionResponse[] {
  return session.received.flatMap((message) => {
    const { functionResponses } = (message.toolResponse ?? {}) as { functionResponses?: FunctionResponse[] };
    return functionResponses ?? [];
  });
}

export async function responseOf(session: LiveApiSession, id: string): Promise<FunctionResponse> {
  await session.waitForReceived((message) =>
    ((message.toolResponse as { functionResponses?: FunctionResponse[] })?.functionResponses ?? []).some(
      (response) => response.id === id,
    ),
  );
  const found = responsesOf(session).find((response) => response.id === id);
  if (!found) throw new Error(`no response to ${id}`);
  return found;
}

/** The agent's events about tools, as `type id`. */
export function toolEvents(person: Person): string[] {
  return person
    .events()
    .filter(({ type }) => type.startsWith('tool.'))
    .map(({ type, id, ids }) => `${type} ${String(id ?? ids)}`);
}

export function eventsOf(person: Person, type: string): AgentEvent[] {
  return person.events().filter((event) => event.type === type);
}
