// What the end of a connection means: a loss to resume from, a refused handle, a full quota, or a refusal.
import type { CloseInfo } from './wire.js';

export type Verdict =
  /** The network or the service let go; the same session can be taken up again. */
  | 'loss'
  /** The session cannot be taken up: a new one is built from what is remembered. */
  | 'handle-refused'
  /** Trying again makes sense, but slowly. */
  | 'quota'
  /** The same request would be refused again. */
  | 'refusal';

/** Reasons are cut at 123 bytes on the wire, so all of these are beginnings. */
const HANDLE_REFUSED = [
  'session not found',
  'session expired',
  'BidiGenerateContent session not found',
  'BidiGenerateContent session expired',
  'Requested entity was not found',
];
const QUOTA = ['You exceeded your current quota', 'Resource has been exhausted', 'Quota exceeded'];
/** Random, around tool calls; the same request succeeds the next time. */
const TRANSIENT_POLICY = ['Operation is not implemented'];
/** Refused whatever session is asked for: neither another handle nor none would help. */
const NEVER_THE_HANDLE = [
  'API key',
  'API Key',
  'Your API key',
  'User location',
  'models/',
  'Method doesn',
  'Permission',
  'Publisher Model',
  'Invalid JSON payload',
  'The requested combination',
];

function begins(reason: string, prefixes: readonly string[]): boolean {
  const lower = reason.toLowerCase();
  return prefixes.some((prefix) => lower.startsWith(prefix.toLowerCase()));
}

/** `resuming`: the connection tried to take up an earlier session and had not been accepted yet. */
export function judgeClose(info: CloseInfo, resuming: boolean): Verdict {
  const { code, reason, httpStatus } = info;
  if (httpStatus !== undefined) return httpStatus === 429 || httpStatus >= 500 ? 'loss' : 'refusal';
  if (begins(reason, QUOTA)) return 'quota';
  if (code !== 1007 && code !== 1008) return 'loss';
  if (begins(reason, TRANSIENT_POLICY)) return 'loss';
  if (begins(reason, HANDLE_REFUSED)) return 'handle-refused';
  if (resuming && code === 1007 && !begins(reason, NEVER_THE_HANDLE)) return 'handle-refused';
  return 'refusal';
}
