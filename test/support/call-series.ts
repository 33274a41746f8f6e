// Many short calls one after the other in this process, and what is left behind after each.
import { getHeapCodeStatistics, queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { AudioSource, AudioStream, Room } from '@livekit/rtc-node';
import { RoomServiceClient } from 'livekit-server-sdk';
import { Bridge } from '../../src/bridge/bridge.js';
import { LiveConnection } from '../../src/gemini/live-connection.js';
import { LiveKitRoom } from '../../src/room/livekit-room.js';
import { nativeListenerCount } from '../../src/room/native/native-library.js';
import { Supervisor } from '../../src/session/supervisor.js';
import { startCall } from './call.js';
import type { LiveKitServer } from './livekit-server.js';

/** How things stand when a call is over and what can be collected is gone. */
export interface Remains {
  /** Handles and timers that keep the process alive, by kind (process.getActiveResourcesInfo). */
  readonly resources: Readonly<Record<string, number>>;
  /** Listeners on rtc-node's event source. */
  readonly nativeListeners: number;
  /** Listeners on the process itself. */
  readonly processListeners: number;
  /** The JavaScript heap without compiled code, which grows for as long as the engine optimises. */
  readonly heapBytes: number;
  /** Memory outside the JavaScript heap: rtc-node's, mostly. */
  readonly nativeBytes: number;
}

const PARTS = [Bridge, Supervisor, LiveConnection, LiveKitRoom, Room, AudioSource, AudioStream];

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

export interface CallSeriesOptions {
  readonly livekit: LiveKitServer;
  /** In another process, so that what it remembers does not count. */
  readonly liveApi: { readonly url: string };
  readonly calls: number;
}

/** Each call: a person joins, the agent joins and opens a session, answers once aloud, and the call ends. */
export async function runCalls({ livekit, liveApi, calls }: CallSeriesOptions): Promise<Remains[]> {
  const remains: Remains[] = [];
  for (let index = 0; index < calls; index++) {
    // The two ends that leave different things behind: by ourselves, and by the server.
    await oneCall(livekit, liveApi, index % 2 === 0 ? 'told to end' : 'room deleted');
    remains.push(await remainsNow());
  }
  return remains;
}

async function oneCall(
  livekit: LiveKitServer,
  liveApi: { readonly url: string },
  ending: 'told to end' | 'room deleted',
): Promise<void> {
  await using call = await startCall({ livekit, liveApi });
  const { person } = call;
  await person.waitFor(() => person.state() === 'listening', 20_000);
  await person.sendChat('Hello.');
  await person.waitFor(() => person.heard().soundMs() > 100, 20_000);
  if (ending === 'told to end') call.stop();
  else await new RoomServiceClient(livekit.httpUrl, livekit.apiKey, livekit.apiSecret).deleteRoom(call.room);
  await call.end;
}

async function remainsNow(): Promise<Remains> {
  // Native events of the end come in turns of the loop; finalizers run between two collections.
  for (let turn = 0; turn < 3; turn++) {
    // biome-ignore lint/plugin: rtc-node's threads let go of a room in their own time, and no event says that they have
    await new Promise((resolve) => setTimeout(resolve, 30));
    collect();
  }
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  const { heapUsed, rss, heapTotal } = process.memoryUsage();
  const code = getHeapCodeStatistics();
  return {
    resources,
    nativeListeners: nativeListenerCount(),
    processListeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    heapBytes: heapUsed - code.code_and_metadata_size - code.bytecode_and_metadata_size,
    nativeBytes: rss - heapTotal,
  };
}

/** What calls are made of, and is still there. Takes a while. */
export function leftObjects(): Record<string, number> {
  return Object.fromEntries(PARTS.map((part) => [part.name, queryObjects(part, { format: 'count' })]));
}
