// Lane: when the call is over because nobody is left, or its time is up.
import { isCompany } from '../room/people.js';
import type { RoomEvent, RoomPort } from '../room/port.js';

export interface DepartureOptions {
  readonly room: RoomPort;
  readonly whenAloneMs: number;
  readonly maxDurationMs?: number;
  readonly leave: (reason: 'alone' | 'max-duration') => void;
  readonly onCompany: (accompanied: boolean) => void;
}

export function attachDeparture(options: DepartureOptions): () => void {
  const { room } = options;
  let alone: NodeJS.Timeout | undefined;
  const limit =
    options.maxDurationMs === undefined
      ? undefined
      : setTimeout(() => options.leave('max-duration'), options.maxDurationMs);

  const count = (): void => {
    const accompanied = room.participants().some(isCompany);
    options.onCompany(accompanied);
    if (accompanied) {
      clearTimeout(alone);
      alone = undefined;
    } else {
      alone ??= setTimeout(() => options.leave('alone'), options.whenAloneMs);
    }
  };

  const detach = room.onEvent((event: RoomEvent) => {
    if (event.type === 'participant-joined' || event.type === 'participant-left') count();
  });
  count();
  return () => {
    detach();
    clearTimeout(alone);
    clearTimeout(limit);
  };
}
