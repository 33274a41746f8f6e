// Closes of the real service as clients have reported them, by name, for faults and for keys that stand for one.
import { Refusal, refusals } from './refusal.js';

interface KnownClose {
  readonly code: number;
  readonly reason: string;
  /** The canonical status that stands in a traced reason. */
  readonly status: string;
}

const known = (refusal: Refusal, status: string): KnownClose => ({
  code: refusal.code,
  reason: refusal.message,
  status,
});

const close = (code: number, status: string, reason: string): KnownClose => ({ code, status, reason });

export const knownCloses = {
  'invalid-argument': known(refusals.invalidArgument(), 'invalid_argument'),
  'audio-not-supported': close(
    1007,
    'invalid_argument',
    'The audio content type (CONTENT_TYPE_AUDIO) is not supported for this model configuration.',
  ),
  'no-turn': close(1007, 'invalid_argument', 'No turn to complete'),
  location: close(1007, 'failed_precondition', 'User location is not supported for the API use.'),
  'key-invalid': known(refusals.keyNotValid(), 'invalid_argument'),
  'key-expired': known(refusals.keyExpired(), 'invalid_argument'),
  'key-leaked': close(
    1008,
    'permission_denied',
    'Your API key was reported as leaked. Please use another API key.',
  ),
  aborted: close(1008, 'aborted', 'The operation was aborted.'),
  'not-implemented': close(1008, 'unimplemented', 'Operation is not implemented, or supported, or enabled.'),
  'not-found': close(1008, 'not_found', 'Requested entity was not found.'),
  'session-not-found': known(refusals.sessionNotFound(), 'not_found'),
  'session-expired': known(refusals.sessionExpired(), 'failed_precondition'),
  internal: known(refusals.internal(), 'internal'),
  unavailable: close(1011, 'unavailable', 'The service is currently unavailable.'),
  deadline: known(refusals.deadline(), 'deadline_exceeded'),
  quota: close(
    1011,
    'resource_exhausted',
    'You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.',
  ),
  'quota-prepayment': close(
    1011,
    'resource_exhausted',
    'Your prepayment credits are depleted. Please go to AI Studio at https://ai.studio/projects to manage your project and billing.',
  ),
  'quota-exhausted': close(1011, 'resource_exhausted', 'Resource exhausted. Please try again later.'),
  'quota-has-been-exhausted': close(
    1011,
    'resource_exhausted',
    'Resource has been exhausted (e.g. check quota).',
  ),
  'quota-status': close(1011, 'resource_exhausted', 'RESOURCE_EXHAUSTED'),
  'quota-429': close(1011, 'resource_exhausted', '429 Too Many Requests'),
  'quota-concurrent': close(
    1011,
    'resource_exhausted',
    'Quota exceeded for aiplatform.googleapis.com/bidi_gen_concurrent_reqs_per_project_per_base_model.',
  ),
} as const satisfies Readonly<Record<string, KnownClose>>;

export type KnownCloseName = keyof typeof knownCloses;

export const knownCloseNames = Object.keys(knownCloses) as [KnownCloseName, ...KnownCloseName[]];

export interface CloseWords {
  readonly like?: KnownCloseName | undefined;
  readonly code?: number | undefined;
  readonly reason?: string | undefined;
  /** Puts `Request trace id: …, [ORIGINAL ERROR] generic::status: ` in front. */
  readonly traced?: boolean | undefined;
}

const STATUS_OF_CODE: Readonly<Record<number, string>> = {
  1007: 'invalid_argument',
  1008: 'failed_precondition',
  1011: 'internal',
};

const TRACE_ID = '8d3c1f6a42b07e95';

/** Code and reason of a close: those of a known one, overridden by the given fields. */
export function closeOf({ like, code, reason, traced }: CloseWords): Refusal {
  const base: KnownClose | undefined = like === undefined ? undefined : knownCloses[like];
  const number = code ?? base?.code ?? 1011;
  const words = reason ?? base?.reason ?? '';
  const status = base?.status ?? STATUS_OF_CODE[number] ?? 'unknown';
  return new Refusal(
    number,
    traced ? `Request trace id: ${TRACE_ID}, [ORIGINAL ERROR] generic::${status}: ${words}` : words,
  );
}
