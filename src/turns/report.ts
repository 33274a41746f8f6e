// Maps events of the model to room events, where the room gets them unchanged.

import type { RoomEventBody } from '../protocol/events.js';
import type { ModelEvent } from '../session/port.js';

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
