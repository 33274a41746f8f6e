// The schema of faults, for scenarios and the control port.
import { z } from 'zod';
import { knownCloseNames } from '../wire/known-closes.js';

const count = z.number().int().min(1).max(10_000).default(1);
const ms = z
  .number()
  .min(0)
  .max(24 * 60 * 60_000);
const closeCode = z
  .number()
  .int()
  .refine(
    (code) =>
      (code >= 1000 && code <= 1014 && ![1004, 1005, 1006].includes(code)) || (code >= 3000 && code <= 4999),
    {
      error: 'not a close code that may be sent (1000-1003, 1007-1014, 3000-4999)',
    },
  );

const text = z.string().min(1);
const pattern = text.refine(isPattern, { error: 'not a regular expression' });

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'iu') !== undefined;
  } catch {
    return false;
  }
}

/** How a connection is closed: a code and words, or those of a known close of the service. */
const closing = {
  like: z.enum(knownCloseNames).optional(),
  code: closeCode.optional(),
  reason: z.string().optional(),
  /** Puts `Request trace id: …, [ORIGINAL ERROR] generic::…` in front of the reason. */
  traced: z.boolean().default(false),
};
const CLOSING_ERROR = 'needs a code, or `like` with the name of a known close';
const isClosing = (fault: { readonly like?: unknown; readonly code?: unknown }) =>
  fault.like !== undefined || fault.code !== undefined;
const closingSchema = z.strictObject(closing).refine(isClosing, { error: CLOSING_ERROR });

const transcripts = z.enum(['input', 'output', 'both']);

/** Faults of an open connection. */
export const connectionFault = z.discriminatedUnion('fault', [
  z.strictObject({ fault: z.literal('kill') }),
  z.strictObject({ fault: z.literal('close'), ...closing }).refine(isClosing, { error: CLOSING_ERROR }),
  /** `end`: closes with 1011 Deadline expired when the time is over. */
  z.strictObject({
    fault: z.literal('go-away'),
    timeLeftMs: ms.default(50_000),
    end: z.boolean().default(true),
  }),
  /** Neither reads nor writes, as if the network were lost; without `forMs` until the end. */
  z.strictObject({ fault: z.literal('freeze'), forMs: ms.optional() }),
  z.strictObject({ fault: z.literal('thaw') }),
  z.strictObject({
    fault: z.literal('slow'),
    latencyMs: ms.default(0),
    jitterMs: ms.default(0),
    bytesPerSecond: z.number().min(1).optional(),
  }),
  /** The next messages come twice. */
  z.strictObject({ fault: z.literal('duplicate'), count }),
  /** The next messages come after the one that follows them. */
  z.strictObject({ fault: z.literal('reorder'), count }),
  /** Transcriptions come `delayMs` after their time, or after a later message of their turn. */
  z.strictObject({
    fault: z.literal('late-transcripts'),
    delayMs: ms.default(0),
    of: transcripts.default('both'),
    after: z.enum(['message', 'first-audio', 'generation-complete', 'turn-complete']).default('message'),
    /** `last`: only the last fragment of each turn is late. */
    fragments: z.enum(['all', 'last']).default('all'),
  }),
  /** A transcription comes in so many fragments, cut inside of words, with a pause between them. */
  z.strictObject({
    fault: z.literal('split-transcripts'),
    of: transcripts.default('input'),
    into: z.number().int().min(2).max(20).default(2),
    gapMs: ms,
  }),
  /** The next messages that match never come. */
  z.strictObject({ fault: z.literal('drop'), sent: pattern, count }),
  /** The next messages that match come later than those behind them. */
  z.strictObject({ fault: z.literal('delay'), sent: pattern, delayMs: ms, count }),
  /** The next turns in audio carry a text part: before the first sound, in the same message, or after the sound. */
  z.strictObject({
    fault: z.literal('text-parts'),
    text,
    place: z.enum(['before', 'inside', 'after']).default('before'),
    count,
  }),
  /** The next inputs have no effect: no activity, no transcript, no answer. */
  z.strictObject({
    fault: z.literal('swallow'),
    input: z.enum(['speech', 'text', 'tool-response']).default('speech'),
    count,
  }),
  /** The next inputs are answered by a turn without content, or by no turn. */
  z.strictObject({
    fault: z.literal('no-answer'),
    turn: z.enum(['empty', 'none']).default('empty'),
    count,
  }),
  /** The next tool calls come twice, the second time with ids of their own if so wanted. */
  z.strictObject({ fault: z.literal('double-calls'), count, newIds: z.boolean().default(false) }),
  z.strictObject({ fault: z.literal('cancel-calls') }),
  /** `interrupted` without any activity of the user; the turn goes on, ends, or ends without its turnComplete. */
  z.strictObject({
    fault: z.literal('interrupted'),
    turn: z.enum(['goes-on', 'ends', 'ends-alone']).default('goes-on'),
  }),
  z.strictObject({ fault: z.literal('empty-turn') }),
  z.strictObject({ fault: z.literal('silent-turn'), durationMs: ms.default(1000) }),
  z.strictObject({
    fault: z.literal('malformed'),
    text: z.string().default('{"serverContent": {"modelTurn"'),
  }),
  z.strictObject({ fault: z.literal('send'), message: z.record(z.string(), z.unknown()) }),
  z.strictObject({ fault: z.literal('say'), text: z.string().min(1) }),
  /** Ends slow and all faults of messages that are still in effect. */
  z.strictObject({ fault: z.literal('clear') }),
]);

/** Faults of later connections; `on` also holds for those that are open. */
export const serverFault = z.discriminatedUnion('fault', [
  /** The next upgrades are answered with an HTTP status. */
  z.strictObject({ fault: z.literal('refuse-upgrade'), status: z.number().int().min(400).max(599), count }),
  /** The next setups get no setupComplete. */
  z.strictObject({ fault: z.literal('withhold-setup'), count }),
  /** The next handles are refused. */
  z.strictObject({
    fault: z.literal('refuse-handle'),
    count,
    code: closeCode.default(1008),
    reason: z.string().default('BidiGenerateContent session not found'),
  }),
  /** The next setups are answered with a close. */
  z
    .strictObject({ fault: z.literal('refuse-setup'), ...closing, count })
    .refine(isClosing, { error: CLOSING_ERROR }),
  /** Messages, and a close if given, in the same TCP segment as the next setupCompletes. */
  z.strictObject({
    fault: z.literal('with-setup'),
    messages: z.array(z.record(z.string(), z.unknown())).default([]),
    close: closingSchema.optional(),
    count,
  }),
  /** Faults at a moment of a connection: some time after setupComplete, or at a message of either side. */
  z
    .strictObject({
      fault: z.literal('on'),
      openedMs: ms.optional(),
      received: pattern.optional(),
      sent: pattern.optional(),
      /** From that moment to the faults. */
      afterMs: ms.default(0),
      /** The session does not get the message that was received. */
      instead: z.boolean().default(false),
      /** How often, over all connections; each time when it is missing. */
      times: count.unwrap().optional(),
      do: z.array(connectionFault).min(1),
    })
    .refine(
      (fault) =>
        [fault.openedMs, fault.received, fault.sent].filter((moment) => moment !== undefined).length === 1,
      { error: 'needs exactly one of openedMs, received, sent' },
    ),
]);

export type ConnectionFault = z.output<typeof connectionFault>;
export type ConnectionFaultInput = z.input<typeof connectionFault>;
export type ServerFault = z.output<typeof serverFault>;
export type Trigger = Extract<ServerFault, { fault: 'on' }>;
export type SetupCompanion = Extract<ServerFault, { fault: 'with-setup' }>;
export type ServerFaultInput = z.input<typeof serverFault>;

export const serverFaultNames: readonly string[] = serverFault.options.map(
  (option) => option.shape.fault.value,
);

/** Zod's issues in one line, each with its field. */
export function problems(error: z.ZodError): string {
  return error.issues
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('; ');
}
