// Calls a tool of an MCP server and converts its result for the model.
import type { CallToolResult } from '@modelcontextprotocol/client';
import type { McpRun } from '../../profile/profile.js';
import type { JsonObject } from '../../session/port.js';
import { AnswerStream } from '../answer-stream.js';
import { answerWith, type ToolContext } from '../tool.js';
import { ToolError } from '../tool-error.js';
import type { McpServers } from './servers.js';

export interface McpCall {
  readonly run: McpRun;
  readonly args: JsonObject;
  /** Fixed arguments of the profile, which override the model's. */
  readonly fixed: JsonObject;
  readonly timeoutMs: number;
  readonly context: ToolContext;
}

const MAX_ERROR_CHARS = 2_000;

/** Progress notifications become intermediate results with SILENT scheduling. */
export async function* callMcp(
  servers: McpServers | undefined,
  { run, args, fixed, timeoutMs, context }: McpCall,
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
    .then((result) => answers.add(resultValue(result), false))
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

/** @throws ToolError for a result that is an error */
export function resultValue({ content = [], structuredContent, isError }: CallToolResult): unknown {
  const texts = content.map(textOf);
  if (isError) throw new ToolError('failed', texts.join('\n').slice(0, MAX_ERROR_CHARS) || 'the tool failed');
  if (structuredContent !== undefined) return structuredContent;
  return texts.join('\n');
}

function textOf(block: CallToolResult['content'][number]): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return `[${block.type} ${block.mimeType}, which cannot be shown here]`;
    case 'resource_link':
      return `${block.name}: ${block.uri}`;
    case 'resource':
      return 'text' in block.resource ? block.resource.text : `[${block.resource.uri}, which is not text]`;
    default:
      return '';
  }
}
