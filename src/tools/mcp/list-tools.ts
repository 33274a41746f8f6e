// Lists the tools of an MCP server entry by entry: one that does not follow the protocol must not lose the others.
import type { Client } from '@modelcontextprotocol/client';
import { z } from 'zod';

export interface McpTool {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly inputSchema?: Readonly<Record<string, unknown>> | undefined;
}

export interface ListedTools {
  readonly tools: readonly McpTool[];
  /** Entries that are no tools. */
  readonly unreadable: number;
}

const page = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().optional() });
const tool = z.object({
  name: z.string(),
  title: z.string().optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  inputSchema: z.record(z.string(), z.unknown()).optional(),
});

/** A server whose pages never end is read this far. */
const MAX_PAGES = 64;

/** @throws where the server does not answer, or with something else than a list */
export async function listTools(client: Client, timeoutMs: number): Promise<ListedTools> {
  const tools: McpTool[] = [];
  let unreadable = 0;
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const params = cursor === undefined ? {} : { cursor };
    const answer = await client.request({ method: 'tools/list', params }, page, { timeout: timeoutMs });
    for (const entry of answer.tools) {
      const { data } = tool.safeParse(entry);
      if (data) tools.push(data);
      else unreadable += 1;
    }
    // The same cursor again would be the same page.
    if (answer.nextCursor === undefined || answer.nextCursor === cursor) break;
    cursor = answer.nextCursor;
  }
  return { tools, unreadable };
}
