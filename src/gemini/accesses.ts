// The accesses of a deployment to the Live API in order of preference, and which of them can be used now.
import { createHash } from 'node:crypto';
import { isQuota, namesHandle, reasonOf } from '../session/close-reason.js';
import type { CloseInfo, OpenWire } from '../session/wire.js';
import type { Logger } from '../util/log.js';
import type { ModelAccess } from './client.js';

/** Why an access cannot be used: its key or location, its quota, or there is no connection. */
export type AccessFailure = 'refused' | 'quota' | 'unreachable';

/** No new call begins with a failed access for so long: a key is replaced by people, a quota comes back by itself. */
const REST_MS: Readonly<Record<AccessFailure, number>> = {
  refused: 600_000,
  quota: 60_000,
  unreachable: 60_000,
};
/** Without a connection for so long, a call goes on with the next access: until then the session may be resumed. */
export const UNREACHABLE_AFTER_MS = 30_000;
/** The same for an access that this call was not connected by yet: there is nothing to resume. */
const FIRST_MS = 10_000;
/** The same for the call that tries an access after its rest: the caller is not to wait long for that. */
const TRIAL_MS = 5_000;
/** Meanwhile no other call tries it. */
const TRIAL_REST_MS = 40_000;
/** Refusals of the access, not of what was sent. */
const ABOUT_ACCESS =
  /api[ _]key|user location|permission|unregistered callers|not have access|denied access|billing|suspended|unauthenticated|unauthorized|authentication|credential|disabled|requests to this api|(is|are) not (supported|available) in (your|this) (location|region|country)|ip address restriction/i;
/** A model that the project or location of Vertex AI lacks, or that nobody has: another access may have it. */
const ABOUT_MODEL = /^publisher model/i;
const NOT_FOUND = 404;
const TOO_MANY = 429;

/** An access that has failed: why, and until when no new call begins with it. */
export interface AccessRest {
  readonly why: AccessFailure;
  /** In ms since 1970; 0: it works again. */
  readonly untilMs: number;
}

/** The accesses of a deployment, and which of them have failed: a circuit breaker for all calls that share it. */
export class Accesses {
  readonly #list: readonly ModelAccess[];
  /** Of each, for other processes: their file may have been edited meanwhile, and its places mean others. */
  readonly #ids: readonly string[];
  readonly #rests = new Map<string, AccessRest>();
  readonly #now: () => number;
  /** Called with what a call of this process has learned: other processes of the worker are to know. */
  onChange: (id: string, rest: AccessRest) => void = () => {};

  /** @param list not empty */
  constructor(list: readonly ModelAccess[], nowMs: () => number = Date.now) {
    this.#list = list;
    this.#ids = list.map((access) => createHash('sha256').update(JSON.stringify(access)).digest('base64url'));
    this.#now = nowMs;
  }

  get size(): number {
    return this.#list.length;
  }

  at(index: number): ModelAccess {
    return this.#list[index] ?? {};
  }

  /** The first that can be used; where none can, the one that can be tried again first. */
  get best(): number {
    const none = new Set<number>();
    const untilMs = (index: number): number => this.#restOf(index)?.untilMs ?? 0;
    const [soonest = 0] = this.#others(none).sort((one, other) => untilMs(one) - untilMs(other));
    return this.next(none) ?? soonest;
  }

  /** Whether a call may come to Vertex AI, which takes one answer to each tool call. */
  get hasVertex(): boolean {
    return this.#list.some(({ vertex }) => vertex !== undefined);
  }

  /** The access with which a call begins; a trial where it has failed before: one call at a time tries that. */
  begin(): { readonly index: number; readonly isTrial: boolean } {
    const index = this.best;
    const rest = this.#restOf(index);
    if (!rest || this.size < 2) return { index, isTrial: false };
    this.#change(index, { why: rest.why, untilMs: this.#now() + TRIAL_REST_MS });
    return { index, isTrial: true };
  }

  /** A connection by it is open. */
  worked(index: number): void {
    const rest = this.#restOf(index);
    if (rest) this.#change(index, { why: rest.why, untilMs: 0 });
  }

  /** The first that can be used and is none of these. */
  next(without: ReadonlySet<number>): number | undefined {
    const now = this.#now();
    return this.#others(without).find((index) => (this.#restOf(index)?.untilMs ?? 0) <= now);
  }

  /** Whether an access that has failed may come back by itself. */
  get comesBack(): boolean {
    return [...this.#rests.values()].some(({ why }) => why !== 'refused');
  }

  failed(index: number, why: AccessFailure): void {
    this.#change(index, { why, untilMs: this.#now() + REST_MS[why] });
  }

  /** What another process of the worker has learned. */
  rest(id: string, rest: AccessRest): void {
    if (rest.untilMs === 0) this.#rests.delete(id);
    else if (this.#ids.includes(id)) this.#rests.set(id, rest);
  }

  #restOf(index: number): AccessRest | undefined {
    return this.#rests.get(this.#ids[index] ?? '');
  }

  #change(index: number, rest: AccessRest): void {
    const id = this.#ids[index] ?? '';
    this.rest(id, rest);
    this.onChange(id, rest);
  }

  #others(without: ReadonlySet<number>): number[] {
    return [...this.#list.keys()].filter((index) => !without.has(index));
  }
}

/** Connections of one call: each by the access that works, the next where one is refused or cannot be reached. */
export function withFallback(
  accesses: Accesses,
  open: (access: () => ModelAccess) => OpenWire,
  log: Pick<Logger, 'error'>,
  nowMs: () => number = () => performance.now(),
): OpenWire {
  const state = new CallAccess(accesses, log, nowMs);
  const openWire = open(() => accesses.at(state.index));
  return (opening, listener) => {
    const leftMs = state.connecting();
    const deadlineMs = Math.min(opening.deadlineMs ?? Infinity, leftMs);
    const limit = deadlineMs === Infinity ? {} : { deadlineMs };
    return openWire(
      { ...opening, ...limit },
      {
        onEvent: (event) => listener.onEvent(event),
        onReady: () => {
          state.ready();
          listener.onReady();
        },
        onClose: (info) => {
          const { moved, message } = state.closed(info);
          if (message !== undefined)
            listener.onEvent({ type: 'error', code: 'access', message, fatal: false });
          listener.onClose(moved ? { ...info, moved } : info);
        },
      },
    );
  };
}

/** Which access a call uses, and how long it has been without a connection. */
class CallAccess {
  readonly #accesses: Accesses;
  readonly #log: Pick<Logger, 'error'>;
  readonly #now: () => number;
  index: number;
  #awaySinceMs: number | undefined;
  #isReady = false;
  /** This call was connected by this access, and did not leave it since. */
  #hasWorked = false;
  #patienceMs: number;
  /** No access could be used: the best at that time is looked for at each attempt. */
  #waits = false;
  /** Accesses that have refused this call since it was last connected, for whatever reason. */
  readonly #tried = new Set<number>();

  constructor(accesses: Accesses, log: Pick<Logger, 'error'>, nowMs: () => number) {
    this.#accesses = accesses;
    this.#log = log;
    this.#now = nowMs;
    const { index, isTrial } = accesses.begin();
    this.index = index;
    this.#patienceMs = isTrial ? TRIAL_MS : FIRST_MS;
  }

  /** @returns how long the attempt may take, so that the next access has its turn in time */
  connecting(): number {
    this.#isReady = false;
    if (this.#waits) this.index = this.#accesses.best;
    this.#awaySinceMs ??= this.#now();
    const leftMs = this.#awaySinceMs + this.#patienceMs - this.#now();
    return leftMs > 0 && this.#accesses.next(new Set([...this.#tried, this.index])) !== undefined
      ? leftMs
      : Infinity;
  }

  ready(): void {
    this.#isReady = true;
    this.#hasWorked = true;
    this.#awaySinceMs = undefined;
    this.#waits = false;
    this.#patienceMs = UNREACHABLE_AFTER_MS;
    this.#tried.clear();
    this.#accesses.worked(this.index);
  }

  closed(info: CloseInfo): { readonly moved?: 'now' | 'later'; readonly message?: string } {
    const awayMs = this.#awaySinceMs === undefined ? 0 : this.#now() - this.#awaySinceMs;
    const isMoved = this.#tried.size > 0;
    const isOverdue = awayMs >= this.#patienceMs || (info.unreachable === true && !this.#hasWorked);
    const why = failureOf(info, isOverdue);
    // What the first access takes, another may refuse, such as a model that Vertex AI names otherwise: the next is tried.
    const isUnsuitable = !why && !this.#isReady && ((isMoved && isRefusal(info)) || mayBeOfProfile(info));
    if ((!why && !isUnsuitable) || this.#accesses.size < 2) return {};
    const failed = this.index;
    if (why) this.#accesses.failed(failed, why);
    this.#tried.add(failed);
    this.#awaySinceMs = undefined;
    this.#hasWorked = false;
    this.#patienceMs = FIRST_MS;
    const next = this.#accesses.next(this.#tried);
    // A call that waits tries each access again and again.
    if (why && !this.#waits)
      this.#log.error(
        { code: 'access', access: failed + 1, of: this.#accesses.size, why, reason: info.reason },
        `an access to the Live API has failed${next === undefined ? ', and no other can be used now' : ': new calls use another'}`,
      );
    const what = `access ${failed + 1} of ${this.#accesses.size} ${words(why ?? 'refused', info)}`;
    if (next !== undefined) {
      this.index = next;
      return { moved: 'now', message: `${what}: the call goes on with access ${next + 1}` };
    }
    // Where another only lacks quota or a network, the call waits for it.
    if (!this.#accesses.comesBack) return {};
    this.#waits = true;
    this.#tried.clear();
    // The session waits by itself after a long outage.
    if (why === 'unreachable') return {};
    return { moved: 'later', message: `${what}, and no other access can be used now` };
  }
}

/** What a close says of the access; undefined: nothing. */
export function failureOf(info: CloseInfo, isOverdue: boolean): AccessFailure | undefined {
  if (info.expected) return undefined;
  const { httpStatus } = info;
  if (httpStatus === TOO_MANY || isQuota(info)) return 'quota';
  // Other calls may be served: they keep their access.
  if (mayBeOfProfile(info)) return undefined;
  // Nothing but the address, the key and the version was sent before the upgrade was answered.
  if (info.own || (httpStatus !== undefined && httpStatus >= 400 && httpStatus < 500)) return 'refused';
  if (isRefusal(info) && ABOUT_ACCESS.test(reasonOf(info))) return 'refused';
  return isOverdue && info.code !== 1007 && info.code !== 1008 ? 'unreachable' : undefined;
}

/** A model or `apiVersion` of the profile that this access has not, or an address that is gone: another may serve the call. */
function mayBeOfProfile(info: CloseInfo): boolean {
  return info.httpStatus === NOT_FOUND || (isRefusal(info) && ABOUT_MODEL.test(reasonOf(info)));
}

function isRefusal(info: CloseInfo): boolean {
  return (info.code === 1007 || info.code === 1008) && !namesHandle(info);
}

function words(why: AccessFailure, info: CloseInfo): string {
  const reason = reasonOf(info);
  if (why === 'unreachable') return `cannot be reached${reason === '' ? '' : ` (${reason})`}`;
  const answer = info.httpStatus === undefined ? `${info.code}` : `HTTP ${info.httpStatus}`;
  return `was refused (${answer}${reason === '' ? '' : `: ${reason}`})`;
}
