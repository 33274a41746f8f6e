// The schema of a scenario: what the model does, and when, instead of the built-in answers.
import { z } from 'zod';
import { connectionFault, problems, serverFault } from '../faults/schema.js';

const json = z.record(z.string(), z.unknown());
const ms = z
  .number()
  .min(0)
  .max(24 * 60 * 60_000);
const call = z.strictObject({ name: z.string().min(1), args: json.default({}), id: z.string().optional() });
const pattern = z.string().refine(isPattern, { error: 'not a regular expression' });

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'iu') !== undefined;
  } catch {
    return false;
  }
}

/** One thing to do; the steps of a rule follow each other. */
const step = z.union(
  [
    /** Says it, or writes it in text modality; `transcript` is what its transcription says instead. */
    z.strictObject({ say: z.string().min(1), transcript: z.string().optional() }),
    /** A tone instead of speech. */
    z.strictObject({ silence: ms }),
    z.strictObject({ call }),
    z.strictObject({ calls: z.array(call).min(1) }),
    /** Parts as they are: text, thought, executableCode, codeExecutionResult, inlineData. */
    z.strictObject({ parts: z.array(json).min(1) }),
    /** Fields of serverContent as they are: groundingMetadata, urlContextMetadata. */
    z.strictObject({ content: json }),
    z.strictObject({ interim: z.string() }),
    /** A whole message as it is. */
    z.strictObject({ message: json }),
    z.strictObject({ wait: ms }),
    z.strictObject({ fault: connectionFault }),
  ],
  {
    error:
      'has to be one of say, silence, call, calls, parts, content, interim, message, wait, fault, with its own fields only',
  },
);

/** All that is given has to be true. Patterns are searched without regard to case. */
const condition = z
  .strictObject({
    /** The setup was accepted. */
    setup: z.literal(true).optional(),
    /** This many milliseconds after setupComplete. */
    atMs: ms.optional(),
    /** Words that were spoken. */
    heard: pattern.optional(),
    /** Words that were written. */
    text: pattern.optional(),
    /** Anything spoken, recognised or not. */
    speech: z.literal(true).optional(),
    /** The function whose response came; the response itself is searched by `response`. */
    toolResponse: z.string().optional(),
    response: pattern.optional(),
    /** Any message of the client, as JSON without the data of its media. */
    received: pattern.optional(),
    /** The nth thing that was said or written, from 1. */
    turn: z.number().int().min(1).optional(),
  })
  .refine((when) => Object.keys(when).length > 0, { error: 'has to name at least one condition' });

const rule = z.strictObject({
  when: condition,
  /** The steps, one after the other. */
  do: z.array(step),
  /** How often it holds; always when it is missing. */
  times: z.number().int().min(1).optional(),
  /** Before the first step; the server's pace when it is missing. */
  afterMs: ms.optional(),
  /** Further fields of the serverContent that says turnComplete, as turnCompleteReason. */
  complete: json.optional(),
});

export const scenarioSchema = z.strictObject({
  name: z.string().optional(),
  /** What happens when no rule fits: the built-in answerer, or nothing. */
  otherwise: z.enum(['answer', 'silence']).default('answer'),
  /** `none`: what is heard is not sent as a transcription, because messages of the rules say it. */
  transcripts: z.enum(['heard', 'none']).default('heard'),
  /** Faults of the connections to come, from the moment the scenario is set. */
  connections: z.array(serverFault).default([]),
  /** The first that fits holds. */
  rules: z.array(rule).default([]),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioInput = z.input<typeof scenarioSchema>;
export type ScenarioRule = Scenario['rules'][number];
export type ScenarioStep = ScenarioRule['do'][number];

/** Throws a TypeError that names every wrong field. */
export function readScenario(value: unknown): Scenario {
  const parsed = scenarioSchema.safeParse(value);
  if (!parsed.success) throw new TypeError(`the scenario cannot be read: ${problems(parsed.error)}`);
  return parsed.data;
}
