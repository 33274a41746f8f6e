// The schema of a row of the capability table: what a Live model can do, and which messages it accepts.
import type { ReadonlyDeep } from 'type-fest';
import { z } from 'zod';

const flag = z.boolean();
const names = z.array(z.string());

const turnCoverage = z.enum([
  'TURN_INCLUDES_ONLY_ACTIVITY',
  'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO',
  'TURN_INCLUDES_ALL_INPUT',
]);

const shape = {
  /** What the model may answer in. */
  modalities: z.array(z.enum(['audio', 'text'])),
  /** Names of prebuilt voices; empty: any, the table does not know them. */
  voices: names,
  languages: z.strictObject({
    /** `list`: languageCode takes one of `codes` (any where the list is empty). `automatic`: the model chooses, it is not sent. */
    policy: z.enum(['list', 'automatic']),
    codes: names,
  }),
  /** The API version for this model. */
  apiVersion: z.string(),
  /** The API version for affective dialog and proactive audio. */
  previewApiVersion: z.string(),
  thinking: z.strictObject({
    style: z.enum(['none', 'level', 'budget', 'level-or-budget']),
    /** The service refuses a session without thinkingConfig. */
    required: flag,
    levels: z.array(z.enum(['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'])),
  }),
  tools: z.strictObject({
    functions: flag,
    blocking: flag,
    nonBlocking: flag,
    /** The behavior of a declaration without `behavior`. */
    defaultBehavior: z.enum(['BLOCKING', 'NON_BLOCKING']),
    /** Where `scheduling` of a function response goes; `both`: beside `response` and inside it. */
    scheduling: z.enum(['none', 'top-level', 'both']),
    /** Whether a function response may hold images and documents (`parts`). */
    responseMedia: flag,
    search: flag,
    codeExecution: flag,
    urlContext: flag,
    maps: flag,
  }),
  affectiveDialog: flag,
  /** `always`: on, and the field itself is an error. */
  proactiveAudio: z.enum(['optional', 'always', 'none']),
  systemInstruction: flag,
  /** `translationConfig`. */
  translation: flag,
  /** Whether the model accepts pictures. */
  video: flag,
  /** `seed-only`: only before the first realtime input; later it closes the session. */
  clientContent: z.enum(['any', 'seed-only', 'none']),
  /** The message for a user turn in text; `none`: the model accepts no text. */
  textInput: z.enum(['client-content', 'realtime-text', 'none']),
  /** The message for the history; with `history-config` the model answers the history unless setup.historyConfig is set. */
  initialHistory: z.enum(['client-content', 'history-config', 'none']),
  /** Whether instructions and tools can be changed during a session (`contextUpdate`); otherwise by a new connection. */
  contextUpdate: flag,
  /** Whether audioStreamEnd ends a turn. Otherwise only silence does. */
  audioStreamEnd: flag,
  /** Whether the service sends voiceActivity messages by default. */
  sendsVoiceActivity: flag,
  /** False: the model may decide not to answer speech. */
  answersAlways: flag,
  /** `once`: one handle a connection, right after the set-up, never refreshed. */
  resumptionUpdates: z.enum(['once', 'periodic', 'none']),
  /** The default of turnCoverage. */
  turnCoverage,
  /** Accepted values of turnCoverage; the service refuses a session with others. */
  turnCoverages: z.array(turnCoverage),
  contextTokens: z.int().positive(),
  limits: z.strictObject({
    /** Approximate lifetime of a connection; goAway announces its end. */
    connectionMs: z.int().positive().exactOptional(),
    /** Maximum length of a session without compression. */
    sessionAudioMs: z.int().positive(),
    /** The same with pictures. */
    sessionVideoMs: z.int().positive(),
    /** The service ends the connection after this time, possibly without goAway: rotate before it. */
    rotateBeforeMs: z.int().positive().exactOptional(),
  }),
};

export const capabilityRowSchema = z.strictObject(shape);
export type CapabilityRow = z.infer<typeof capabilityRowSchema>;

/** Any part of a row. */
export const capabilityOverridesSchema = z
  .strictObject({
    ...shape,
    languages: shape.languages.partial(),
    thinking: shape.thinking.partial(),
    tools: shape.tools.partial(),
    limits: shape.limits.partial(),
  })
  .partial();
export type CapabilityOverrides = z.infer<typeof capabilityOverridesSchema>;

export interface Retirement {
  /** As in 2025-12-09. */
  readonly since: string;
  readonly successor: string;
  /** False: the source is not Google's list of deprecations. */
  readonly confirmed: boolean;
}

export type ReadonlyRow = ReadonlyDeep<CapabilityRow>;

/** A model's row of the capability table, with its name. Source: docs/models.md. */
export type Capabilities = ReadonlyRow & {
  /** The model's name without its path. */
  readonly model: string;
  /** False: the table has no row for the model; UNKNOWN_MODEL is used. */
  readonly known: boolean;
  readonly retired?: Retirement;
};
