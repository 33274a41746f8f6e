// What a close means: every spelling that was seen, before and after the session worked.
import { describe, expect, test } from 'vitest';
import { type CloseContext, judgeClose } from '../../../src/session/close-reason.js';

const closed = (code: number, reason = '', context: Partial<CloseContext> = {}) =>
  judgeClose(
    { code, reason, expected: false },
    { resuming: false, established: true, unconfirmed: [], ...context },
  );

const INVALID = 'Request contains an invalid argument.';
const TRACE = 'Request trace id: 0a1b2c, [ORIGINAL ERROR] generic::invalid_argument: ';
const HEALTHY = [
  'The audio content type (CONTENT_TYPE_AUDIO) is not supported for this model configuration.',
  'The operation was aborted',
  'No turn to complete',
  INVALID,
];

describe('a session that worked', () => {
  test.each(HEALTHY)('is not taken to be refused at once: %s', (reason) => {
    expect(closed(1007, reason)).toBe('unconfirmed');
    expect(closed(1008, reason)).toBe('unconfirmed');
    expect(closed(1007, TRACE + reason)).toBe('unconfirmed');
  });

  test('is refused when the same close comes after the same input, with or without a trace', () => {
    const unconfirmed = [{ reason: INVALID, input: 'text a' }];
    expect(closed(1007, INVALID, { unconfirmed, input: 'text a' })).toBe('refusal');
    expect(closed(1007, TRACE + INVALID, { unconfirmed, input: 'text a' })).toBe('refusal');
    expect(closed(1007, INVALID, { unconfirmed, input: 'text b' })).toBe('unconfirmed');
    expect(closed(1007, 'No turn to complete', { unconfirmed, input: 'text a' })).toBe('unconfirmed');
  });

  test('that is refused while it connects is refused', () => {
    expect(closed(1007, INVALID, { established: false })).toBe('refusal');
    expect(closed(1007, INVALID, { established: false, resuming: true })).toBe('handle-refused');
    // Rebuilding may work where resuming does not; what is wrong with the key or the model stays wrong.
    expect(closed(1008, 'The operation was aborted', { established: false, resuming: true })).toBe(
      'handle-refused',
    );
    expect(closed(1008, 'Your API key was reported as leaked.', { established: false, resuming: true })).toBe(
      'refusal',
    );
  });
});

test.each([
  'You exceeded your current quota, please check your plan and billing details.',
  'Resource exhausted. Please try again later.',
  'Resource has been exhausted (e.g. check quota).',
  'RESOURCE_EXHAUSTED',
  'Your prepayment credits are depleted. Please go to AI Studio to manage your project.',
  'generic::resource_exhausted: Quota exceeded for quota metric',
  'Rate limit exceeded',
  'Too many requests',
  'RATE_LIMIT_EXCEEDED',
  'Rate-limit reached for requests per minute',
  'TOO_MANY_REQUESTS',
  'got status: 429 . {"error":{"code":429}}',
  'Your credit balance is too low to access the Gemini API.',
  'You have run out: not enough prepaid credits',
  'Your project has exceeded its monthly spending cap.',
  'Billing hard limit has been reached',
  'You have reached your usage limit for today.',
  'insufficient_quota',
])('a quota that is used up, whatever the code: %s', (reason) => {
  for (const code of [1007, 1008, 1011]) {
    expect(closed(code, reason)).toBe('quota');
    expect(closed(code, `Request trace id: 9, [ORIGINAL ERROR] ${reason}`)).toBe('quota');
  }
});

test.each([
  'The input token count exceeds the maximum number of tokens allowed.',
  'Request payload size exceeds the limit.',
  'This API method requires billing to be enabled.',
  'Your API key was reported as leaked.',
])('is no quota: %s', (reason) => {
  expect(closed(1008, reason, { established: false })).toBe('refusal');
});

test('what fails here, before anything was asked of the service, is not tried again', () => {
  const context = { resuming: false, established: false, unconfirmed: [] };
  const reason = 'Could not load the default credentials.';
  expect(judgeClose({ code: 1006, reason, own: true, expected: false }, context)).toBe('refusal');
  expect(judgeClose({ code: 1006, reason: 'connect ECONNREFUSED', expected: false }, context)).toBe('loss');
});

test.each([
  '[ORIGINAL ERROR] generic::invalid_argument: ',
  'generic::invalid_argument: ',
  'Request trace id: 7, ',
])('a reason counts without what comes before it: %s', (prefix) => {
  expect(closed(1008, `${prefix}BidiGenerateContent session not found`)).toBe('handle-refused');
  expect(closed(1008, `${prefix}Operation is not implemented, or supported, or enabled.`)).toBe('loss');
  const unconfirmed = [{ reason: INVALID, input: 'text a' }];
  expect(closed(1007, prefix + INVALID, { unconfirmed, input: 'text a' })).toBe('refusal');
});

test.each([
  [408, 'loss'],
  [425, 'loss'],
  [429, 'loss'],
  [503, 'loss'],
  [401, 'refusal'],
  [403, 'refusal'],
  [404, 'refusal'],
  [407, 'refusal'],
])('status %i instead of a connection: %s', (httpStatus, verdict) => {
  const info = { code: 1006, httpStatus, reason: 'Unexpected server response', expected: false };
  expect(judgeClose(info, { resuming: false, established: false, unconfirmed: [] })).toBe(verdict);
});
