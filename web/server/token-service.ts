// The token endpoint: what a client asks for, checked whole; the agent's dispatch; the token.
import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { AccessToken, RoomAgentDispatch, RoomConfiguration } from 'livekit-server-sdk';
import type { Environment } from '../../src/config/environment.js';
import { abortable, forAtMost } from '../../src/util/abort.js';
import { printableLines } from '../../src/util/printable.js';
import type { Agents } from './agents.js';
import type { IdentityOwners } from './identities.js';
import type { ProfileShelf } from './profiles.js';
import { type RequestProblem, readTokenRequest, type TokenRequest } from './token-request.js';

/** LiveKit's answer, and the names that this server chose where the client did not. */
export interface TokenAnswer {
  readonly server_url: string;
  readonly participant_token: string;
  readonly room_name: string;
  readonly participant_identity: string;
}

/** Why there is no token, in words for the client. */
export class TokenRefusal extends Error {
  override readonly name = 'TokenRefusal';
  readonly status: 400 | 409 | 502 | 504;
  readonly problems: readonly RequestProblem[] | undefined;

  constructor(status: TokenRefusal['status'], message: string, problems?: readonly RequestProblem[]) {
    super(message);
    this.status = status;
    this.problems = problems;
  }
}

export interface TokenServiceOptions {
  readonly environment: Environment;
  /** The address of the LiveKit server, for browsers. */
  readonly serverUrl: string;
  readonly profiles: ProfileShelf;
  readonly agents: Agents;
  readonly owners: IdentityOwners;
}

/** Long enough to join, and for the client to come back after a loss; LiveKit renews the tokens of a call. */
const TOKEN_MS = 15 * 60_000;
const WAIT_FOR_AGENT_MS = 20_000;

export class TokenService {
  readonly #options: TokenServiceOptions;

  constructor(options: TokenServiceOptions) {
    this.#options = options;
  }

  /** @throws TokenRefusal */
  async answer(body: string, owner: string, signal: AbortSignal): Promise<TokenAnswer> {
    const read = readTokenRequest(body);
    if (!read.ok) throw refusal(read.problems);
    const { request } = read;
    const problems = await this.#problemsOf(request);
    if (problems.length > 0) throw refusal(problems);
    const room = request.room ?? `room-${randomName()}`;
    const identity = request.identity ?? `guest-${randomName()}`;
    await this.#demandIdentity(room, identity, owner);
    if (request.agent) await this.#bringAgent(room, request.agent.metadata, request.waitForAgent, signal);
    const participantToken = await this.#sign(room, identity, request);
    this.#options.owners.give(room, identity, owner, Date.now() + TOKEN_MS);
    const { serverUrl } = this.#options;
    return {
      server_url: serverUrl,
      participant_token: participantToken,
      room_name: room,
      participant_identity: identity,
    };
  }

  async #problemsOf({ agent, waitForAgent }: TokenRequest): Promise<RequestProblem[]> {
    const { environment, profiles } = this.#options;
    if (!agent) {
      const message = 'needs room_config.agents, which names the agent to wait for';
      return waitForAgent ? [{ path: 'wait_for_agent', message }] : [];
    }
    const at = 'room_config.agents[0]';
    const found: RequestProblem[] = [];
    if (agent.name !== environment.agentName) {
      const own = environment.agentName;
      const message =
        own === '' ? 'must be empty: the agent comes into every room by itself' : `must be ${own}`;
      found.push({ path: `${at}.agent_name`, message });
    }
    if (agent.metadata.trim() === '') return found;
    const problems =
      environment.web.profiles === 'any'
        ? (await profiles.check(agent.metadata)).problems
        : await profiles.checkNamed(agent.metadata);
    for (const { path, message } of problems) {
      const inner = path === 'metadata' ? '' : path;
      found.push({ path: `${at}.metadata${inner && `: ${inner}`}`, message });
    }
    return found;
  }

  /** Joining under an identity that is in the room puts its holder out. */
  async #demandIdentity(room: string, identity: string, owner: string): Promise<void> {
    const { owners, agents } = this.#options;
    const taken = new TokenRefusal(
      409,
      `participant_identity: somebody else has it in this room; take another`,
    );
    if (owners.isOthers(room, identity, owner)) throw taken;
    if (owners.isOwn(room, identity, owner)) return;
    if (await agents.isPresent(room, identity).catch(unreachable)) throw taken;
  }

  async #bringAgent(room: string, metadata: string, wait: boolean, signal: AbortSignal): Promise<void> {
    const { dispatched, there } = this.#options.agents.ensure(room, metadata);
    // The token's own dispatch counts only where its holder creates the room, so the room comes first.
    await dispatched.catch(unreachable);
    if (!wait) return;
    await forAtMost(WAIT_FOR_AGENT_MS, signal, async (inTime) => {
      try {
        await abortable(there, inTime);
      } catch (error) {
        if (!inTime.aborted)
          throw new TokenRefusal(504, error instanceof Error ? error.message : 'the agent did not come');
        throw new TokenRefusal(
          504,
          `the agent did not come within ${WAIT_FOR_AGENT_MS / 1_000} s: is a worker running?`,
        );
      }
    });
  }

  #sign(room: string, identity: string, request: TokenRequest): Promise<string> {
    const { apiKey, apiSecret } = this.#options.environment.livekit;
    const token = new AccessToken(apiKey, apiSecret, {
      identity,
      name: request.name ?? identity,
      ttl: TOKEN_MS / 1_000,
      ...(request.metadata ? { metadata: request.metadata } : {}),
      ...(request.attributes ? { attributes: request.attributes } : {}),
    });
    token.addGrant({
      roomJoin: true,
      room,
      canPublish: true,
      canSubscribe: true,
      canPublishData: true,
      canUpdateOwnMetadata: false,
    });
    // LiveKit's clients read here that an agent is to come, and wait for it.
    if (request.agent) {
      const { name: agentName, metadata } = request.agent;
      token.roomConfig = new RoomConfiguration({ agents: [new RoomAgentDispatch({ agentName, metadata })] });
    }
    return token.toJwt();
  }
}

function refusal(problems: readonly RequestProblem[]): TokenRefusal {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new TokenRefusal(400, `${first?.path || 'the body'}: ${first?.message}${more}`, problems);
}

function unreachable(error: unknown): never {
  console.error(printableLines(inspect(error)));
  throw new TokenRefusal(502, 'the LiveKit server does not answer or refuses the key: the log says more');
}

function randomName(): string {
  return randomBytes(4).toString('hex');
}
