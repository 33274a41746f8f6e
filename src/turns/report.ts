// Maps events of the model to room events, where the room gets them unchanged.

import type { RoomEventBody } from '../protocol/events.js';
import type { ModelEvent } from '../session/port.js';
import type { OutboxRank } from '../util/outbox.js';
import { publicWords } from '../util/public-words.js';

export type ReportedEvent = Extract<ModelEvent, { type: 'thought' | 'code' | 'code-result' | 'error' }>;

/** Sources of an answer. */
export type ReportedSource = Extract<ModelEvent, { type: 'grounding' | 'url-context' }>;

export function sourceReport(event: ReportedSource, turn: number): RoomEventBody {
  return event.type === 'grounding' ? { ...event, turn } : { ...event, type: 'url_context', turn };
}

export function reportOf(event: ReportedEvent): RoomEventBody {
  switch (event.type) {
    case 'thought':
    case 'code':
    case 'error':
      return event;
    case 'code-result':
      return { ...event, type: 'code_result' };
  }
}

/** Words of the service, of the network and of tools' servers, as a room may read them. */
export function inPublicWords(body: RoomEventBody): RoomEventBody {
  if (body.type === 'error') return { ...body, message: publicWords(body.message) };
  if (body.type === 'session' && body.reason !== undefined)
    return { ...body, reason: publicWords(body.reason) };
  if (body.type === 'tool.result' && body.error !== undefined)
    return { ...body, error: publicWords(body.error) };
  return body;
}

/** The event for participants outside `control`; undefined when they get it unchanged. */
export function redacted(body: RoomEventBody): RoomEventBody | undefined {
  if (body.type === 'tool.call' || body.type === 'tool.approval') return { ...body, args: {} };
  if (body.type === 'thought') return { ...body, text: '' };
  if (body.type !== 'tool.result') return undefined;
  const { response: _response, error, ...rest } = body;
  return error === undefined ? rest : { ...rest, error: 'the tool failed' };
}

/**
 * Errors, which a client can cause in any number, are dropped first, and thoughts, which the service sends in any number;
 * tool events last, because clients need them.
 */
export function rankOf(body: RoomEventBody): OutboxRank {
  if (body.type.startsWith('tool.')) return 'kept';
  if (body.type === 'thought') return 'expendable';
  return body.type === 'error' && body.code === 'tool_response' ? 'expendable' : 'normal';
}
