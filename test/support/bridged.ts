// A bridge between a room and a session in memory.

import { Bridge } from '../../src/bridge/bridge.js';
import { BridgeReport } from '../../src/bridge/bridge-report.js';
import { changeProfile } from '../../src/bridge/checked-profile.js';
import type { BridgeEnd } from '../../src/bridge/options.js';
import { capabilitiesFor } from '../../src/profile/model-capabilities.js';
import { parseProfile } from '../../src/profile/profile.js';
import { NO_TOOL_DEPLOYMENT } from '../../src/tools/deployment.js';
import type { Ledger } from '../../src/turns/ledger.js';
import { FakeRoom } from './fake-room.js';
import { FakeSession } from './fake-session.js';
import { quietLog } from './supervised.js';

export interface Bridged {
  readonly room: FakeRoom;
  readonly session: FakeSession;
  readonly bridge: Bridge;
  readonly ends: BridgeEnd[];
  /** What a session that is rebuilt would be given. */
  readonly ledger: Ledger;
  /** Events that the room was sent, parsed. */
  events(): readonly Record<string, unknown>[];
}

/** Not started yet. */
export function bridged(metadata: object = {}, room = new FakeRoom()): Bridged {
  const parsed = parseProfile({ metadata: JSON.stringify(metadata) });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { profile } = parsed;
  const ends: BridgeEnd[] = [];
  let session: FakeSession | undefined;
  let ledger: Ledger | undefined;
  const bridge = new Bridge({
    room,
    voice: room.voice,
    profile,
    report: new BridgeReport({ room, profile }),
    capabilities: capabilitiesFor(profile),
    openSession: (listener, kept) => {
      ledger = kept;
      session = new FakeSession(listener);
      return session;
    },
    vertex: false,
    tools: NO_TOOL_DEPLOYMENT,
    changeProfile: (current, change) =>
      changeProfile(current, change, { deployment: NO_TOOL_DEPLOYMENT, vertex: false }, profile.tools),
    resample: (chunk) => chunk,
    log: quietLog,
    onEnd: (end) => ends.push(end),
  });
  if (!session || !ledger) throw new Error('the bridge made no session');
  return { room, session, bridge, ends, ledger, events: () => room.eventsOn('gemini.event') };
}
