// The contract of RoomPort, kept by LiveKitRoom in a real room with real people.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll } from 'vitest';
import { Person } from '../../cli/person.js';
import { LiveKitRoom } from '../../src/room/livekit-room.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { quietLog } from '../support/supervised.js';
import { agentToken, personToken } from '../support/tokens.js';
import { sine } from '../support/tone.js';
import { describeRoomPort, type Received, type Rig } from './room-port.js';

let livekit: LiveKitServer;

beforeAll(async () => {
  livekit = await startLivekitServer();
});

afterAll(async () => {
  await livekit?.[Symbol.asyncDispose]();
});

class RealRig implements Rig {
  readonly room: LiveKitRoom;
  readonly #name: string;
  readonly #people = new Map<string, Person>();
  readonly #received = new Map<string, Received[]>();

  static async start(): Promise<RealRig> {
    const name = `contract-${randomUUID().slice(0, 8)}`;
    const token = await agentToken({ identity: 'agent-gemini', room: name });
    return new RealRig(await LiveKitRoom.connect({ url: livekit.url, token, log: quietLog }), name);
  }

  constructor(room: LiveKitRoom, name: string) {
    this.room = room;
    this.#name = name;
  }

  async join(identity: string): Promise<void> {
    const person = new Person({ microphone: false });
    const received: Received[] = [];
    this.#people.set(identity, person);
    this.#received.set(identity, received);
    person.room.registerTextStreamHandler('words', (reader, from) => {
      const { topic, attributes = {} } = reader.info;
      void reader.readAll().then((text) => {
        received.push({ from: from.identity, topic, text, attributes: { ...attributes } });
      });
    });
    await person.connect(livekit.url, await personToken({ identity, room: this.#name }));
  }

  async leave(identity: string): Promise<void> {
    await this.#person(identity).close();
    this.#people.delete(identity);
  }

  async publish(identity: string): Promise<void> {
    await this.#person(identity).microphone.publish();
  }

  async unpublish(identity: string): Promise<void> {
    await this.#person(identity).microphone.unpublish();
  }

  async mute(identity: string, muted: boolean): Promise<void> {
    const { microphone } = this.#person(identity);
    if (muted) microphone.mute();
    else microphone.unmute();
  }

  async speak(identity: string): Promise<void> {
    await this.#person(identity).speak(sine(440, 500, 48_000), 48_000);
  }

  async chat(identity: string, text: string): Promise<void> {
    await this.#person(identity).sendChat(text);
  }

  async call(identity: string, method: string, payload: string): Promise<string> {
    return this.#person(identity).rpc(method, payload, this.room.identity);
  }

  answer(identity: string, method: string, handler: (payload: string) => Promise<string>): void {
    this.#person(identity).registerRpc(method, ({ payload }) => handler(payload));
  }

  received(identity: string): readonly Received[] {
    return this.#received.get(identity) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const person of this.#people.values()) await person.close();
  }

  #person(identity: string): Person {
    const person = this.#people.get(identity);
    if (!person) throw new Error(`${identity} is not in the room`);
    return person;
  }
}

describeRoomPort('a real room', () => RealRig.start());
