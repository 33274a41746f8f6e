// Lane: ends the call when no person is left, or at maxDurationMs.
import { isPerson } from '../room/people.js';
import type { RoomEvent, RoomPort } from '../room/port.js';

export interface AutoLeaveOptions {
  readonly room: RoomPort;
  readonly whenAloneMs: number;
  readonly maxDurationMs?: number;
  readonly leave: (reason: 'alone' | 'max-duration') => void;
  readonly onOccupied: (occupied: boolean) => void;
}

export function attachAutoLeave(options: AutoLeaveOptions): () => void {
  const { room } = options;
  let alone: NodeJS.Timeout | undefined;
  const limit =
    options.maxDurationMs === undefined
      ? undefined
      : setTimeout(() => options.leave('max-duration'), options.maxDurationMs);

  const count = (): void => {
    const occupied = room.participants().some(isPerson);
    options.onOccupied(occupied);
    if (occupied) {
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
