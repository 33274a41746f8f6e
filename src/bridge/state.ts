// The answer of `get_state`.

import type { Profile } from '../profile/profile.js';
import type { ConnectionState, ModelSession } from '../session/port.js';
import type { Presence } from '../turns/presence.js';
import type { BridgeInput } from './input.js';

export interface BridgeParts {
  readonly presence: Presence;
  readonly input: BridgeInput;
  readonly session: ModelSession;
  readonly connection: ConnectionState;
  readonly profile: Profile;
  readonly turn: number;
}

export function stateOf({ presence, input, session, connection, profile, turn }: BridgeParts): object {
  const { manual, floor, microphone, speaking } = input;
  const { resumptionHandle } = session;
  return {
    agent: presence.state,
    session: connection,
    model: profile.model,
    modality: profile.modality,
    turn,
    detection: manual ? 'manual' : 'automatic',
    holder: manual?.holder ?? floor?.holder ?? null,
    waiting: floor?.state.waiting ?? [],
    speaker: microphone?.identity ?? null,
    speakers: speaking.last,
    tools: session.openCalls.map(({ id, name }) => ({ id, name })),
    // Anyone with the handle can resume the conversation: only for identities that `control` names.
    ...(resumptionHandle && profile.control !== 'anyone' ? { handle: resumptionHandle } : {}),
  };
}
