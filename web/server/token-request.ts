// The request of LiveKit's token endpoint standard, and what of it a client may set here.
import { z } from 'zod';

const MAX_NAME_CHARS = 128;
const MAX_METADATA_CHARS = 16 * 1024;
const MAX_ATTRIBUTES = 64;

/** What a client sends; unset and empty count alike, as protobuf's JSON has it. */
export interface TokenRequest {
  readonly room?: string;
  readonly identity?: string;
  readonly name?: string;
  readonly metadata?: string;
  readonly attributes?: Readonly<Record<string, string>>;
  /** That the agent is asked for, and its dispatch's metadata. */
  readonly agent?: { readonly name: string; readonly metadata: string };
  /** Answer only once the agent has joined: an extension of the standard. */
  readonly waitForAgent: boolean;
}

export interface RequestProblem {
  /** As in `room_config.agents[0].metadata`. */
  readonly path: string;
  readonly message: string;
}

export type ReadRequest =
  | { readonly ok: true; readonly request: TokenRequest }
  | { readonly ok: false; readonly problems: readonly RequestProblem[] };

// Control characters would reach the terminals in which the deployment's logs are read.
const PLAIN = /^\P{C}*$/u;
const plainText = (max: number) =>
  z.string('must be a string').max(max, `must have at most ${max} characters`);
const name = plainText(MAX_NAME_CHARS).regex(PLAIN, 'must not hold control characters');
/** Also in dashes, white space, and letters of Greek, Cyrillic and others that are shown alike: people know agents by it. */
const RESERVED =
  /^\s*[a\u0251\u03b1\u0430][g\u0261\u0581][e\u03b5\u0435][n\u0578\u043f][t\u03c4\u0442](?:[\p{Pd}\s\u2043\u2212]|$)/iu;
const identity = name.refine(
  (value) => !RESERVED.test(value.normalize('NFKD').replace(/\p{M}/gu, '')),
  'is reserved: identities that begin with agent- are the agents’ own',
);

const attributes = z
  .record(z.string(), z.string('must be a string'), 'must be an object of strings')
  .refine(
    (value) => Object.keys(value).length <= MAX_ATTRIBUTES,
    `must have at most ${MAX_ATTRIBUTES} entries`,
  )
  .refine(
    (value) => JSON.stringify(value).length <= MAX_METADATA_CHARS,
    `must have at most ${MAX_METADATA_CHARS} characters in all`,
  )
  .refine(
    (value) => !Object.keys(value).some((key) => /^(lk|sip|gemini)\./i.test(key)),
    'may not begin with lk., sip. or gemini.: these tell what a participant is',
  );

const agent = z.strictObject({
  agent_name: z.string().optional(),
  metadata: z.string('must be a string: a profile as JSON').optional(),
  deployment: z.literal('', 'may not be set by a client').optional(),
});

const roomConfig = z.strictObject({
  name: z.literal('', 'may not be set by a client: give room_name').optional(),
  agents: z.array(agent).max(1, 'must name one agent at most').optional(),
});

const requestSchema = z.strictObject({
  room_name: name.optional(),
  participant_identity: identity.optional(),
  participant_name: name.optional(),
  participant_metadata: plainText(MAX_METADATA_CHARS).optional(),
  participant_attributes: attributes.optional(),
  room_config: roomConfig.nullish(),
  wait_for_agent: z.boolean('must be true or false').optional(),
});

/** Protobuf's JSON allows both spellings; LiveKit's clients send the first. */
const SPELLINGS: Readonly<Record<string, string>> = {
  roomName: 'room_name',
  participantIdentity: 'participant_identity',
  participantName: 'participant_name',
  participantMetadata: 'participant_metadata',
  participantAttributes: 'participant_attributes',
  roomConfig: 'room_config',
  waitForAgent: 'wait_for_agent',
  agentName: 'agent_name',
};

/** @param body JSON text; empty: nothing is asked for in particular */
export function readTokenRequest(body: string): ReadRequest {
  const value = body.trim() === '' ? {} : parse(body);
  const result = requestSchema.safeParse(spelled(value));
  if (!result.success) return { ok: false, problems: result.error.issues.flatMap(problemsOf).slice(0, 20) };
  const { data } = result;
  const asked = data.room_config?.agents?.[0];
  return {
    ok: true,
    request: {
      ...(data.room_name ? { room: data.room_name } : {}),
      ...(data.participant_identity ? { identity: data.participant_identity } : {}),
      ...(data.participant_name ? { name: data.participant_name } : {}),
      ...(data.participant_metadata ? { metadata: data.participant_metadata } : {}),
      ...(data.participant_attributes ? { attributes: data.participant_attributes } : {}),
      ...(asked ? { agent: { name: asked.agent_name ?? '', metadata: asked.metadata ?? '' } } : {}),
      waitForAgent: data.wait_for_agent ?? false,
    },
  };
}

/** The request, its room configuration and that one's agents: no other object has names of ours. */
function spelled(value: unknown, depth = 0): unknown {
  if (depth > 3 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((entry) => spelled(entry, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const known = SPELLINGS[key] ?? key;
      return [known, known === 'participant_attributes' ? inner : spelled(inner, depth + 1)];
    }),
  );
}

function problemsOf(issue: z.core.$ZodIssue): RequestProblem[] {
  const path = issue.path.reduce<string>(
    (text, key) =>
      typeof key === 'number' ? `${text}[${key}]` : `${text}${text && '.'}${String(key).slice(0, 64)}`,
    '',
  );
  if (issue.code !== 'unrecognized_keys') {
    return [{ path, message: path === '' ? 'must be a JSON object' : issue.message }];
  }
  return issue.keys.slice(0, 20).map((key) => ({
    path: `${path}${path && '.'}${key.slice(0, 64)}`,
    message: 'may not be set by a client',
  }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
