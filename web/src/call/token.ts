// Asks this page's server for a token, and for the agent in the room.

export interface JoinRequest {
  readonly room: string;
  readonly identity: string;
  readonly name: string;
  readonly agent: string;
  /** The dispatch's metadata: a profile as JSON text; empty: the deployment's own. */
  readonly metadata: string;
}

export interface Join {
  readonly server_url: string;
  readonly participant_token: string;
}

export interface Problem {
  readonly path: string;
  readonly message: string;
}

/** Why there is no token, with the fields that are wrong. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[]) {
    super(message);
    this.problems = problems;
  }
}

export async function fetchToken(request: JoinRequest): Promise<Join> {
  const { room, identity, name, agent, metadata } = request;
  const response = await fetch('/api/token', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      room_name: room,
      participant_identity: identity,
      participant_name: name,
      room_config: { agents: [{ agent_name: agent, metadata }] },
    }),
  });
  const answer = (await response.json().catch(() => ({}))) as Join & { error?: string; problems?: Problem[] };
  if (response.ok) return answer;
  const inner = /^room_config\.agents\[0\]\.metadata:? ?/;
  const problems = (answer.problems ?? []).map(({ path, message }) => ({
    path: path.replace(inner, ''),
    message,
  }));
  throw new TokenError(answer.error ?? `the server answers with HTTP ${response.status}`, problems);
}

export interface Deployment {
  readonly agent: string;
  readonly mode: 'named' | 'any';
  readonly profiles: readonly string[];
}

export async function fetchDeployment(): Promise<Deployment> {
  const response = await fetch('/api/profiles');
  if (!response.ok) throw new Error(`the server answers with HTTP ${response.status}`);
  return (await response.json()) as Deployment;
}

export interface Check {
  readonly ok: boolean;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

export async function checkProfile(text: string, signal: AbortSignal): Promise<Check> {
  const response = await fetch('/api/profiles/check', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: text,
    signal,
  });
  const answer = (await response.json()) as Check & { error?: string };
  if (response.ok) return answer;
  return {
    ok: false,
    problems: [{ path: '', message: answer.error ?? 'could not be checked' }],
    warnings: [],
  };
}
