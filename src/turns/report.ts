// What of the model's events the room is told as it came.
import type { ModelEvent } from '../model/port.js';
import type { RoomEventBody } from '../protocol/events.js';

export type ReportedEvent = Extract<
  ModelEvent,
  { type: 'thought' | 'code' | 'code-result' | 'grounding' | 'url-context' | 'error' }
>;

export function reportOf(event: ReportedEvent, turn: number): RoomEventBody {
  switch (event.type) {
    case 'thought':
    case 'code':
    case 'error':
      return event;
    case 'code-result':
      return { ...event, type: 'code_result' };
    case 'grounding':
      return { ...event, turn };
    case 'url-context':
      return { ...event, type: 'url_context', turn };
  }
}
