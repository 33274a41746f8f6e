// Classifies the end of a connection by its code and reason, which decides how the conversation continues.
import type { CloseInfo } from './wire.js';

export type Verdict =
  /** The network or the service ended the connection; the session can be resumed. */
  | 'loss'
  /** The session cannot be resumed: a new one is built from the ledger. */
  | 'handle-refused'
  /** The next connection uses another access: a new session is built from the ledger at once. */
  | 'moved'
  /** The quota is used up: retries make sense, with long pauses. */
  | 'quota'
  /** A working session was closed with a code of refusal. Only the same close after the same input is a refusal. */
  | 'unconfirmed'
  /** The same request would be refused again: the call ends. */
  | 'refusal';

/** Prefixes, because WebSocket close reasons are cut at 123 bytes. */
const HANDLE_REFUSED = [
  'session not found',
  'session expired',
  'BidiGenerateContent session not found',
  'BidiGenerateContent session expired',
  'Requested entity was not found',
];
/** How Google, its gateways and proxies word it in close reasons and statuses. */
const QUOTA = [
  /quota/i,
  /resource[ _](has been )?exhausted/i,
  /credits? (are|is|has been|have been)? ?(depleted|exhausted)/i,
  /prepayment/i,
  /rate[ _-]?limit/i,
  /too[ _]?many[ _]?requests/i,
  /\b429\b/,
  /(out of|insufficient|not enough|no remaining|used up|ran out of)[^.]{0,24}\b(credits?|balance|funds)/i,
  /\b(credits?|credit balance|balance|funds) (is|are|was|were)? ?(too low|insufficient|used up|exceeded)/i,
  /\b(spend(ing)?|usage|billing|budget|token|request)s? (hard |soft |monthly |daily )?(cap|limit)s? ?(has been |have been |was |is |are )?(reached|exceeded)/i,
  /(reached|exceeded|exceeds|over)[^.]{0,24}\b(spend(ing)?|usage|billing|budget|rate|request)s? (hard |soft )?(cap|limit)/i,
];
/** Comes at random around tool calls; the same request succeeds the next time. */
const TRANSIENT_POLICY = ['Operation is not implemented'];
/** Refusals that are not about the resumption handle: a new session would be refused as well. */
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
/** Reasons that were seen on healthy sessions independent of what was sent. */
const NOT_THE_INPUT = ['The audio content type', 'The operation was aborted', 'No turn to complete'];
/** A prefix that differs in each close: `Request trace id: 0123, [ORIGINAL ERROR] generic::invalid_argument: …`, whole or in part. */
const TRACE = /^(Request trace id: [^,]*, *)?(\[ORIGINAL ERROR\] *)?(generic::\w+: *)?/i;
/** Statuses of gateways and proxies that are about the moment, not the request: a timeout, too early, too many. */
const TRANSIENT_STATUS: ReadonlySet<number> = new Set([408, 425, 429]);

export interface CloseContext {
  /** The connection was opened with a resumption handle and closed before setupComplete. */
  readonly resuming: boolean;
  /** The connection had received setupComplete. */
  readonly established: boolean;
  /** A signature of the last input that was not audio; undefined: there was none. */
  readonly input?: string | undefined;
  /** Earlier closes of this conversation with the verdict `unconfirmed`. */
  readonly unconfirmed: readonly UnconfirmedRefusal[];
}

/** A close of a working session with a code of refusal, and the input before it. */
export interface UnconfirmedRefusal {
  readonly reason: string;
  readonly input: string | undefined;
}

/** The close reason without its trace id. */
export function reasonOf({ reason }: Pick<CloseInfo, 'reason'>): string {
  return reason.replace(TRACE, '');
}

/** Whether the last input is likely to be the cause of the close. */
export function blamesInput(info: Pick<CloseInfo, 'reason'>): boolean {
  return !begins(reasonOf(info), NOT_THE_INPUT);
}

/** Whether the service says that the session is gone: then nothing else is wrong with the request. */
export function namesHandle(info: Pick<CloseInfo, 'reason'>): boolean {
  return begins(reasonOf(info), HANDLE_REFUSED);
}

/** Whether the reason says, in one of its spellings, that a quota is used up. */
export function isQuota(info: Pick<CloseInfo, 'reason'>): boolean {
  const reason = reasonOf(info);
  return QUOTA.some((spelling) => spelling.test(reason));
}

export function judgeClose(info: CloseInfo, context: CloseContext): Verdict {
  const { code, httpStatus } = info;
  const reason = reasonOf(info);
  if (info.moved) return info.moved === 'now' ? 'moved' : 'quota';
  if (info.own) return 'refusal';
  if (httpStatus !== undefined)
    return TRANSIENT_STATUS.has(httpStatus) || httpStatus >= 500 ? 'loss' : 'refusal';
  if (isQuota(info)) return 'quota';
  if (code !== 1007 && code !== 1008) return 'loss';
  if (begins(reason, TRANSIENT_POLICY)) return 'loss';
  if (namesHandle(info)) return 'handle-refused';
  // A session that cannot be resumed may be rebuilt; if that is refused as well, it is a refusal.
  if (context.resuming && !begins(reason, NEVER_THE_HANDLE)) return 'handle-refused';
  if (!context.established) return 'refusal';
  const isRepeated = context.unconfirmed.some(
    (earlier) => earlier.reason === reason && earlier.input === context.input,
  );
  return isRepeated ? 'refusal' : 'unconfirmed';
}

function begins(reason: string, prefixes: readonly string[]): boolean {
  const lower = reason.toLowerCase();
  return prefixes.some((prefix) => lower.startsWith(prefix.toLowerCase()));
}
