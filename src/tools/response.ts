// Turns a tool's value into a FunctionResponse: one JSON object within a limit, and its scheduling.
import { isTooDeep } from '../profile/merge.js';
import { MAX_TOOL_RESPONSE_BYTES } from '../protocol/commands.js';
import type { JsonObject, Scheduling, ToolCall, ToolMedia, ToolResult } from '../session/port.js';
import { MediaAnswer, ToolAnswer } from './tool.js';
import { ToolError } from './tool-error.js';

export interface ToolResponse {
  readonly response: JsonObject;
  readonly scheduling?: Scheduling;
  readonly media?: readonly ToolMedia[];
}

/** Sent instead of an empty response, after which models tend to repeat the call. */
const DONE: JsonObject = { output: 'done' };

/**
 * Objects are the response itself; other values are put under `output`, as Google's documentation demands.
 * `scheduling` in an object is used as the response's scheduling, as in Google's examples.
 *
 * @throws ToolError when the value is no JSON or too large
 */
export function responseOf(value: unknown): ToolResponse {
  if (value instanceof ToolAnswer) {
    return { ...responseOf(value.value), scheduling: value.scheduling };
  }
  if (value instanceof MediaAnswer) return { ...responseOf(value.value), media: value.media };
  if (value === undefined) return { response: DONE };
  const json = toJson(value);
  if (json === undefined) return { response: DONE };
  const bytes = Buffer.byteLength(json);
  if (bytes > MAX_TOOL_RESPONSE_BYTES) {
    throw new ToolError('too_large', `the answer has ${bytes} bytes, at most ${MAX_TOOL_RESPONSE_BYTES} fit`);
  }
  const plain = JSON.parse(json) as unknown;
  if (isTooDeep(plain)) throw new ToolError('bad_answer', 'the answer nests deeper than 64 levels');
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    return { response: { output: plain } };
  }
  const { scheduling, ...response } = plain as JsonObject;
  return isScheduling(scheduling) ? { response, scheduling } : { response: plain as JsonObject };
}

export function errorResponse({ code, message }: ToolError): JsonObject {
  return { error: { code, message } };
}

/** Where a model reads `scheduling`: not at all, beside the response, or also inside it. */
export type SchedulingPlace = 'none' | 'top-level' | 'both';

export interface ResultOptions {
  readonly scheduling: Scheduling | undefined;
  readonly place: SchedulingPlace;
  /** More results of this call follow. */
  readonly willContinue: boolean;
  readonly media?: readonly ToolMedia[] | undefined;
}

/** Builds the result that is sent to the model. */
export function toolResult(call: ToolCall, response: JsonObject, options: ResultOptions): ToolResult {
  const { place, willContinue, media } = options;
  const scheduling = place === 'none' ? undefined : options.scheduling;
  return {
    id: call.id,
    name: call.name,
    response: scheduling && place === 'both' ? { ...response, scheduling } : response,
    ...(scheduling ? { scheduling } : {}),
    ...(willContinue ? { willContinue } : {}),
    ...(media ? { media } : {}),
  };
}

function isScheduling(value: unknown): value is Scheduling {
  return value === 'INTERRUPT' || value === 'WHEN_IDLE' || value === 'SILENT';
}

function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    throw new ToolError('bad_answer', 'the tool gave something that is not JSON');
  }
}
