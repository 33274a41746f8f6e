// Notices a connection to the room that is open again after an outage, and carries nothing: rtc-node reports it as
// reconnected, but the agent neither publishes its voice nor gets an event for people who join.
import type { Profile } from '../profile/profile.js';
import { hasPerson } from '../room/people.js';
import type { RoomPort } from '../room/port.js';
import { delay } from '../util/abort.js';
import type { Logger } from '../util/log.js';
import type { ListedParticipant, RoomService } from './room-end.js';

/** A reconnected agent has published its voice, and got the event for a new person, well within these three checks. */
const FIRST_MS = 2_000;
const AGAIN_MS = 3_000;
const CHECKS = 3;
/** While the agent is alone it goes on checking, after this many times more rarely. */
const OFTEN = 10;
const RARELY_MS = 15_000;

export interface StaleConnectionOptions {
  readonly room: Pick<RoomPort, 'identity' | 'participants' | 'onEvent'> & { abandon(): void };
  /** LiveKit's server API; without `participants` nothing is checked. */
  readonly service: RoomService | undefined;
  readonly profile: Pick<Profile, 'modality'>;
  readonly log: Pick<Logger, 'warn' | 'debug'>;
}

/**
 * After each reconnection compares the room with the server's list, until they agree and a person is present. Abandons
 * the connection where the same thing is missing three times in a row.
 *
 * @returns a function that ends this
 */
export function watchForStaleConnection({ room, service, profile, log }: StaleConnectionOptions): () => void {
  if (!service?.participants) return () => {};
  const speaks = profile.modality !== 'text';
  const ask = async (): Promise<readonly ListedParticipant[]> => {
    try {
      return (await service.participants?.()) ?? [];
    } catch (error) {
      log.debug({ err: error }, 'the server could not be asked who is in the room');
      return [];
    }
  };
  /** What the server's list and the room differ in. */
  const missingIn = (listed: readonly ListedParticipant[]): string[] => {
    const seen = new Set(room.participants().map(({ identity }) => identity));
    return listed.flatMap((participant) => {
      const { identity, tracks } = participant;
      if (identity === room.identity) return speaks && tracks === 0 ? ['the voice'] : [];
      return participant.isPerson && !seen.has(identity) ? [`participant ${identity}`] : [];
    });
  };
  const check = async (signal: AbortSignal): Promise<void> => {
    let times = new Map<string, number>();
    for (let count = 0; ; count += 1) {
      await delay(count === 0 ? FIRST_MS : count < OFTEN ? AGAIN_MS : RARELY_MS, signal);
      const listed = signal.aborted ? [] : await ask();
      if (signal.aborted) return;
      const missing = missingIn(listed);
      times = new Map(missing.map((what) => [what, (times.get(what) ?? 0) + 1]));
      const stale = missing.find((what) => (times.get(what) ?? 0) >= CHECKS);
      if (stale !== undefined) {
        log.warn({ missing: stale }, 'the connection to the room is open and carries nothing: joining anew');
        return room.abandon();
      }
      if (listed.length > 0 && missing.length === 0 && hasPerson(room)) return;
    }
  };
  let checks = new AbortController();
  const detach = room.onEvent((event) => {
    if (event.type !== 'connection') return;
    checks.abort();
    checks = new AbortController();
    if (event.state === 'reconnected') void check(checks.signal);
  });
  return () => {
    detach();
    checks.abort();
  };
}
