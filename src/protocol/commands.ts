// Messages of clients to the agent: payloads of RPC methods, and results of tool calls. Safe for browsers.
import { z } from 'zod';

/** Limit of a message in bytes: that of RPC payloads in LiveKit, applied to text streams and packets as well. */
export const MAX_COMMAND_BYTES = 15 * 1024;
/** Limit of a chat message or `say` in characters; longer ones are refused. */
export const MAX_CHAT_CHARS = 8_000;
/** Limit of a message on `gemini.tool_response` and of any tool result, in bytes. */
export const MAX_TOOL_RESPONSE_BYTES = 256 * 1024;

/** Text only: the service closes the session over malformed parts of other kinds. */
const part = z.strictObject({ text: z.string().min(1) });
const contentSchema = z.strictObject({ role: z.enum(['user', 'model']), parts: z.array(part).min(1) });
const anyObject = z.record(z.string(), z.unknown());
const nothing = z.looseObject({});

/** The payload of each method. Methods without fields accept an empty payload or any object. */
export const commandSchemas = {
  start_turn: nothing,
  end_turn: nothing,
  cancel_turn: nothing,
  raise_hand: nothing,
  lower_hand: nothing,
  interrupt: nothing,
  /** Sends a user turn in text, which the model answers. */
  say: z.strictObject({ text: z.string().min(1) }),
  /** Adds turns to the context; the model answers only with `turnComplete`. */
  add_context: z.strictObject({
    turns: z.array(contentSchema).min(1),
    turnComplete: z.boolean().default(false),
  }),
  /** Changes fields of the profile; the agent validates them like a profile. */
  configure: z.strictObject({
    instructions: z.unknown().exactOptional(),
    tools: z.unknown().exactOptional(),
    listen: z.unknown().exactOptional(),
    see: z.unknown().exactOptional(),
  }),
  /** Allows or refuses a tool call; accepted from the identities in `from` of its `tool.approval` event. */
  approve: z.strictObject({ id: z.string().min(1), ok: z.boolean() }),
  hang_up: nothing,
  get_state: nothing,
  /** The turns so far; `from` the one at this place (0 is the first), for transcripts longer than one answer holds. */
  get_transcript: z.looseObject({ from: z.int().nonnegative().default(0) }),
} as const;

/** The name of a command, which is an RPC method of the agent. */
export type CommandMethod = keyof typeof commandSchemas;
/** The payload of a command. */
export type CommandPayload<M extends CommandMethod> = z.infer<(typeof commandSchemas)[M]>;
/** All commands. */
export const COMMAND_METHODS = Object.keys(commandSchemas) as readonly CommandMethod[];

/** The result of a tool call as a message on `gemini.tool_response`: `response` or `error`, not both. */
export const toolResponseSchema = z.union([
  z.object({
    id: z.string().min(1),
    response: anyObject,
    error: z.undefined().exactOptional(),
    /** When the model speaks about the result; omitted: the profile's setting. */
    scheduling: z.enum(['INTERRUPT', 'WHEN_IDLE', 'SILENT']).exactOptional(),
    /** More results of the same call follow. */
    willContinue: z.boolean().exactOptional(),
  }),
  z.object({ id: z.string().min(1), error: z.string().min(1), response: z.undefined().exactOptional() }),
]);

/** A parsed message on `gemini.tool_response`. */
export type ToolResponse =
  | {
      readonly id: string;
      readonly response: Readonly<Record<string, unknown>>;
      readonly scheduling?: 'INTERRUPT' | 'WHEN_IDLE' | 'SILENT';
      readonly willContinue?: boolean;
    }
  | { readonly id: string; readonly error: string };

/** A parsed value, or the reason why it is invalid. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

/** Parses the payload of a command. The message of a refusal names the fields and contains no value. */
export function parseCommand<M extends CommandMethod>(method: M, payload: string): Parsed<CommandPayload<M>> {
  const schema: z.ZodType = commandSchemas[method];
  const read = readJson(payload.trim() === '' ? '{}' : payload, MAX_COMMAND_BYTES);
  if (!read.ok) return read;
  const result = schema.safeParse(read.value);
  if (!result.success) return { ok: false, message: messageOf(result.error) };
  return { ok: true, value: result.data as CommandPayload<M> };
}

/** Parses a message on `gemini.tool_response`. The message of a refusal repeats no value. */
export function parseToolResponse(json: string): Parsed<ToolResponse> {
  const read = readJson(json, MAX_TOOL_RESPONSE_BYTES);
  if (!read.ok) return read;
  const result = toolResponseSchema.safeParse(read.value);
  if (result.success) return { ok: true, value: result.data as ToolResponse };
  return { ok: false, message: 'must be { "id": …, "response": { … } } or { "id": …, "error": "…" }' };
}

function readJson(json: string, maxBytes: number): Parsed<unknown> {
  // UTF-8 needs at least one byte for each UTF-16 unit: text that is too long is refused before it is encoded.
  if (json.length > maxBytes || new TextEncoder().encode(json).length > maxBytes) {
    return { ok: false, message: `must be at most ${maxBytes} bytes` };
  }
  try {
    return { ok: true, value: JSON.parse(json) };
  } catch {
    return { ok: false, message: 'must be JSON' };
  }
}

function messageOf(error: z.core.$ZodError): string {
  const messages = error.issues.slice(0, 10).map((issue) => {
    const path = issue.path.join('.');
    return path === '' ? issue.message : `${path}: ${issue.message}`;
  });
  return messages.join('; ');
}
