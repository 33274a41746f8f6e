// Tools that run at a participant: an RPC to whoever has the method, or a message by which a client without RPC answers.
import type { Profile } from '../config/profile.js';
import type { JsonObject } from '../model/port.js';
import { parseToolResponse } from '../protocol/commands.js';
import type { RoomPort } from '../room/port.js';
import { RpcFailure } from '../room/rpc-failure.js';
import { AnswerStream } from './answer-stream.js';
import { mayControl, whoMayAnswer } from './permission.js';
import { answerWith, type ToolContext } from './tool.js';
import { ToolError } from './tool-error.js';

/** What LiveKit carries in an RPC. */
export const MAX_RPC_PAYLOAD_BYTES = 15_360;

export interface ParticipantToolsOptions {
  readonly room: Pick<RoomPort, 'participants' | 'callRpc'>;
  readonly control: () => Profile['control'];
}

/** What became of a message on `gemini.tool_response`. */
export type MessageVerdict =
  | { readonly taken: true }
  | {
      readonly taken: false;
      readonly reason: 'not-allowed' | 'not-open' | 'malformed';
      readonly message: string;
    };

export class ParticipantTools {
  readonly #options: ParticipantToolsOptions;
  readonly #open = new Map<string, AnswerStream>();

  constructor(options: ParticipantToolsOptions) {
    this.#options = options;
  }

  /** Answers a call by whoever in the room can. */
  async *run(
    name: string,
    args: JsonObject,
    timeoutMs: number,
    context: ToolContext,
  ): AsyncGenerator<unknown, unknown> {
    const answers = new AnswerStream(context.signal);
    this.#open.set(context.callId, answers);
    try {
      void this.#ask(name, args, timeoutMs, context, answers).catch((error: unknown) => answers.fail(error));
      return yield* answers.read();
    } finally {
      this.#open.delete(context.callId);
    }
  }

  /** Takes a message of a participant as the answer to an open call. Never throws. */
  message(identity: string, text: string): MessageVerdict {
    if (!mayControl(this.#options.control(), identity)) {
      return { taken: false, reason: 'not-allowed', message: `${identity} may not answer tools` };
    }
    const parsed = parseToolResponse(text);
    if (!parsed.ok) return { taken: false, reason: 'malformed', message: parsed.message };
    const answer = parsed.value;
    const answers = this.#open.get(answer.id);
    if (!answers) return { taken: false, reason: 'not-open', message: `no call ${answer.id} is open` };
    if ('error' in answer) answers.fail(new ToolError('failed', answer.error));
    else {
      const { response, scheduling, willContinue } = answer;
      answers.add(scheduling ? answerWith(response, { scheduling }) : response, willContinue ?? false);
    }
    return { taken: true };
  }

  async #ask(
    name: string,
    args: JsonObject,
    timeoutMs: number,
    context: ToolContext,
    answers: AnswerStream,
  ): Promise<void> {
    const payload = JSON.stringify(args);
    // A larger one can still be answered by message: the event carries it.
    if (Buffer.byteLength(payload) > MAX_RPC_PAYLOAD_BYTES) return;
    const { room, control } = this.#options;
    const endsMs = performance.now() + timeoutMs;
    const asked = whoMayAnswer(control(), room.participants(), context.participant?.identity);
    for (const identity of asked) {
      const leftMs = Math.ceil(endsMs - performance.now());
      if (answers.isOver || leftMs <= 0) return;
      try {
        answers.add(parseAnswer(await room.callRpc(identity, name, payload, leftMs), identity), false);
        return;
      } catch (error) {
        if (mayAskNext(error)) continue;
        throw toolErrorOf(error, identity, timeoutMs);
      }
    }
    context.log.info({ asked }, 'nobody in the room has the method: the call waits for a message');
  }
}

/** LiveKit's own codes, of which only an application's errors are the tool's. */
const UNSUPPORTED_METHOD = 1400;
const RECIPIENT_NOT_FOUND = 1401;
const PAYLOAD_TOO_LARGE = 1402;
const UNSUPPORTED_SERVER = 1403;
const UNSUPPORTED_VERSION = 1404;
const CONNECTION_TIMEOUT = 1501;
const RESPONSE_TIMEOUT = 1502;
const RECIPIENT_DISCONNECTED = 1503;
const RESPONSE_TOO_LARGE = 1504;
const SEND_FAILED = 1505;

/** He has no such method or cannot be called at all, so that nothing has run. */
const NOT_RUN: readonly number[] = [
  UNSUPPORTED_METHOD,
  RECIPIENT_NOT_FOUND,
  PAYLOAD_TOO_LARGE,
  UNSUPPORTED_SERVER,
  UNSUPPORTED_VERSION,
  CONNECTION_TIMEOUT,
  SEND_FAILED,
];

function mayAskNext(error: unknown): boolean {
  return error instanceof RpcFailure && NOT_RUN.includes(error.code);
}

function toolErrorOf(error: unknown, identity: string, timeoutMs: number): unknown {
  if (!(error instanceof RpcFailure)) return error;
  switch (error.code) {
    case RESPONSE_TIMEOUT:
      return new ToolError('timeout', `timed out: ${identity} gave no answer within ${timeoutMs} ms`);
    case RECIPIENT_DISCONNECTED:
      return new ToolError('unavailable', `${identity} left before answering`);
    case RESPONSE_TOO_LARGE:
      return new ToolError(
        'too_large',
        `${identity} gave an answer of more than ${MAX_RPC_PAYLOAD_BYTES} bytes`,
      );
    default:
      return new ToolError('failed', error.message);
  }
}

function parseAnswer(payload: string, identity: string): unknown {
  if (payload.trim() === '') return undefined;
  try {
    return JSON.parse(payload) as unknown;
  } catch {
    throw new ToolError('bad_answer', `${identity} answered with something that is not JSON`);
  }
}
