// What a Live model can do and how it wants to be spoken to: the shape of a row of the capability table.
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
  /** The version whose address the model is reached at. */
  apiVersion: z.string(),
  /** The version that knows affective dialog and proactive audio, where it is another one. */
  previewApiVersion: z.string(),
  thinking: z.strictObject({
    style: z.enum(['none', 'level', 'budget', 'level-or-budget']),
    /** The session is refused without it. */
    required: flag,
    levels: z.array(z.enum(['MINIMAL', 'LOW', 'MEDIUM', 'HIGH'])),
  }),
  tools: z.strictObject({
    functions: flag,
    blocking: flag,
    nonBlocking: flag,
    /** What a declaration without `behavior` means. */
    defaultBehavior: z.enum(['BLOCKING', 'NON_BLOCKING']),
    /** Where `scheduling` of a function response goes; `both`: beside `response` and inside it. */
    scheduling: z.enum(['none', 'top-level', 'both']),
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
  /** Whether pictures are looked at. */
  video: flag,
  /** `seed-only`: before the first real-time input, later it ends the session. */
  clientContent: z.enum(['any', 'seed-only', 'none']),
  /** How a typed turn goes in; `none`: not at all. */
  textInput: z.enum(['client-content', 'realtime-text', 'none']),
  /** How the history goes in: `history-config` needs setup.historyConfig first, or the model answers it. */
  initialHistory: z.enum(['client-content', 'history-config', 'none']),
  /** Whether instructions and tools can be changed in a session (`contextUpdate`). Where not, only a new connection does. */
  contextUpdate: flag,
  /** Whether audioStreamEnd ends a turn. Otherwise only silence does. */
  audioStreamEnd: flag,
  /** Whether the service sends voiceActivity messages without being asked to. */
  sendsVoiceActivity: flag,
  /** False: silence after a person has spoken may be the model's choice. */
  answersAlways: flag,
  /** `once`: one handle a connection, right after the set-up, never refreshed. */
  resumptionUpdates: z.enum(['once', 'periodic', 'none']),
  /** What a turn holds when nothing is asked for. */
  turnCoverage,
  /** What may be asked for; of others the session is refused. */
  turnCoverages: z.array(turnCoverage),
  contextTokens: z.int().positive(),
  limits: z.strictObject({
    /** About how long one connection lasts; goAway announces its end. */
    connectionMs: z.int().positive().exactOptional(),
    /** Without compression. */
    sessionAudioMs: z.int().positive(),
    /** Without compression, with pictures. */
    sessionVideoMs: z.int().positive(),
    /** A hard end that no goAway may announce: rotate before it. */
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
  /** False: others say so, Google's own list of deprecations was not seen to. */
  readonly confirmed: boolean;
}

export type ReadonlyRow = ReadonlyDeep<CapabilityRow>;

export type Capabilities = ReadonlyRow & {
  /** The model's name without a path before it. */
  readonly model: string;
  /** False: the table has no row for it, and this one is a guess. */
  readonly known: boolean;
  readonly retired?: Retirement;
};
