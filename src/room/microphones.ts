// Which audio tracks are received: one microphone for each person, and a fixed number in all, however many are published.
import type { RemoteTrack } from './port.js';

/** Each costs a decoder and a resampler; more people than this do not speak at once. */
export const MAX_MICROPHONES = 16;

/**
 * @param candidates audio tracks that may be heard, in the order in which they were published
 * @param received sids of those that are received now: they keep their place while they are not muted
 * @returns sids of the tracks to receive
 */
export function chooseAudio(
  candidates: readonly RemoteTrack[],
  received: ReadonlySet<string>,
): ReadonlySet<string> {
  const ordered = [...candidates].sort((a, b) => rank(a, received) - rank(b, received));
  const chosen = new Set<string>();
  const taken = new Set<string>();
  for (const { sid, identity, source } of ordered) {
    if (source !== 'microphone' && source !== 'screen-audio') continue;
    const place = `${source} ${identity}`;
    if (taken.has(place)) continue;
    taken.add(place);
    chosen.add(sid);
    if (chosen.size === MAX_MICROPHONES) break;
  }
  return chosen;
}

/** The people with an open microphone of whom nothing is received, because there are too many. */
export function leftOut(
  candidates: readonly RemoteTrack[],
  chosen: ReadonlySet<string>,
): ReadonlySet<string> {
  const heard = new Set(candidates.filter(({ sid }) => chosen.has(sid)).map(({ identity }) => identity));
  const open = candidates.filter(({ source, muted }) => source === 'microphone' && !muted);
  return new Set(open.map(({ identity }) => identity).filter((identity) => !heard.has(identity)));
}

/** A muted track gives its place to one that is not; otherwise what is received stays. */
function rank({ sid, muted }: RemoteTrack, received: ReadonlySet<string>): number {
  return (muted ? 2 : 0) + (received.has(sid) ? 0 : 1);
}
