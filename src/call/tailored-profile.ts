// What a call's profile needs of the world before its session opens: the tools of MCP servers, and templates filled in.
import type { Problem, Profile } from '../profile/profile.js';
import { asksForParticipant, type TemplateValues } from '../profile/templates.js';
import { isPerson, waitForPerson } from '../room/people.js';
import type { RoomPort } from '../room/port.js';
import type { ToolDeployment } from '../tools/deployment.js';

/** A server that has not answered by then is missed until it does; nobody waits for the agent any longer. */
const DISCOVER_WITHIN_MS = 2_000;
/** A call that is about somebody waits for them; a room that stays empty is left anyway. */
const WAIT_FOR_PERSON_MS = 10_000;

/** Resolves when the tools of the profile's MCP servers are known, or the time for it is up. Never rejects. */
export async function discoverTools(
  { mcp }: Pick<Profile, 'mcp'>,
  { mcp: servers }: ToolDeployment,
): Promise<void> {
  await servers?.discover(Object.keys(mcp), DISCOVER_WITHIN_MS);
}

/** Servers without which the profile does not want the call. */
export function missingServers({ mcp }: Pick<Profile, 'mcp'>, deployment: ToolDeployment): Problem[] {
  return Object.entries(mcp)
    .filter(([name, { required }]) => required && deployment.mcp?.get(name)?.known === undefined)
    .map(([name]) => ({ path: `mcp.${name}`, message: 'is required, and the MCP server cannot be reached' }));
}

/** What templates are replaced by; waits for the first person where one asks for them. */
export async function templateValues(
  profile: Profile,
  room: RoomPort,
  signal: AbortSignal,
): Promise<TemplateValues> {
  if (!asksForParticipant(profile)) return {};
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(WAIT_FOR_PERSON_MS)]);
  await waitForPerson(room, inTime).catch(() => {});
  const participant = room.participants().find(isPerson);
  return participant ? { participant } : {};
}
