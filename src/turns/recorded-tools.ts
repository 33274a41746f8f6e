// What became of a tool call, for the record of its call: its result, who has allowed it, and whether it was cancelled.
import type { RoomEventBody } from '../protocol/events.js';
import type { RecordedTool } from './recorded.js';

type ToolFact = Extract<RoomEventBody, { type: 'tool.result' | 'tool.approval' | 'tool.cancelled' }>;

/** @param tools of the call, oldest first */
export function recordTool(tools: readonly RecordedTool[], event: ToolFact, at: number): void {
  if (event.type === 'tool.cancelled') {
    for (const tool of tools) if (event.ids.includes(tool.id)) tool.cancelled = true;
    return;
  }
  const tool = tools.findLast(({ id }) => id === event.id);
  if (!tool) return;
  if (event.type === 'tool.approval') {
    const { state, from, by } = event;
    tool.approval = { state, from, ...(by === undefined ? {} : { by }), at };
    return;
  }
  const { ok, durationMs, error } = event;
  tool.ok = ok;
  tool.durationMs = durationMs;
  if (error !== undefined) tool.error = error;
}
