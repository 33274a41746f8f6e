// Tools that run in a participant's client: called by RPC, or answered by a message.
import type { Profile } from '../profile/profile.js';
import { parseToolResponse } from '../protocol/commands.js';
import type { RoomPort } from '../room/port.js';
import type { JsonObject } from '../session/port.js';
import { ParticipantCall } from './participant-call.js';
import { mayControl } from './permission.js';
import { answerWith, type ToolContext } from './tool.js';
import { ToolError } from './tool-error.js';

export interface ParticipantToolsOptions {
  readonly room: Pick<RoomPort, 'participants' | 'callRpc' | 'onEvent'>;
  readonly control: () => Profile['control'];
}

/** The result of a message on `gemini.tool_response`. */
export type MessageVerdict =
  | { readonly taken: true }
  | {
      readonly taken: false;
      readonly reason: 'not-allowed' | 'not-open' | 'malformed';
      readonly message: string;
    };

export class ParticipantTools {
  readonly #options: ParticipantToolsOptions;
  readonly #open = new Map<string, ParticipantCall>();

  constructor(options: ParticipantToolsOptions) {
    this.#options = options;
  }

  /** Runs a call in the client of a participant that has the method. */
  async *run(
    name: string,
    args: JsonObject,
    timeoutMs: number,
    context: ToolContext,
  ): AsyncGenerator<unknown, unknown> {
    const call = new ParticipantCall({ ...this.#options, name, args, timeoutMs, context });
    this.#open.set(context.callId, call);
    try {
      return yield* call.answers.read();
    } finally {
      this.#open.delete(context.callId);
      call.close();
    }
  }

  /** Applies a participant's message as the result of an open call. Never throws. */
  message(identity: string, text: string): MessageVerdict {
    if (!mayControl(this.#options.control(), identity)) {
      return { taken: false, reason: 'not-allowed', message: `${identity} may not answer tools` };
    }
    const parsed = parseToolResponse(text);
    if (!parsed.ok) return { taken: false, reason: 'malformed', message: parsed.message };
    const answer = parsed.value;
    const answers = this.#open.get(answer.id)?.answers;
    if (!answers) return { taken: false, reason: 'not-open', message: `no call ${answer.id} is open` };
    if ('error' in answer) {
      answers.fail(new ToolError('failed', answer.error));
    } else {
      const { response, scheduling, willContinue } = answer;
      answers.add(scheduling ? answerWith(response, { scheduling }) : response, willContinue ?? false);
    }
    return { taken: true };
  }
}
