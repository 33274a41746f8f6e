// Calls a tool of an MCP server.
import type { McpRun } from '../../profile/profile.js';
import type { JsonObject } from '../../session/port.js';
import { AnswerStream } from '../answer-stream.js';
import { answerWith, type ToolContext } from '../tool.js';
import { ToolError } from '../tool-error.js';
import { answerOf } from './answer.js';
import type { McpServers } from './servers.js';

export interface McpCall {
  readonly run: McpRun;
  readonly args: JsonObject;
  /** Fixed arguments of the profile, which override the model's. */
  readonly fixed: JsonObject;
  readonly timeoutMs: number;
  /** Whether the model takes images in a function's result. */
  readonly takesMedia: boolean;
  readonly context: ToolContext;
}

/** Progress notifications become intermediate results with SILENT scheduling. */
export async function* callMcp(
  servers: McpServers | undefined,
  { run, args, fixed, timeoutMs, takesMedia, context }: McpCall,
): AsyncGenerator<unknown, unknown> {
  const server = servers?.get(run.server);
  if (!server) throw new ToolError('unavailable', `there is no MCP server ${run.server} here`);
  const answers = new AnswerStream(context.signal);
  server
    .call(
      run.tool,
      { ...args, ...fixed },
      {
        signal: context.signal,
        timeoutMs,
        meta: metaOf(context),
        onProgress: (progress) => answers.add(answerWith(progress, { scheduling: 'SILENT' }), true),
      },
    )
    .then((result) => answers.add(answerOf(result, takesMedia), false))
    .catch((error: unknown) => answers.fail(error));
  return yield* answers.read();
}

/** The caller's data in `_meta`. It is no authorisation: participants can set their attributes themselves. */
function metaOf({
  callId,
  idempotencyKey,
  room,
  participant,
  by,
  data,
  traceparent,
}: ToolContext): JsonObject {
  return {
    ...(traceparent === undefined ? {} : { traceparent }),
    'gemini-room-agent/call': {
      id: callId,
      idempotencyKey,
      room,
      participant: participant?.identity ?? null,
      attributes: participant?.attributes ?? {},
      by,
      data,
    },
  };
}
