// Converts the result of an MCP tool for the model: structured content or text, and images where the model takes them.
import type { CallToolResult } from '@modelcontextprotocol/client';
import { MAX_TOOL_RESPONSE_BYTES } from '../../protocol/commands.js';
import type { ToolMedia } from '../../session/port.js';
import { MediaAnswer } from '../tool.js';
import { ToolError } from '../tool-error.js';

type Block = CallToolResult['content'][number];
type Resource = Extract<Block, { type: 'resource' }>['resource'];

const MAX_ERROR_CHARS = 2_000;
/** What Google's documentation lists for function responses. */
const TAKEN = ['image/png', 'image/jpeg', 'image/webp', 'application/pdf'];

/**
 * @param takesMedia whether the model takes images in a function's result
 * @throws ToolError for a result that is an error
 */
export function answerOf(result: CallToolResult, takesMedia: boolean): unknown {
  const { content = [], structuredContent, isError } = result;
  const media: ToolMedia[] = [];
  let leftBytes = takesMedia ? MAX_TOOL_RESPONSE_BYTES : 0;
  const inWords = (kind: string, mimeType: string, data: string): string => {
    if (!takesMedia || !TAKEN.includes(mimeType)) return `[${kind} ${mimeType}, which cannot be shown here]`;
    if (data.length > leftBytes) return `[${kind} ${mimeType}, too large to be shown here]`;
    leftBytes -= data.length;
    media.push({ mimeType, data });
    return `[${kind} ${mimeType}, attached]`;
  };
  const texts = content.map((block) => textOf(block, inWords)).filter((text) => text !== '');
  if (isError) throw new ToolError('failed', texts.join('\n').slice(0, MAX_ERROR_CHARS) || 'the tool failed');
  const value = structuredContent === undefined ? texts.join('\n') : structuredContent;
  return media.length === 0 ? value : new MediaAnswer(value, media);
}

type InWords = (kind: string, mimeType: string, data: string) => string;

function textOf(block: Block, inWords: InWords): string {
  switch (block.type) {
    case 'text':
      return block.text;
    case 'image':
    case 'audio':
      return inWords(block.type, block.mimeType, block.data);
    case 'resource_link': {
      const { name, uri, description } = block;
      return description ? `${name}: ${uri} (${description})` : `${name}: ${uri}`;
    }
    case 'resource':
      return resourceText(block.resource, inWords);
    default:
      return '';
  }
}

function resourceText(resource: Resource, inWords: InWords): string {
  if ('text' in resource) return resource.text;
  const kind = `resource ${resource.uri}`;
  return inWords(kind, resource.mimeType ?? 'application/octet-stream', resource.blob);
}
