// RPCs over rtc-node, in both directions: failures travel with their code, and with no word of the inside.
import { type LocalParticipant, RpcError, type RpcInvocationData } from '@livekit/rtc-node';
import type { Logger } from '../util/log.js';
import { publicWords } from '../util/public-words.js';
import type { RpcCall } from './port.js';
import { RpcFailure } from './rpc-failure.js';

const RPC_APPLICATION_ERROR = 1500;

export function answerRpc(
  method: string,
  handler: (call: RpcCall) => Promise<string>,
  log: Logger,
): (data: RpcInvocationData) => Promise<string> {
  return async ({ callerIdentity, payload }) => {
    try {
      return await handler({ callerIdentity, payload });
    } catch (error) {
      if (error instanceof RpcFailure) throw new RpcError(error.code, publicWords(error.message));
      log.error({ code: 'rpc', err: error, method }, 'an RPC handler failed');
      throw new RpcError(RPC_APPLICATION_ERROR, `${method} failed in the agent`);
    }
  };
}

export async function callRpc(
  caller: LocalParticipant,
  {
    identity,
    method,
    payload,
    timeoutMs,
  }: {
    readonly identity: string;
    readonly method: string;
    readonly payload: string;
    readonly timeoutMs: number;
  },
): Promise<string> {
  try {
    const responseTimeout = timeoutMs;
    return await caller.performRpc({ destinationIdentity: identity, method, payload, responseTimeout });
  } catch (error) {
    throw error instanceof RpcError ? new RpcFailure(Number(error.code), error.message) : error;
  }
}
