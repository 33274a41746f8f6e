// Reports in the room what goes wrong with the MCP servers of a call, one event each, and follows changes of their tools.
import type { Profile } from '../../profile/profile.js';
import type { RoomEventBody } from '../../protocol/events.js';
import type { McpServers } from './servers.js';

export interface FollowServersOptions {
  /** With the tools that were found. */
  readonly profile: () => Pick<Profile, 'mcp' | 'tools'>;
  readonly servers: McpServers | undefined;
  readonly emit: (event: RoomEventBody) => void;
  /** Tools were found or have changed: the profile is to take them. */
  readonly onToolsFound: () => void;
}

/** Returns what ends it. */
export function followServers(options: FollowServersOptions): () => void {
  const { profile, servers, emit, onToolsFound } = options;
  const names = Object.keys(profile().mcp);
  const report = (server: string, words: string): void =>
    emit({ type: 'error', code: 'mcp', message: `the MCP server ${server} ${words}`, fatal: false });
  const leftOut = new Map<string, number>();
  const reportLeftOut = (server: string): void => {
    const count = countLeftOut(server, profile(), servers);
    if (count > 0 && count !== leftOut.get(server))
      report(
        server,
        `has ${count} tools that are left out: they do not follow the protocol, their names are empty, too long or come twice, or they are more than a session takes; the worker's log names them`,
      );
    leftOut.set(server, count);
  };
  for (const name of names) {
    const server = servers?.get(name);
    if (server?.known) reportLeftOut(name);
    else if (server?.isConnecting) report(name, 'has not answered yet: its tools are added when it does');
    else report(name, 'cannot be reached: its tools are missing until it can');
  }
  const unfollow = servers?.follow(names, {
    changed: (server) => {
      onToolsFound();
      reportLeftOut(server);
    },
    lost: (server) => report(server, 'is lost: calls to its tools fail until it is back'),
  });
  return () => unfollow?.();
}

function countLeftOut(
  name: string,
  { mcp, tools }: Pick<Profile, 'mcp' | 'tools'>,
  servers: McpServers | undefined,
): number {
  const wanted = mcp[name]?.tools;
  const known = servers?.get(name)?.known;
  if (!known) return 0;
  const due = wanted ? known.tools.filter((tool) => wanted.includes(tool.name)) : known.tools;
  const found = tools.filter(({ run }) => run.by === 'mcp' && run.server === name);
  return due.length + (wanted ? 0 : known.unreadable) - found.length;
}
