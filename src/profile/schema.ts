// The schema of a profile: what the agent is in one room, and the default of every field.
import { z } from 'zod';
import { capabilityOverridesSchema } from '../capabilities/schema.js';
import { ROOM_EVENT_TYPES } from '../protocol/events.js';
import { anyObject, identity, milliseconds, optional, strict, wholeNumber } from './fields.js';
import { liveSchema } from './live-schema.js';
import { behavior, functionDeclaration } from './live-tools-schema.js';

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
  strict({ by: z.literal('participant') }).describe('An RPC to somebody in the room.'),
  strict({
    by: z.literal('webhook'),
    url: z.string().regex(/^https?:\/\/[^\s]+$/i, 'must be an http: or https: address'),
  }).describe('A signed HTTP call to an origin that TOOL_WEBHOOK_ORIGINS names.'),
  strict({
    by: z.literal('module'),
    name: z.string().regex(/^[\w-]{1,64}$/, 'must be letters, digits, _ or -'),
  }).describe('A module of this deployment (agent/tools).'),
]);

const identities = z.array(identity);
const scheduling = z.enum(['INTERRUPT', 'WHEN_IDLE', 'SILENT']);
const timeoutMs = milliseconds(100, 10 * 60_000).default(15_000);

export const toolSchema = strict({
  declaration: functionDeclaration.describe(
    'The function, as Google declares it. Only its name is required.',
  ),
  run: run.default({ by: 'participant' }).describe('Who runs it.'),
  timeoutMs: timeoutMs.describe('How long an answer may take; after it the call is answered with an error.'),
  scheduling: optional(scheduling).describe("When the model speaks of a non-blocking function's answer."),
  approve: optional(
    z.union([z.literal(true), identities.min(1)], { error: 'must be true or a list of identities' }),
  ).describe('A call waits until somebody allows it: one of these, or anyone who may control the agent.'),
  approveBy: optional(z.literal('voice')).describe(
    'A call waits until the person whom it is for has allowed it aloud, in a later turn.',
  ),
});

const MCP_SERVER = /^[A-Za-z][A-Za-z0-9-]{0,31}$/;

const mcpServer = strict({
  tools: optional(z.array(z.string().min(1)).min(1)).describe('Only these tools of the server.'),
  arguments: optional(z.record(z.string(), anyObject)).describe(
    'Fixed arguments by tool; the model neither sees nor sets them.',
  ),
  behavior: optional(behavior),
  scheduling: optional(scheduling),
  timeoutMs: timeoutMs.describe('How long an answer may take.'),
  approve: optional(
    z.union([z.literal(true), z.array(z.string().min(1)).min(1)], {
      error: 'must be true or a list of tools',
    }),
  ).describe('Calls of all its tools, or of these, wait until somebody allows them.'),
  required: z.boolean().default(false).describe('The call is refused where the server cannot be reached.'),
});

const listen = strict({
  policy: z
    .enum(['everyone', 'floor', 'push-to-talk', 'one'])
    .default('everyone')
    .describe('Whom the model hears. push-to-talk disables automatic detection of speech.'),
  participant: optional(identity).describe('Whom policy "one" listens to.'),
  announceSpeakers: z.boolean().default(false).describe('Say to the model who speaks, when several do.'),
  bargeIn: z
    .enum(['service', 'local'])
    .default('service')
    .describe('local: the voice is held as soon as somebody speaks over it, before the service says so.'),
  protectGreeting: z
    .boolean()
    .default(false)
    .describe('Nothing that is said over the greeting interrupts it; it is heard after it.'),
  screenAudio: z.boolean().default(false).describe('Hear the sound of shared screens too.'),
});

const see = strict({
  source: z
    .enum(['auto', 'camera', 'screen', 'off'])
    .default('auto')
    .describe('What the model sees; auto takes a shared screen before a camera.'),
  participants: optional(identities.min(1)).describe(
    'Whose camera or screen may be seen. Default: under listen.policy "one" its participant, otherwise everyone.',
  ),
  framesPerSecond: z.number().min(0.05).max(4).default(1).describe('Google recommends at most 1.'),
  maxEdge: wholeNumber(64, 2048, 'pixels').default(768).describe('The longer edge of a picture, pixels.'),
  quality: wholeNumber(1, 100).default(75).describe('JPEG quality.'),
});

const captions = strict({
  user: z.boolean().default(true).describe('Write what people say.'),
  agent: z.boolean().default(true).describe('Write what the agent says, as it is heard.'),
  packets: z
    .boolean()
    .default(true)
    .describe('Each caption also as a transcription packet, which older LiveKit clients read.'),
});

const events = strict({
  packets: z
    .boolean()
    .default(false)
    .describe('Each event also as a reliable data packet on the same topic.'),
  to: z
    .union([z.literal('everyone'), identities.min(1)], {
      error: 'must be "everyone" or a list of identities',
    })
    .default('everyone')
    .describe('Who gets the events.'),
  types: optional(z.array(z.enum(ROOM_EVENT_TYPES as [string, ...string[]]))).describe('Only these.'),
});

const idle = strict({
  afterMs: milliseconds(500, 24 * HOUR_MS)
    .default(15_000)
    .describe('How long nobody has to speak, counted from the end of the last voice.'),
  say: optional(z.string().min(1).max(10_000)).describe(
    'Sent as a user turn then; the model answers it. Without it only the state is set.',
  ),
  times: wholeNumber(1, 1_000).default(1).describe('How often, until a person speaks or writes again.'),
  hangUpAfterMs: optional(milliseconds(500, 24 * HOUR_MS)).describe('The call ends after so much silence.'),
});

const NUMBER = /^((?=.*[\d*#])\+?[\d\s()./*#-]{1,42}|tel:\S{2,64}|sips?:\S{2,256})$/i;

const phone = strict({
  keysToModel: z
    .boolean()
    .default(true)
    .describe('Keys that somebody presses on the phone go to the model as text.'),
  keysPauseMs: milliseconds(200, 60_000)
    .default(2_000)
    .describe('Keys are collected until # or until none was pressed for so long.'),
  sendDtmfTool: z.boolean().default(false).describe('A built-in tool with which the model presses keys.'),
  transfer: optional(
    z.record(
      z.string().min(1).max(64),
      z.string().regex(NUMBER, 'must be a telephone number, or a tel: or sip: address'),
    ),
  ).describe('To whom the model may transfer a caller: names, with a number or a tel: or sip: address each.'),
});

const leave = strict({
  whenAloneMs: milliseconds(0, 24 * HOUR_MS)
    .default(20_000)
    .describe('How long the agent stays when nobody else is there.'),
  maxDurationMs: optional(milliseconds(1_000, 7 * 24 * HOUR_MS)).describe(
    'The longest that a call may last.',
  ),
  maxTokens: optional(wholeNumber(1, 1_000_000_000_000)).describe(
    'The most tokens that a call may use, as the service counts them.',
  ),
  deleteRoom: z
    .enum(['auto', 'always', 'never'])
    .default('auto')
    .describe(
      'When the call is hung up or reaches a limit: auto puts callers on the phone down and deletes a room that is otherwise empty.',
    ),
  endCallTool: z.boolean().default(false).describe('A built-in tool with which the model hangs up.'),
});

/**
 * The zod schema of a profile. docs/profile.md describes each field; docs/profile.schema.json is the same as JSON
 * Schema.
 */
export const profileSchema = strict({
  $schema: optional(z.string()).describe('Where an editor finds this schema. Ignored.'),
  model: z
    .string()
    // The SDK throws on the rest, once the connection is open.
    .regex(/^(?!.*\.\.)[\w./@:-]{1,256}$/, 'must be the name of a model, without .. ? or &')
    .default('gemini-3.8-live')
    .describe('docs/models.md lists them.'),
  instructions: optional(z.string().min(1)).describe('The system instruction.'),
  voice: optional(z.string().regex(/^[\w-]{1,64}$/, 'must be the name of a voice')).describe(
    'A prebuilt voice.',
  ),
  language: optional(
    z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a BCP-47 tag such as en-US'),
  ).describe('A BCP-47 tag. Models of 3.x choose the language by themselves.'),
  modality: optional(z.enum(['audio', 'text'])).describe('What the model answers in. Default: audio.'),
  live: liveSchema
    .prefault({})
    .describe("Any other field of the SDK's LiveConnectConfig, under Google's own name."),
  apiVersion: optional(
    z.string().regex(/^v\d+((alpha|beta)\d*)?$/, 'must be a version such as v1beta or v1alpha'),
  ).describe('Default: by the capability table.'),
  greeting: optional(z.string().min(1).max(10_000)).describe(
    'Sent as the first turn once somebody hears the voice; the model answers it.',
  ),
  history: z.array(contentSchema).default([]).describe('What was said before the call.'),
  tools: z.array(toolSchema).max(512).default([]).describe('Functions that the model may call.'),
  mcp: z
    .record(z.string().regex(MCP_SERVER, 'must be the name of an MCP server: letters, digits, -'), mcpServer)
    .default({})
    .describe('MCP servers of this deployment (AGENT_MCP) whose tools the model may call.'),
  profile: optional(z.string().regex(/^[\w.-]{1,64}$/, 'must be the name of a profile')).describe(
    'In metadata only: the named profile (AGENT_PROFILES) on which this one builds.',
  ),
  traceparent: optional(z.string().max(256)).describe(
    "W3C's trace context of the dispatch, which the spans of the call continue.",
  ),
  data: optional(anyObject).describe(
    "The application's own, for tools, webhooks and the report; at most 16 KB. The model sees what a template asks for.",
  ),
  listen: listen.prefault({}),
  see: see.prefault({}),
  captions: captions.prefault({}),
  events: events.prefault({}),
  control: z
    .union([z.literal('anyone'), identities], { error: 'must be "anyone" or a list of identities' })
    .default('anyone')
    .describe('Who may command the agent and answer its tools.'),
  chat: optional(
    z.union([z.enum(['anyone', 'control']), identities], {
      error: 'must be "anyone", "control" or a list of identities',
    }),
  ).describe(
    'Who may type to the agent. Default: whom control lists, under listen.policy "one" its participant, otherwise anyone.',
  ),
  idle: optional(idle).describe('What the agent does when nobody speaks. Default: nothing.'),
  phone: phone.prefault({}),
  leave: leave.prefault({}),
  capabilities: optional(capabilityOverridesSchema).describe(
    'Corrects the row of this model in the capability table.',
  ),
});

export type ProfileFields = z.infer<typeof profileSchema>;
export type ToolField = z.infer<typeof toolSchema>;
