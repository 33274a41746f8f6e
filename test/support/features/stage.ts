// Plays a story in a call: what is asked, done and answered, until everything that the room is to see was seen.
import type { LiveApiServer, LiveApiSession } from '@gemini-room-agent/live-api';
import { RpcError } from '@livekit/rtc-node';
import { expect, vi } from 'vitest';
import type { Person } from '../../../cli/person.js';
import type { AgentState } from '../../../src/protocol/topics.js';
import type { TestCall } from '../call.js';
import { readFixture } from '../fixtures.js';
import { sine } from '../tone.js';
import type { Act, Feature } from './feature.js';
import { holds, type Seen } from './signs.js';

export const WAIT_MS = 15_000;
const TONE_HZ = 440;
const TONE_RATE = 48_000;

export type Story = Pick<Feature, 'ask' | 'acts' | 'serves' | 'room'>;

/** @param session the connection that the service's own acts are for */
export async function play(
  story: Story,
  call: TestCall,
  liveApi: LiveApiServer,
  session: () => LiveApiSession | undefined,
): Promise<Seen> {
  const { person } = call;
  const hold = serve(person, story);
  const states = new Set<AgentState>();
  const seen: Seen = { call, states };
  await person.waitFor(() => person.state() && person.state() !== 'initializing', WAIT_MS);
  person.on((personEvent) => {
    if (personEvent.type === 'agent-state') states.add(personEvent.state);
  });
  if (story.ask !== undefined) await person.sendChat(story.ask);
  for (const act of story.acts ?? []) await perform(act, { seen, hold, liveApi, session });
  for (const sign of story.room) {
    if ('ended' in sign) await call.end;
    else if (!('never' in sign)) await person.waitFor(() => holds(sign, seen), WAIT_MS);
  }
  return seen;
}

/** Registers the client's methods. Returns what lets those answer that are held. */
function serve(person: Person, { serves = {} }: Story): Map<string, () => void> {
  const hold = new Map<string, () => void>();
  for (const [method, { answer, error, held }] of Object.entries(serves)) {
    const released = held ? new Promise<void>((resolve) => hold.set(method, resolve)) : Promise.resolve();
    person.registerRpc(method, async () => {
      await released;
      if (error !== undefined) throw new RpcError(2_000, error);
      return JSON.stringify(answer ?? {});
    });
  }
  return hold;
}

interface Stage {
  readonly seen: Seen;
  readonly hold: ReadonlyMap<string, () => void>;
  readonly liveApi: LiveApiServer;
  readonly session: () => LiveApiSession | undefined;
}

async function perform(act: Act, { seen, hold, liveApi, session }: Stage): Promise<void> {
  const { person } = seen.call;
  if ('until' in act) {
    await person.waitFor(() => holds(act.until, seen), WAIT_MS);
  } else if ('untilHeard' in act) {
    const hears = (): boolean => JSON.stringify(session()?.received.slice(1) ?? []).includes('"audio"');
    await vi.waitFor(() => expect(hears()).toBe(true), WAIT_MS);
  } else if ('chat' in act) {
    await person.sendChat(act.chat);
  } else if ('rpc' in act) {
    const calling = person.rpc(act.rpc, act.payload ? JSON.stringify(act.payload) : '');
    if (act.error !== undefined) await expect(calling).rejects.toMatchObject({ code: act.error });
    else expect(JSON.parse(await calling)).toMatchObject(act.answer ?? {});
  } else if ('toolResponse' in act) {
    await person.sendText('gemini.tool_response', JSON.stringify(act.toolResponse));
  } else if ('speakMs' in act) {
    await person.speak(sine(TONE_HZ, act.speakMs, TONE_RATE), TONE_RATE);
  } else if ('clip' in act) {
    const wav = await readFixture(act.clip);
    await person.speak(wav.samples, wav.rate);
  } else if ('mute' in act) {
    person.microphone.mute();
  } else if ('answers' in act) {
    hold.get(act.answers)?.();
  } else {
    const open = session();
    if (open) liveApi.faults.apply(act.service, { id: open.id });
  }
}
