// What every RoomPort keeps to over its life: losses, its end by the server, who speaks, and data packets.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TOPIC_CHAT, TOPIC_TOOL_RESPONSE } from '../../src/protocol/topics.js';
import type { RoomEvent, RoomPort } from '../../src/room/port.js';
import type { Rig } from './room-port.js';

const PATIENCE = { timeout: 15_000, interval: 5 };

export function describeRoomLife(name: string, start: () => Promise<Rig>): void {
  describe(`RoomPort over its life: ${name}`, () => {
    let rig: Rig;
    let room: RoomPort;
    let events: RoomEvent[];

    beforeEach(async () => {
      rig = await start();
      room = rig.room;
      events = [];
      room.onEvent((event) => events.push(event));
      await rig.join('ana');
      await until(() => room.participants().length === 1);
    });

    afterEach(async () => {
      await room.close();
      await rig[Symbol.asyncDispose]();
    });

    const until = (what: () => unknown) => vi.waitFor(() => expect(what()).toBeTruthy(), PATIENCE);
    const ofType = (type: RoomEvent['type']) => events.filter((event) => event.type === type);

    test('reports once that it was removed, and takes nothing more', async () => {
      await rig.remove();
      await until(() => ofType('closed').length > 0);
      expect(ofType('closed')).toEqual([{ type: 'closed', reason: 'PARTICIPANT_REMOVED' }]);
      await expect(room.sendText('too late', { topic: 'words' })).rejects.toThrow('the room is closed');
      await expect(room.setAttributes({ colour: 'green' })).rejects.toThrow('the room is closed');
      await expect(room.publishVoice()).rejects.toThrow('the room is closed');
      await room.close();
      // Nothing follows.
      expect(events.at(-1)?.type).toBe('closed');
      expect(ofType('closed')).toHaveLength(1);
    });

    test('does not report an end that it was asked for', async () => {
      await room.close();
      expect(ofType('closed')).toEqual([]);
    });

    test('reports a connection that is lost and comes back, and goes on', async () => {
      await rig.breakConnection();
      await until(() => ofType('connection').length === 2);
      expect(ofType('connection')).toEqual([
        { type: 'connection', state: 'reconnecting' },
        { type: 'connection', state: 'reconnected' },
      ]);
      expect(room.participants().map(({ identity }) => identity)).toEqual(['ana']);
      await room.sendText('here again', { topic: 'words' });
      await until(() => rig.received('ana').length === 1);
    });

    test('reports who speaks, and that nobody does any more', async () => {
      await rig.publish('ana');
      const speakers = () => ofType('active-speakers').map((event) => JSON.stringify(event));
      const ana = JSON.stringify({ type: 'active-speakers', identities: ['ana'] });
      await vi.waitFor(async () => {
        await rig.speak('ana');
        expect(speakers()).toContain(ana);
      }, PATIENCE);
      await until(() => speakers().at(-1) === JSON.stringify({ type: 'active-speakers', identities: [] }));
    });

    test('sends packets in order, to everyone or to one', async () => {
      await rig.join('ben');
      await until(() => room.participants().length === 2);
      const bytes = (text: string) => new TextEncoder().encode(text);
      await room.sendPacket(bytes('one'), { topic: 'words' });
      await room.sendPacket(bytes('two'), { topic: 'words' });
      await room.sendPacket(bytes('for ana'), { topic: 'other', to: ['ana'] });
      await room.sendPacket(bytes('last'), { topic: 'words' });
      const seen = (identity: string) => rig.packets(identity).map(({ topic, text }) => `${topic}: ${text}`);
      await until(() => seen('ana').length === 4 && seen('ben').length === 3);
      expect(seen('ana')).toEqual(['words: one', 'words: two', 'other: for ana', 'words: last']);
      expect(seen('ben')).toEqual(['words: one', 'words: two', 'words: last']);
    });

    test('reads packets on the topics that it knows, of those who may send there', async () => {
      await rig.sendPacket('ana', TOPIC_TOOL_RESPONSE, 'an answer');
      await until(() => ofType('message').length === 1);
      const answer = { type: 'message', topic: TOPIC_TOOL_RESPONSE, identity: 'ana', text: 'an answer' };
      expect(ofType('message')).toEqual([answer]);
      await rig.sendPacket('ana', 'another topic', 'nothing');
      room.admitStreams(() => false);
      await rig.sendPacket('ana', TOPIC_TOOL_RESPONSE, 'not admitted');
      await until(() => ofType('stream-refused').length === 1);
      expect(ofType('stream-refused')).toEqual([
        { type: 'stream-refused', topic: TOPIC_TOOL_RESPONSE, identity: 'ana' },
      ]);
      expect(ofType('message')).toEqual([answer]);
    });

    test('reads no chat of those who may not send it, and says so', async () => {
      room.admitStreams((_identity, topic) => topic !== TOPIC_CHAT);
      await rig.chat('ana', 'Good morning.');
      await until(() => ofType('stream-refused').length === 1);
      expect(ofType('stream-refused')).toEqual([
        { type: 'stream-refused', topic: TOPIC_CHAT, identity: 'ana' },
      ]);
      expect(ofType('chat')).toEqual([]);
    });
  });
}
