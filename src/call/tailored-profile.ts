// Completes a call's profile before the session opens: tools of MCP servers, and values of templates.
import type { Problem, Profile } from '../profile/profile.js';
import { asksForParticipant, type TemplateValues } from '../profile/templates.js';
import { isPerson, waitForPerson } from '../room/people.js';
import type { RoomPort } from '../room/port.js';
import type { ToolDeployment } from '../tools/deployment.js';
import { forAtMost } from '../util/abort.js';

/** The call begins after this time without the tools of servers that have not answered; they are added later. */
const DISCOVER_WITHIN_MS = 2_000;
/** How long a profile with participant templates waits for the first person. */
const WAIT_FOR_PERSON_MS = 10_000;

/** Resolves when the tools of the profile's MCP servers are known, or the time is up. Never rejects. */
export async function discoverTools(
  { mcp }: Pick<Profile, 'mcp'>,
  { mcp: servers }: ToolDeployment,
): Promise<void> {
  await servers?.discover(Object.keys(mcp), DISCOVER_WITHIN_MS);
}

/** Problems of MCP servers that the profile requires and that cannot be reached. */
export function missingServers({ mcp }: Pick<Profile, 'mcp'>, deployment: ToolDeployment): Problem[] {
  return Object.entries(mcp)
    .filter(([name, { required }]) => required && deployment.mcp?.get(name)?.known === undefined)
    .map(([name]) => ({ path: `mcp.${name}`, message: 'is required, and the MCP server cannot be reached' }));
}

/** Values of templates; waits for the first person if a template uses the participant. */
export async function templateValues(
  profile: Profile,
  room: RoomPort,
  signal: AbortSignal,
): Promise<TemplateValues> {
  if (!asksForParticipant(profile)) return {};
  await forAtMost(WAIT_FOR_PERSON_MS, signal, (inTime) => waitForPerson(room, inTime)).catch(() => {});
  const participant = room.participants().find(isPerson);
  return participant ? { participant } : {};
}
