// The schema of a profile: what the agent is in one room, and the default of every field.
import { z } from 'zod';
import { capabilityOverridesSchema } from '../model/capabilities-schema.js';
import { ROOM_EVENT_TYPES } from '../protocol/events.js';
import { anyObject, identity, milliseconds, optional, strict, wholeNumber } from './fields.js';
import { liveSchema } from './live-schema.js';
import { functionDeclaration } from './live-tools-schema.js';

const HOUR_MS = 3_600_000;

const part = strict({
  text: optional(z.string()),
  thought: optional(z.boolean()),
  thoughtSignature: optional(z.string()),
  inlineData: optional(strict({ mimeType: z.string(), data: z.string(), displayName: optional(z.string()) })),
  fileData: optional(
    strict({ fileUri: z.string(), mimeType: optional(z.string()), displayName: optional(z.string()) }),
  ),
  functionCall: optional(strict({ id: optional(z.string()), name: z.string(), args: optional(anyObject) })),
  functionResponse: optional(strict({ id: optional(z.string()), name: z.string(), response: anyObject })),
  executableCode: optional(anyObject),
  codeExecutionResult: optional(anyObject),
});

export const contentSchema = strict({
  role: z.enum(['user', 'model']),
  parts: z.array(part).min(1),
});

const run = z.discriminatedUnion('by', [
  /** An RPC to somebody in the room. */
  strict({ by: z.literal('participant') }),
  /** A signed HTTP call to an origin that TOOL_WEBHOOK_ORIGINS names. */
  strict({
    by: z.literal('webhook'),
    url: z.string().regex(/^https?:\/\/[^\s]+$/i, 'must be an http: or https: address'),
  }),
  /** A module of this deployment (agent/tools). */
  strict({
    by: z.literal('module'),
    name: z.string().regex(/^[\w-]{1,64}$/, 'must be letters, digits, _ or -'),
  }),
]);

export const toolSchema = strict({
  declaration: functionDeclaration,
  run: run.default({ by: 'participant' }),
  timeoutMs: milliseconds(100, 10 * 60_000).default(15_000),
  scheduling: optional(z.enum(['INTERRUPT', 'WHEN_IDLE', 'SILENT'])),
});

const listen = strict({
  policy: z.enum(['everyone', 'floor', 'push-to-talk', 'one']).default('everyone'),
  /** Whom policy `one` listens to. */
  participant: optional(identity),
  /** Tells the model who starts to speak, when several do. */
  announceSpeakers: z.boolean().default(false),
  /** `local`: the voice is held as soon as somebody speaks over it, before the service says so. */
  bargeIn: z.enum(['service', 'local']).default('service'),
  /** Hear the sound of shared screens too. */
  screenAudio: z.boolean().default(false),
});

const see = strict({
  source: z.enum(['auto', 'camera', 'screen', 'off']).default('auto'),
  framesPerSecond: z.number().min(0.05).max(4).default(1),
  /** The longer edge of a picture, pixels. */
  maxEdge: wholeNumber(64, 2048, 'pixels').default(768),
  /** JPEG quality. */
  quality: wholeNumber(1, 100).default(75),
});

const captions = strict({ user: z.boolean().default(true), agent: z.boolean().default(true) });

const events = strict({
  /** Each event also as a reliable data packet on the same topic. */
  packets: z.boolean().default(false),
  to: z
    .union([z.literal('everyone'), z.array(identity).min(1)], {
      error: 'must be "everyone" or a list of identities',
    })
    .default('everyone'),
  /** Only these. */
  types: optional(z.array(z.enum(ROOM_EVENT_TYPES as [string, ...string[]]))),
});

const leave = strict({
  whenAloneMs: milliseconds(0, 24 * HOUR_MS).default(20_000),
  maxDurationMs: optional(milliseconds(1_000, 7 * 24 * HOUR_MS)),
  /** A built-in tool with which the model hangs up. */
  endCallTool: z.boolean().default(false),
});

export const profileSchema = strict({
  /** Where an editor finds this schema; ignored. */
  $schema: optional(z.string()),
  model: z
    .string()
    // The SDK throws on the rest, once the connection is open.
    .regex(/^(?!.*\.\.)[\w./@:-]{1,256}$/, 'must be the name of a model, without .. ? or &')
    .default('gemini-3.8-live'),
  instructions: optional(z.string().min(1)),
  voice: optional(z.string().regex(/^[\w-]{1,64}$/, 'must be the name of a voice')),
  language: optional(
    z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a BCP-47 tag such as en-US'),
  ),
  modality: optional(z.enum(['audio', 'text'])),
  live: liveSchema.prefault({}),
  apiVersion: optional(
    z.string().regex(/^v\d+((alpha|beta)\d*)?$/, 'must be a version such as v1beta or v1alpha'),
  ),
  greeting: optional(z.string().min(1).max(10_000)),
  history: z.array(contentSchema).default([]),
  tools: z.array(toolSchema).max(512).default([]),
  listen: listen.prefault({}),
  see: see.prefault({}),
  captions: captions.prefault({}),
  events: events.prefault({}),
  control: z
    .union([z.literal('anyone'), z.array(identity)], { error: 'must be "anyone" or a list of identities' })
    .default('anyone'),
  leave: leave.prefault({}),
  /** Corrects the row of this model in the capability table. */
  capabilities: optional(capabilityOverridesSchema),
});

export type ProfileFields = z.infer<typeof profileSchema>;
export type ToolField = z.infer<typeof toolSchema>;
