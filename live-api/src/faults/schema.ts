// Everything that can be made to go wrong, as JSON that scenarios and the control port take.
import { z } from 'zod';

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

/** Faults of a connection that is there. */
export const connectionFault = z.discriminatedUnion('fault', [
  z.strictObject({ fault: z.literal('kill') }),
  z.strictObject({ fault: z.literal('close'), code: closeCode, reason: z.string().default('') }),
  /** `end`: closes with 1011 Deadline expired when the time is over. */
  z.strictObject({
    fault: z.literal('go-away'),
    timeLeftMs: ms.default(50_000),
    end: z.boolean().default(true),
  }),
  /** Neither reads nor writes, as if the network were gone; for good without `forMs`. */
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
  z.strictObject({ fault: z.literal('late-transcripts'), delayMs: ms }),
  /** The next tool calls come twice, the second time with ids of their own if so wanted. */
  z.strictObject({ fault: z.literal('double-calls'), count, newIds: z.boolean().default(false) }),
  z.strictObject({ fault: z.literal('cancel-calls') }),
  /** `interrupted` without any activity of the user. */
  z.strictObject({ fault: z.literal('interrupted') }),
  z.strictObject({ fault: z.literal('empty-turn') }),
  z.strictObject({ fault: z.literal('silent-turn'), durationMs: ms.default(1000) }),
  z.strictObject({
    fault: z.literal('malformed'),
    text: z.string().default('{"serverContent": {"modelTurn"'),
  }),
  z.strictObject({ fault: z.literal('send'), message: z.record(z.string(), z.unknown()) }),
  z.strictObject({ fault: z.literal('say'), text: z.string().min(1) }),
  /** Takes back slow, late-transcripts and what is left of duplicate, reorder and double-calls. */
  z.strictObject({ fault: z.literal('clear') }),
]);

/** Faults of the connections that are to come. */
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
]);

export type ConnectionFault = z.output<typeof connectionFault>;
export type ConnectionFaultInput = z.input<typeof connectionFault>;
export type ServerFault = z.output<typeof serverFault>;
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
