// Encrypts a call's state for another worker, in a dispatch's metadata or in Redis, bound to its room.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { CarriedCall } from '../../src/index.js';
import type { Used } from '../observe/budget.js';
import type { HostJob } from './host-messages.js';
import { forNextHolder, KeptCall } from './kept-call.js';

/** A call on its way to another worker; without what is carried where it has not begun, and begins there. */
export interface SealedCall extends Partial<CarriedCall> {
  /** Of the dispatch that brought the agent: when it is deleted, the call ends in the worker that has it. */
  readonly dispatchId: string;
  readonly metadata: string;
  /** What the calls in its room have used in the last hour. */
  readonly used?: Used | undefined;
  /** Its worker was killed: it was not given away. */
  readonly isLost?: true;
  /** When it was sealed, in ms since 1970. */
  readonly sealedAtMs: number;
}

/** How a call has come from another worker: given away by it, or taken up because nothing was heard of it. */
export type Taken = 'handed-over' | 'lost';

/** The prefix of every sealed text, with the version of its format. A profile is JSON and never begins with it. */
const VERSION = 'gra1.';
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** The service keeps a session for two hours after its last connection; after that there is nothing to resume. */
const VALID_MS = 2 * 3_600_000;
/** More than any call that this worker seals: what it opens is bounded before it is read. */
const MAX_BYTES = 4 * 1024 * 1024;

export function isSealed(text: string): boolean {
  return text.startsWith(VERSION);
}

/** @param room bound to the text: in another one it cannot be opened */
export function seal(value: unknown, room: string, key: Uint8Array): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(VERSION + room));
  const packed = deflateRawSync(JSON.stringify(value));
  const sealed = Buffer.concat([iv, cipher.update(packed), cipher.final(), cipher.getAuthTag()]);
  return VERSION + sealed.toString('base64url');
}

/** @throws an error that says why it cannot be opened, and holds nothing of it */
export function unseal(text: string, room: string, key: Uint8Array): unknown {
  return JSON.parse(inflateRawSync(decrypt(text, room, key), { maxOutputLength: MAX_BYTES }).toString());
}

/** @throws as `unseal` */
export function openCall(text: string, room: string, key: Uint8Array, nowMs = Date.now()): SealedCall {
  const call = checked(unseal(text, room, key));
  if (nowMs - call.sealedAtMs > VALID_MS) throw new Error('the state of the call is more than two hours old');
  if (call.state && call.state.v !== 1)
    throw new Error('the state of the call was written by another version');
  return call;
}

/** The call of another worker in a dispatch. @throws when it cannot be opened */
export function carried(
  metadata: string,
  room: string,
  key: Uint8Array | undefined,
): Partial<Pick<HostJob, 'dispatchId' | 'metadata' | 'carried' | 'used'>> & { readonly taken?: Taken } {
  if (!isSealed(metadata)) return {};
  if (!key) throw new Error('AGENT_STATE_KEY is not set: it must be the same on all workers');
  const { dispatchId, metadata: profile, isLost, used, sealedAtMs, ...call } = openCall(metadata, room, key);
  const taken: Taken = isLost ? 'lost' : 'handed-over';
  const assigned = { taken, dispatchId, metadata: profile, ...(used ? { used } : {}) };
  if (!isBegun(call)) return assigned;
  const kept = new KeptCall(call);
  kept.add({ fact: { type: 'moved', at: sealedAtMs, planned: !isLost } });
  return { ...assigned, carried: forNextHolder({ ...call, record: kept.record.state }) };
}

function decrypt(text: string, room: string, key: Uint8Array): Buffer {
  const bytes = Buffer.from(text.slice(VERSION.length), 'base64url');
  const end = bytes.length - TAG_BYTES;
  if (!isSealed(text) || end <= IV_BYTES) throw new Error('this is no sealed state of a call');
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
    decipher.setAAD(Buffer.from(VERSION + room));
    decipher.setAuthTag(bytes.subarray(end));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, end)), decipher.final()]);
  } catch {
    throw new Error('the state of the call was sealed with another AGENT_STATE_KEY, or for another room');
  }
}

export function isBegun<T extends Partial<CarriedCall>>(call: T): call is T & CarriedCall {
  return call.state !== undefined;
}

function checked(call: unknown): SealedCall {
  const { state, record, inputs, dispatchId, sealedAtMs } = call as Partial<SealedCall>;
  const parts = [state, record, inputs];
  const isWhole =
    parts.every((part) => typeof part === 'object') || parts.every((part) => part === undefined);
  if (!isWhole || typeof dispatchId !== 'string' || typeof sealedAtMs !== 'number') {
    throw new Error('the sealed state of the call is not complete');
  }
  return call as SealedCall;
}
