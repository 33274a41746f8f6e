// The contract of RoomPort, kept by the room in memory that unit tests use.
import type { TranscriptionPacket } from '../../src/room/port.js';
import { RpcFailure } from '../../src/room/rpc-failure.js';
import { FakeRoom } from '../support/fake-room.js';
import { describeRoomPort, type Received, type Rig } from './room-port.js';
import { describeRoomLife } from './room-port-life.js';
import { describeVoice } from './room-port-voice.js';

class FakeRig implements Rig {
  readonly room = new FakeRoom();
  readonly #answers = new Map<string, (payload: string) => Promise<string>>();

  constructor() {
    this.room.answerRpc = async ({ identity, method, payload }) => {
      const handler = this.#answers.get(`${identity} ${method}`);
      if (!handler) throw new RpcFailure(1400, 'Method not supported at destination');
      return handler(payload);
    };
  }

  async join(identity: string): Promise<void> {
    this.room.join(identity);
    this.room.voice.listenerArrives();
  }

  async leave(identity: string): Promise<void> {
    this.room.leave(identity);
  }

  async publish(identity: string): Promise<void> {
    this.room.publish(identity);
  }

  async unpublish(identity: string): Promise<void> {
    this.room.unpublish(this.#sidOf(identity));
  }

  async mute(identity: string, muted: boolean): Promise<void> {
    this.room.setMuted(this.#sidOf(identity), muted);
  }

  async speak(identity: string): Promise<void> {
    this.room.speakers([identity]);
    for (let frame = 0; frame < 25; frame++) {
      this.room.hear(this.#sidOf(identity), { samples: new Int16Array(320).fill(1000), rate: 16_000 });
    }
    this.room.speakers([]);
  }

  async show(identity: string, source: 'camera' | 'screen'): Promise<() => Promise<void>> {
    const { sid } = this.room.publish(identity, { source });
    const pixels = new Uint8Array(4 * 4 * 3);
    for (let at = 0; at < pixels.length; at += 3) pixels.set([200, 40, 40], at);
    this.room.picture = async () => ({ pixels, width: 4, height: 4, rotation: 0 });
    return async () => this.room.unpublish(sid);
  }

  async chat(identity: string, text: string): Promise<void> {
    this.room.chat(identity, text);
  }

  async setAttributes(identity: string, attributes: Record<string, string>): Promise<void> {
    this.room.setAttributesOf(identity, attributes);
  }

  call(identity: string, method: string, payload: string): Promise<string> {
    return this.room.call(identity, method, payload);
  }

  answer(identity: string, method: string, handler: (payload: string) => Promise<string>): void {
    this.#answers.set(`${identity} ${method}`, handler);
  }

  received(identity: string): readonly Received[] {
    return this.room.texts
      .filter(({ options }) => options.to?.includes(identity) ?? true)
      .map(({ text, options }) => ({
        from: options.senderIdentity ?? this.room.identity,
        topic: options.topic,
        text,
        attributes: options.attributes ?? {},
        streamId: options.streamId ?? '',
      }));
  }

  packets(identity: string): readonly { readonly topic: string; readonly text: string }[] {
    return this.room.packets
      .filter(({ to }) => to?.includes(identity) ?? true)
      .map(({ topic, bytes }) => ({ topic, text: new TextDecoder().decode(bytes) }));
  }

  async sendPacket(identity: string, topic: string, text: string): Promise<void> {
    this.room.packet(identity, topic, text);
  }

  heardMs(_identity: string): number {
    return this.room.voice.played.length / 24;
  }

  async remove(): Promise<void> {
    this.room.end('PARTICIPANT_REMOVED');
  }

  async breakConnection(): Promise<void> {
    this.room.emit({ type: 'connection', state: 'reconnecting' });
    this.room.emit({ type: 'connection', state: 'reconnected' });
  }

  transcriptions(): readonly TranscriptionPacket[] {
    return this.room.transcriptions;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #sidOf(identity: string): string {
    return this.room.tracks().find((track) => track.identity === identity)?.sid ?? '';
  }
}

describeRoomPort('the room in memory', async () => new FakeRig());
describeVoice('the room in memory', async () => new FakeRig());
describeRoomLife('the room in memory', async () => new FakeRig());
