// The profile of a running call: checks changes of `configure`, applies them, and passes them to the session.
import { isDeepStrictEqual } from 'node:util';
import { CommandRefusal } from '../lanes/control.js';
import { isManual } from '../profile/detection.js';
import type { Profile } from '../profile/profile.js';
import type { ConnectionState, ModelSession } from '../session/port.js';
import type { Logger } from '../util/log.js';
import type { CheckedProfile } from './checked-profile.js';

export interface LiveProfileOptions {
  readonly profile: Profile;
  readonly session: Pick<ModelSession, 'reconfigure'>;
  readonly check: (profile: Profile, change: unknown) => CheckedProfile;
  readonly connection: () => ConnectionState;
  /** Called at once when the profile has changed. */
  readonly followers: readonly { configure(profile: Profile): void }[];
  /** The next connection uses the other kind of activity detection. */
  readonly onDetection: (profile: Profile) => void;
}

export class LiveProfile {
  readonly #options: LiveProfileOptions;
  #current: Profile;
  #awaitsDetection = false;

  constructor(options: LiveProfileOptions) {
    this.#options = options;
    this.#current = options.profile;
  }

  get current(): Profile {
    return this.#current;
  }

  /** Changes some fields, all or none. @throws CommandRefusal that names each wrong field */
  configure(change: unknown): 'now' | 'next-connection' {
    const before = this.#current;
    const checked = this.#options.check(before, change);
    if (!checked.ok) {
      const words = checked.problems.map(({ path, message }) => (path ? `${path}: ${message}` : message));
      throw new CommandRefusal('badRequest', words.join('; '));
    }
    const { profile } = checked;
    const setup = isManual(profile) !== isManual(before);
    // In any other state it is unknown which connection is the first with the new detection.
    if (setup && this.#options.connection() !== 'open') {
      throw new CommandRefusal('conflict', 'the session is not open just now: try again in a moment');
    }
    const instructions =
      !isDeepStrictEqual(profile.instructions, before.instructions) ||
      profile.serverInstructions !== before.serverInstructions;
    const tools = !isDeepStrictEqual(declarations(profile), declarations(before));
    this.#apply(profile);
    if (!instructions && !tools && !setup) return 'now';
    this.#awaitsDetection ||= setup;
    const onRefused = (): void => this.#undo(before);
    return this.#options.session.reconfigure({ profile, instructions, tools, setup, onRefused });
  }

  /** The tools of MCP servers have changed: sends them to the model like tools of `configure`. */
  refresh(log: Logger): void {
    try {
      this.configure({});
    } catch (error) {
      log.warn({ err: error }, 'tools of MCP servers cannot be declared');
    }
  }

  /** The session's connection is being replaced: the next one has the profile as it is now. */
  rotating(): void {
    if (!this.#awaitsDetection) return;
    this.#awaitsDetection = false;
    this.#options.onDetection(this.#current);
  }

  #undo(before: Profile): void {
    const setup = isManual(before) !== isManual(this.#current);
    this.#apply(before);
    this.#awaitsDetection = false;
    if (setup) this.#options.onDetection(before);
  }

  #apply(profile: Profile): void {
    this.#current = profile;
    for (const follower of this.#options.followers) follower.configure(profile);
  }
}

function declarations({ tools }: Profile): unknown {
  return tools.map(({ declaration }) => declaration);
}
