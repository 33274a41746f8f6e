// The contract of RoomPort, kept by LiveKitRoom in a real room with real people.
import { randomUUID } from 'node:crypto';
import { Room, SimulateScenarioKind, type TextStreamInfo } from '@livekit/rtc-node';
import { RoomServiceClient } from 'livekit-server-sdk';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Person } from '../../cli/person.js';
import { LiveKitRoom } from '../../src/room/livekit-room.js';
import type { TranscriptionPacket } from '../../src/room/port.js';
import { Camera } from '../support/camera.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { ReceivedTranscriptions } from '../support/received-transcriptions.js';
import { quietLog } from '../support/supervised.js';
import { agentToken, personToken } from '../support/tokens.js';
import { sine } from '../support/tone.js';
import { describeRoomPort, type Received, type Rig } from './room-port.js';
import { describeRoomLife } from './room-port-life.js';
import { describeVoice } from './room-port-voice.js';

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
  readonly #inside: Room;
  readonly #people = new Map<string, Person>();
  readonly #cameras: Camera[] = [];
  readonly #received = new Map<string, Received[]>();
  readonly #transcriptions = new ReceivedTranscriptions();

  static async start(): Promise<RealRig> {
    const name = `contract-${randomUUID().slice(0, 8)}`;
    const token = await agentToken({ identity: 'agent-gemini', room: name });
    // The Room inside, to which a network's faults are done.
    using connecting = vi.spyOn(Room.prototype, 'connect');
    const room = await LiveKitRoom.connect({ url: livekit.url, token, log: quietLog });
    return new RealRig(room, name, connecting.mock.contexts[0] as Room);
  }

  constructor(room: LiveKitRoom, name: string, inside: Room) {
    this.room = room;
    this.#inside = inside;
    this.#name = name;
  }

  async join(identity: string): Promise<void> {
    const person = new Person({ microphone: false });
    const received: Received[] = [];
    this.#people.set(identity, person);
    this.#received.set(identity, received);
    person.room.registerTextStreamHandler('words', (reader, from) => {
      const { topic, attributes = {}, streamId } = reader.info;
      void reader.readAll().then((text) => {
        received.push({ from: from.identity, topic, text, attributes: { ...attributes }, streamId });
      });
    });
    await person.connect(livekit.url, await personToken({ identity, room: this.#name }));
  }

  /** Joins, and keeps every text stream of the captions' topic as it is announced. */
  async streams(identity: string): Promise<readonly { text: string; info: TextStreamInfo }[]> {
    const person = new Person({ microphone: false });
    this.#people.set(identity, person);
    const streams: { text: string; info: TextStreamInfo }[] = [];
    person.room.unregisterTextStreamHandler('lk.transcription');
    person.room.registerTextStreamHandler('lk.transcription', (reader) => {
      void reader.readAll().then((text) => streams.push({ text, info: reader.info }));
    });
    await person.connect(livekit.url, await personToken({ identity, room: this.#name }));
    return streams;
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

  async show(identity: string, source: 'camera' | 'screen'): Promise<() => Promise<void>> {
    const camera = await Camera.publish(this.#person(identity).room, { source });
    this.#cameras.push(camera);
    return () => camera.unpublish();
  }

  async chat(identity: string, text: string): Promise<void> {
    await this.#person(identity).sendChat(text);
  }

  async setAttributes(identity: string, attributes: Record<string, string>): Promise<void> {
    await this.#person(identity).setAttributes(attributes);
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

  packets(identity: string): readonly { readonly topic: string; readonly text: string }[] {
    return this.#person(identity)
      .data()
      .map(({ topic, bytes }) => ({ topic, text: new TextDecoder().decode(bytes) }));
  }

  async sendPacket(identity: string, topic: string, text: string): Promise<void> {
    await this.#person(identity).sendData(topic, new TextEncoder().encode(text));
  }

  heardMs(identity: string): number {
    return this.#person(identity).heard().soundMs();
  }

  async remove(): Promise<void> {
    const { httpUrl, apiKey, apiSecret } = livekit;
    await new RoomServiceClient(httpUrl, apiKey, apiSecret).removeParticipant(this.#name, 'agent-gemini');
  }

  async breakConnection(): Promise<void> {
    await this.#inside.simulateScenario(SimulateScenarioKind.SIMULATE_SIGNAL_RECONNECT);
  }

  transcriptions(): readonly TranscriptionPacket[] {
    return this.#transcriptions.packets;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#transcriptions.close();
    await this.room.close();
    for (const camera of this.#cameras) await camera[Symbol.asyncDispose]();
    for (const person of this.#people.values()) await person.close();
  }

  #person(identity: string): Person {
    const person = this.#people.get(identity);
    if (!person) throw new Error(`${identity} is not in the room`);
    return person;
  }
}

describeRoomPort('a real room', () => RealRig.start());
describeVoice('a real room', () => RealRig.start());
describeRoomLife('a real room', () => RealRig.start());

test('a message looks the same to a listener for every sender identity', async () => {
  await using rig = await RealRig.start();
  const infos = await rig.streams('ana');
  const attributes = { 'lk.segment_id': 'SG_1', 'lk.transcription_final': 'true' };
  await rig.room.sendText('words of ana', { topic: 'lk.transcription', attributes, senderIdentity: 'ana' });
  await rig.room.sendText('words', { topic: 'lk.transcription', attributes });
  await vi.waitFor(() => expect(infos).toHaveLength(2), { timeout: 10_000 });
  const shape = { topic: 'lk.transcription', mimeType: 'text/plain', attributes };
  expect(infos.map(({ text, info }) => ({ text, ...info }))).toEqual([
    {
      ...shape,
      text: 'words of ana',
      streamId: expect.any(String),
      timestamp: expect.any(Number),
      totalSize: undefined,
    },
    {
      ...shape,
      text: 'words',
      streamId: expect.any(String),
      timestamp: expect.any(Number),
      totalSize: 'words'.length,
    },
  ]);
  for (const { info } of infos) expect(Math.abs(info.timestamp - Date.now())).toBeLessThan(60_000);
});
