// The events that the agent sends to the room on `gemini.event`, one JSON object for each text stream. Safe for browsers.
import type { ReadonlyDeep } from 'type-fest';
import { z } from 'zod';

const identity = z.string();
const text = z.string();
/** The number of the model's answer in this call, from 1. */
const turn = z.int().nonnegative();
const tokens = z.int().nonnegative();
const durationMs = z.number().nonnegative();
const anyObject = z.record(z.string(), z.unknown());

/** Tokens, of one message or summed; by modality as `{ "AUDIO": 120 }`. */
const usageNumbers = {
  prompt: tokens,
  response: tokens,
  thoughts: tokens,
  total: tokens,
  byModality: z.object({ prompt: z.record(z.string(), tokens), response: z.record(z.string(), tokens) }),
};

function event<const T extends string, S extends z.core.$ZodLooseShape>(type: T, shape: S) {
  return z.object({
    /** The version of this protocol. */
    v: z.literal(1),
    /** The id of the call; another call in the same room has another one. */
    call: text,
    /** Rises by one when another process takes the call over. */
    epoch: z.int().nonnegative(),
    /** Rises by one with every event of an epoch. */
    seq: z.int().nonnegative(),
    /** When the agent sent it, in ms since 1970, by the agent's clock. */
    at: z.number(),
    type: z.literal(type),
    ...shape,
  });
}

/** The schema of every event on `gemini.event`. docs/protocol.md describes when each is sent. */
export const roomEventSchema = z.discriminatedUnion('type', [
  event('session', {
    state: z.enum(['connecting', 'open', 'rotating', 'waiting', 'closed']),
    /** After a reconnect: what the model knows of the conversation (all, the ledger's text, or nothing). */
    restored: z.enum(['resumed', 'rebuilt', 'none']).exactOptional(),
    reason: text.exactOptional(),
    /** Before a limit: the call or session ends in this many ms. */
    leftMs: durationMs.exactOptional(),
    /** Before a limit of tokens: so many are left. */
    leftTokens: tokens.exactOptional(),
  }),
  event('turn', {
    turn,
    phase: z.enum(['started', 'generated', 'completed', 'interrupted']),
    /** With `started`: the identity whose speech or text is answered; null when there were several, or none. */
    participant: identity.nullable().exactOptional(),
    /** With `started`, where there were several: all of them. */
    participants: z.array(identity).exactOptional(),
    /** How much of the answer was heard, in ms, when it is over. */
    playedMs: durationMs.exactOptional(),
  }),
  event('speech', {
    participant: identity,
    /** With `ended`, where several people spoke in the same utterance: all of them, who was heard most first. */
    participants: z.array(identity).exactOptional(),
    phase: z.enum(['started', 'ended']),
  }),
  event('tool.call', {
    id: text,
    name: text,
    args: anyObject,
    turn,
    participant: identity.nullable().exactOptional(),
    /** Where the function runs: `run.by` of the profile's tool. A client answers those of `participant`. */
    run: z.enum(['participant', 'webhook', 'module', 'mcp']).exactOptional(),
  }),
  event('tool.result', {
    id: text,
    name: text,
    ok: z.boolean(),
    durationMs,
    /** More answers to this call follow. */
    willContinue: z.literal(true).exactOptional(),
    response: z.unknown().exactOptional(),
    error: text.exactOptional(),
  }),
  event('tool.cancelled', { ids: z.array(text) }),
  event('tool.approval', {
    id: text,
    name: text,
    args: anyObject,
    /** Identities that may decide. */
    from: z.array(identity),
    state: z.enum(['waiting', 'allowed', 'refused', 'timed-out']),
    /** The identity that has decided. */
    by: identity.exactOptional(),
  }),
  event('grounding', { turn, metadata: anyObject }),
  event('url_context', { turn, metadata: anyObject }),
  event('code', { language: text, code: text }),
  event('code_result', { outcome: text, output: text }),
  event('thought', { text }),
  event('usage', { turn, ...usageNumbers, session: z.object(usageNumbers) }),
  event('latency', {
    turn,
    endOfSpeechToAudioMs: durationMs.exactOptional(),
    firstAudioToPublishedMs: durationMs.exactOptional(),
    interruptToClearedMs: durationMs.exactOptional(),
  }),
  event('floor', { holder: identity.nullable(), waiting: z.array(identity) }),
  /** Keys of a telephone; `in`: pressed by the participant, `out`: by the agent. */
  event('dtmf', { participant: identity, digits: text, direction: z.enum(['in', 'out']) }),
  event('vision', { source: z.enum(['camera', 'screen']).nullable(), participant: identity.exactOptional() }),
  event('error', { code: text, message: text, fatal: z.boolean() }),
]);

/** An event with its envelope, as it is received. */
export type RoomEvent = z.infer<typeof roomEventSchema>;
/** The type of an event, for example `turn` or `tool.call`. */
export type RoomEventType = RoomEvent['type'];
/** The event of one type. */
export type RoomEventOf<T extends RoomEventType> = Extract<RoomEvent, { type: T }>;

type Envelope = 'v' | 'call' | 'epoch' | 'seq' | 'at';
type WithoutEnvelope<E> = E extends RoomEvent ? ReadonlyDeep<Omit<E, Envelope>> : never;
/** An event without its envelope (v, call, epoch, seq, at), which is added at sending. */
export type RoomEventBody = WithoutEnvelope<RoomEvent>;

/** Every event type, in the order of the table in docs/protocol.md. */
export const ROOM_EVENT_TYPES: readonly RoomEventType[] = roomEventSchema.options.map(
  ({ shape }) => shape.type.value,
);

/** Parses an event; undefined when this version does not know its type or its fields are invalid. */
export function parseRoomEvent(json: string): RoomEvent | undefined {
  const value = parseJson(json);
  const result = roomEventSchema.safeParse(value);
  return result.success ? result.data : undefined;
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
