// One tool call as an RPC, sent to one participant after the other until one has the method.
import type { Profile } from '../profile/profile.js';
import type { RoomEvent, RoomPort } from '../room/port.js';
import { RpcFailure } from '../room/rpc-failure.js';
import type { JsonObject } from '../session/port.js';
import { AnswerStream } from './answer-stream.js';
import { whoMayAnswer } from './permission.js';
import type { ToolContext } from './tool.js';
import { ToolError } from './tool-error.js';

/** LiveKit's limit of an RPC payload. */
export const MAX_RPC_PAYLOAD_BYTES = 15_360;
/** Delay before a client that has just joined is called: it may still be registering its methods. */
const NEWCOMER_MS = 500;

export interface ParticipantCallOptions {
  readonly room: Pick<RoomPort, 'participants' | 'callRpc' | 'onEvent'>;
  readonly control: () => Profile['control'];
  readonly name: string;
  readonly args: JsonObject;
  readonly timeoutMs: number;
  readonly context: ToolContext;
}

export class ParticipantCall {
  readonly answers: AnswerStream;
  readonly #options: ParticipantCallOptions;
  readonly #endsMs: number;
  readonly #asked = new Set<string>();
  readonly #newcomers = new Set<NodeJS.Timeout>();
  readonly #detach: () => void;
  #asking = false;

  /** Starts the RPCs at once. */
  constructor(options: ParticipantCallOptions) {
    this.#options = options;
    this.#endsMs = performance.now() + options.timeoutMs;
    this.answers = new AnswerStream(options.context.signal);
    this.#detach = options.room.onEvent((event) => this.#onRoom(event));
    void this.#ask();
  }

  close(): void {
    this.#detach();
    for (const timer of this.#newcomers) clearTimeout(timer);
  }

  #onRoom(event: RoomEvent): void {
    if (event.type === 'participant-left') this.#asked.delete(event.participant.identity);
    if (event.type !== 'participant-joined') return;
    const timer = setTimeout(() => {
      this.#newcomers.delete(timer);
      void this.#ask();
    }, NEWCOMER_MS);
    this.#newcomers.add(timer);
  }

  /** Never rejects: a failure becomes the call's error result. */
  async #ask(): Promise<void> {
    if (this.#asking) return;
    const payload = JSON.stringify(this.#options.args);
    // Too large for an RPC: a client can still answer the `tool.call` event by message.
    if (Buffer.byteLength(payload) > MAX_RPC_PAYLOAD_BYTES) return;
    this.#asking = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        this.#asked.add(next);
        if (await this.#isAnsweredBy(next, payload)) return;
      }
      const { log } = this.#options.context;
      const asked = [...this.#asked];
      if (!this.answers.isOver)
        log.info({ asked }, 'no participant has the method: the call waits for a message');
    } catch (error) {
      this.answers.fail(error);
    } finally {
      this.#asking = false;
    }
  }

  #next(): string | undefined {
    if (this.answers.isOver || performance.now() >= this.#endsMs) return undefined;
    const { room, control, context } = this.#options;
    const able = whoMayAnswer(control(), room.participants(), context.participant?.identity);
    return able.find((identity) => !this.#asked.has(identity));
  }

  async #isAnsweredBy(identity: string, payload: string): Promise<boolean> {
    const { room, name } = this.#options;
    const leftMs = Math.max(1, Math.ceil(this.#endsMs - performance.now()));
    try {
      this.answers.add(parseAnswer(await room.callRpc(identity, name, payload, leftMs)), false);
      return true;
    } catch (error) {
      if (error instanceof RpcFailure && NOT_RUN.includes(error.code)) return false;
      throw toolErrorOf(error, identity, this.#options.timeoutMs);
    }
  }
}

/** LiveKit's built-in RPC error codes; every other code is the application's own error. */
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

/** Codes that mean that the method has not run, so the next participant can be called. */
const NOT_RUN: readonly number[] = [
  UNSUPPORTED_METHOD,
  RECIPIENT_NOT_FOUND,
  PAYLOAD_TOO_LARGE,
  UNSUPPORTED_SERVER,
  UNSUPPORTED_VERSION,
  CONNECTION_TIMEOUT,
  SEND_FAILED,
];

function toolErrorOf(error: unknown, identity: string, timeoutMs: number): unknown {
  if (!(error instanceof RpcFailure)) return error;
  switch (error.code) {
    case RESPONSE_TIMEOUT:
      return new ToolError('timeout', `timed out: ${identity} did not answer within ${timeoutMs} ms`);
    case RECIPIENT_DISCONNECTED:
      return new ToolError('unavailable', `${identity} left before answering`);
    case RESPONSE_TOO_LARGE:
      return new ToolError(
        'too_large',
        `${identity} answered with more than ${MAX_RPC_PAYLOAD_BYTES} bytes: send it as a text stream on gemini.tool_response`,
      );
    default:
      return new ToolError('failed', error.message || `${identity} has failed without a message`);
  }
}

/** Parses a result; handlers may also return plain text or an empty text. */
function parseAnswer(payload: string): unknown {
  if (payload.trim() === '') return {};
  try {
    return JSON.parse(payload) as unknown;
  } catch {
    return payload;
  }
}
