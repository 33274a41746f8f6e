// The parts of a bridge that the room's commands reach.
import type { Tools } from '../lanes/tools.js';
import type { ConnectionState, ModelSession } from '../session/port.js';
import type { Presence } from '../turns/presence.js';
import type { BridgeReport } from './bridge-report.js';
import type { CommandTargets } from './commands.js';
import type { BridgeInput } from './input.js';
import type { LiveProfile } from './live-profile.js';
import type { BridgeOutput } from './output.js';
import { stateOf } from './state.js';
import type { TypedInput } from './typed-input.js';

export interface CommandedParts {
  readonly capabilities: CommandTargets['capabilities'];
  readonly presence: Presence;
  readonly input: BridgeInput;
  readonly output: BridgeOutput;
  readonly typed: TypedInput;
  readonly tools: Tools;
  readonly session: ModelSession;
  readonly profile: LiveProfile;
  readonly connection: () => ConnectionState;
  readonly report: BridgeReport;
  readonly hangUp: (caller: string) => void;
}

export function commandTargets(parts: CommandedParts): CommandTargets {
  const { capabilities, input, output, typed, profile, hangUp } = parts;
  return {
    capabilities,
    manualTurns: () => input.manual,
    floor: () => input.floor,
    mayBeHeard: (identity) => input.mayBeHeard(identity),
    interrupt: () => output.interrupt(),
    say: (text, caller) => typed.say(text, caller),
    refusal: (caller) => typed.refusal(caller),
    addContext: (turns, turnComplete, caller) => typed.addContext(turns, turnComplete, caller),
    configure: (change) => profile.configure(change),
    transcript: () => parts.report.record.transcript,
    // Delayed, so that the caller gets the answer before the agent leaves.
    approve: (id, ok, caller) => parts.tools.approve(id, ok, caller),
    hangUp: (caller) => void setImmediate(() => hangUp(caller)),
    state: () =>
      stateOf({ ...parts, connection: parts.connection(), profile: profile.current, turn: output.turn }),
  };
}
