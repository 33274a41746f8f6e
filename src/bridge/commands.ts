// The handlers of the room's RPC commands, over the parts of a bridge.
import { type CommandHandlers, CommandRefusal } from '../lanes/control.js';
import type { ManualTurns } from '../lanes/manual-turns.js';
import type { Capabilities } from '../profile/model-capabilities.js';
import { MAX_CHAT_CHARS } from '../protocol/commands.js';
import type { Content } from '../session/port.js';
import { answerWith, ToolError } from '../tools/tool.js';
import type { Floor, FloorState } from '../turns/floor.js';
import type { Transcript } from '../turns/recorded.js';
import { transcriptPage } from '../turns/transcript-page.js';
import type { TextRefusal } from './typed-input.js';

export interface CommandTargets {
  readonly capabilities: Pick<Capabilities, 'model' | 'textInput' | 'clientContent'>;
  /** Undefined with automatic activity detection. */
  readonly manualTurns: () => ManualTurns | undefined;
  /** Undefined where everyone may speak at once. */
  readonly floor: () => Floor | undefined;
  readonly mayBeHeard: (identity: string) => boolean;
  readonly interrupt: () => void;
  /** Sends a user turn in text. */
  readonly say: (text: string, caller: string) => void;
  /** Why the caller may not send another text now. */
  readonly refusal: (caller: string) => TextRefusal | undefined;
  readonly addContext: (turns: readonly Content[], turnComplete: boolean, caller: string) => void;
  readonly configure: (change: unknown) => 'now' | 'next-connection';
  readonly approve: (id: string, ok: boolean, caller: string) => 'decided' | 'not-waiting' | 'not-allowed';
  readonly hangUp: (caller: string) => void;
  readonly state: () => object;
  readonly transcript: () => Transcript;
}

export function commandHandlers(targets: CommandTargets): CommandHandlers {
  const { capabilities } = targets;
  const { model } = capabilities;
  return {
    start_turn: (_payload, caller) => {
      const turns = manualTurns(targets);
      if (!turns.isFor(caller)) throw notHeard();
      const floor = targets.floor();
      if (floor && !floor.isFor(caller)) {
        const first = floor.holder ?? floor.state.waiting[0];
        throw new CommandRefusal('conflict', `${first} has the turn: raise_hand asks for the next one`);
      }
      if (!turns.open(caller)) throw new CommandRefusal('conflict', `${turns.holder} has the turn`);
      floor?.begin(caller);
      return undefined;
    },
    end_turn: (_payload, caller) => {
      manualTurns(targets).end(caller);
      return undefined;
    },
    cancel_turn: (_payload, caller) => {
      if (manualTurns(targets).cancel(caller)) return undefined;
      throw new CommandRefusal('conflict', 'you have no turn that could be cancelled');
    },
    raise_hand: (_payload, caller) => {
      const floor = floorOf(targets);
      if (!targets.mayBeHeard(caller)) throw notHeard();
      floor.raise(caller);
      return { ...floor.state };
    },
    lower_hand: (_payload, caller): FloorState => {
      const floor = floorOf(targets);
      floor.lower(caller);
      return { ...floor.state };
    },
    interrupt: () => {
      targets.interrupt();
      return undefined;
    },
    say: ({ text }, caller) => {
      if (capabilities.textInput === 'none') throw new CommandRefusal('conflict', `${model} takes no text`);
      if (text.trim() === '') throw new CommandRefusal('badRequest', 'text: must not be blank');
      if (text.length > MAX_CHAT_CHARS)
        throw new CommandRefusal('badRequest', `text: must have at most ${MAX_CHAT_CHARS} characters`);
      demandText(targets.refusal(caller));
      targets.say(text, caller);
      return undefined;
    },
    add_context: ({ turns, turnComplete }, caller) => {
      // Some models close the session when they get client content.
      if (capabilities.clientContent !== 'any') {
        throw new CommandRefusal('conflict', `${model} takes no context in mid-session (profile: history)`);
      }
      demandText(targets.refusal(caller));
      targets.addContext(turns, turnComplete, caller);
      return undefined;
    },
    configure: (change) => ({ applies: targets.configure(change) }),
    approve: ({ id, ok }, caller) => {
      const verdict = targets.approve(id, ok, caller);
      if (verdict === 'not-allowed') throw new CommandRefusal('notAllowed', 'you may not decide this call');
      if (verdict === 'not-waiting') throw new CommandRefusal('conflict', 'no such call waits to be allowed');
      return undefined;
    },
    hang_up: (_payload, caller) => {
      targets.hangUp(caller);
      return undefined;
    },
    get_state: () => targets.state(),
    get_transcript: (range) => transcriptPage(targets.transcript(), range),
  };
}

/** The result of `end_call`; `heard`: the model's last words were played already. */
export function endCallAnswer(heard: boolean): unknown {
  if (heard) return answerWith({ output: 'the call ends now' }, { scheduling: 'SILENT' });
  return { output: 'the call ends after your next words: say goodbye' };
}

/** The result of a tool call that belongs to a cancelled turn. */
export function takenBack(): ToolError {
  return new ToolError('cancelled', 'the person has taken back what they said: do nothing');
}

function demandText(refusal: TextRefusal | undefined): void {
  if (refusal) throw new CommandRefusal(refusal.reason, refusal.message);
}

function notHeard(): CommandRefusal {
  return new CommandRefusal('notAllowed', 'the agent listens to another participant: see listen.participant');
}

function floorOf(targets: CommandTargets): Floor {
  const floor = targets.floor();
  if (floor) return floor;
  throw new CommandRefusal(
    'conflict',
    'everyone may speak: set listen.policy to "floor" or "push-to-talk" in the profile',
  );
}

function manualTurns(targets: CommandTargets): ManualTurns {
  const turns = targets.manualTurns();
  if (turns) return turns;
  throw new CommandRefusal(
    'conflict',
    'speech is detected automatically: set listen.policy to "push-to-talk" in the profile',
  );
}
