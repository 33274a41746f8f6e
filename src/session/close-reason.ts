// What the end of a connection means: a loss to resume from, a refused handle, a full quota, a doubt, or a refusal.
import type { CloseInfo } from './wire.js';

export type Verdict =
  /** The network or the service let go; the same session can be taken up again. */
  | 'loss'
  /** The session cannot be taken up: a new one is built from what is remembered. */
  | 'handle-refused'
  /** Trying again makes sense, but slowly. */
  | 'quota'
  /** A session that worked was closed as if it had been refused: that is believed when it comes again. */
  | 'doubted'
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
/** As Google, its gateways and proxies spell it, in close reasons and statuses. */
const QUOTA = [
  /quota/i,
  /resource[ _](has been )?exhausted/i,
  /credits? (are|is|has been|have been)? ?(depleted|exhausted)/i,
  /prepayment/i,
  /rate limit/i,
  /too many requests/i,
  /\b429\b/,
];
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
/** Seen on healthy sessions at any time, whatever was sent. */
const NOT_THE_INPUT = ['The audio content type', 'The operation was aborted', 'No turn to complete'];
/** `Request trace id: 0123, [ORIGINAL ERROR] generic::invalid_argument: …` */
const TRACE = /^Request trace id: [^,]*, *(\[ORIGINAL ERROR\] *)?(generic::\w+: *)?/i;

export interface CloseContext {
  /** The connection tried to take up an earlier session and had not been accepted yet. */
  readonly resuming: boolean;
  /** The session was open: it worked until then. */
  readonly established: boolean;
  /** What was sent last, as a signature; undefined: audio alone. */
  readonly input?: string | undefined;
  /** The closes that were not believed so far. */
  readonly doubts: readonly Doubt[];
}

/** A close that was not believed, and what came before it. */
export interface Doubt {
  readonly reason: string;
  readonly input: string | undefined;
}

/** A reason without what differs from one close to the next. */
export function reasonOf({ reason }: Pick<CloseInfo, 'reason'>): string {
  return reason.replace(TRACE, '');
}

/** Whether what was sent last is likely to be why the session was closed. */
export function blamesInput(info: Pick<CloseInfo, 'reason'>): boolean {
  return !begins(reasonOf(info), NOT_THE_INPUT);
}

export function judgeClose(info: CloseInfo, context: CloseContext): Verdict {
  const { code, httpStatus } = info;
  const reason = reasonOf(info);
  if (info.own) return 'refusal';
  if (httpStatus !== undefined) return httpStatus === 429 || httpStatus >= 500 ? 'loss' : 'refusal';
  if (QUOTA.some((spelling) => spelling.test(reason))) return 'quota';
  if (code !== 1007 && code !== 1008) return 'loss';
  if (begins(reason, TRANSIENT_POLICY)) return 'loss';
  if (begins(reason, HANDLE_REFUSED)) return 'handle-refused';
  if (context.resuming && code === 1007 && !begins(reason, NEVER_THE_HANDLE)) return 'handle-refused';
  if (!context.established) return 'refusal';
  const isKnown = context.doubts.some((doubt) => doubt.reason === reason && doubt.input === context.input);
  return isKnown ? 'refusal' : 'doubted';
}

function begins(reason: string, prefixes: readonly string[]): boolean {
  const lower = reason.toLowerCase();
  return prefixes.some((prefix) => lower.startsWith(prefix.toLowerCase()));
}
