// What every RoomPort keeps to: one suite, for the room in memory and for a real one.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { PcmChunk } from '../../src/audio/pcm.js';
import type { RoomEvent, RoomPort, TranscriptionPacket } from '../../src/room/port.js';
import { RpcFailure } from '../../src/room/rpc-failure.js';

export interface Received {
  readonly from: string;
  readonly topic: string;
  readonly text: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly streamId: string;
}

/** The people of a room, whom the suite plays. */
export interface Rig extends AsyncDisposable {
  readonly room: RoomPort;
  join(identity: string): Promise<void>;
  leave(identity: string): Promise<void>;
  /** Publishes a microphone. */
  publish(identity: string): Promise<void>;
  unpublish(identity: string): Promise<void>;
  mute(identity: string, muted: boolean): Promise<void>;
  /** Half a second of sound. */
  speak(identity: string): Promise<void>;
  /** Publishes a camera or a screen, red all over; what it returns takes it away again. */
  show(identity: string, source: 'camera' | 'screen'): Promise<() => Promise<void>>;
  chat(identity: string, text: string): Promise<void>;
  setAttributes(identity: string, attributes: Record<string, string>): Promise<void>;
  /** Calls a method of the agent. @throws an error with a numeric `code` */
  call(identity: string, method: string, payload: string): Promise<string>;
  /** The person answers an RPC method of theirs. */
  answer(identity: string, method: string, handler: (payload: string) => Promise<string>): void;
  /** Text streams of the agent that this person has received. */
  received(identity: string): readonly Received[];
  /** Data packets that this person has received. */
  packets(identity: string): readonly { readonly topic: string; readonly text: string }[];
  /** The person sends a data packet. */
  sendPacket(identity: string, topic: string, text: string): Promise<void>;
  /** How much sound this person has heard. */
  heardMs(identity: string): number;
  /** The server removes the agent from its room. */
  remove(): Promise<void>;
  /** The agent's connection to the server is lost, and comes back. */
  breakConnection(): Promise<void>;
  /** Transcription packets of the agent that somebody has received. */
  transcriptions(): readonly TranscriptionPacket[];
}

const TIMEOUT_MS = 10_000;

export function describeRoomPort(name: string, start: () => Promise<Rig>): void {
  describe(`RoomPort: ${name}`, () => {
    let rig: Rig;
    let room: RoomPort;
    let events: RoomEvent[];

    beforeEach(async () => {
      rig = await start();
      room = rig.room;
      events = [];
      room.onEvent((event) => events.push(event));
    });

    afterEach(async () => {
      await room.close();
      await rig[Symbol.asyncDispose]();
    });

    const until = (what: () => unknown) =>
      vi.waitFor(() => expect(what()).toBeTruthy(), { timeout: TIMEOUT_MS, interval: 5 });
    const types = () =>
      events.map(({ type }) => type).filter((type) => type !== 'active-speakers' && type !== 'connection');
    const microphones = () => room.tracks().map(({ identity, muted }) => ({ identity, muted }));

    test('reports who comes and who goes, a track before its owner', async () => {
      await rig.join('ana');
      await until(() => types().includes('participant-joined'));
      expect(room.participants()).toEqual([{ identity: 'ana', kind: 'standard' }]);
      await rig.publish('ana');
      await until(() => types().includes('track-started'));
      await rig.leave('ana');
      await until(() => types().includes('participant-left'));
      expect(types()).toEqual(['participant-joined', 'track-started', 'track-stopped', 'participant-left']);
      expect(room.participants()).toEqual([]);
      expect(room.tracks()).toEqual([]);
    });

    test('lists a microphone from its event on, with its mute state', async () => {
      await rig.join('ana');
      const seen: unknown[] = [];
      room.onEvent((event) => {
        if (event.type.startsWith('track-')) seen.push(microphones());
      });
      await rig.publish('ana');
      await until(() => seen.length === 1);
      await rig.mute('ana', true);
      await until(() => seen.length === 2);
      await rig.mute('ana', false);
      await until(() => seen.length === 3);
      await rig.unpublish('ana');
      await until(() => seen.length === 4);
      expect(seen).toEqual([
        [{ identity: 'ana', muted: false }],
        [{ identity: 'ana', muted: true }],
        [{ identity: 'ana', muted: false }],
        [],
      ]);
      expect(types()).toEqual([
        'participant-joined',
        'track-started',
        'track-muted',
        'track-muted',
        'track-stopped',
      ]);
    });

    test('gives frames of 20 ms at 16 kHz, each with memory of its own, until it is stopped', async () => {
      await rig.join('ana');
      await rig.publish('ana');
      await until(() => room.tracks().length);
      const frames: PcmChunk[] = [];
      const stop = room.listen(room.tracks()[0]?.sid ?? '', (frame) => frames.push(frame));
      await rig.speak('ana');
      await until(() => frames.length >= 20);
      for (const { samples, rate } of frames) {
        expect(rate).toBe(16_000);
        expect(samples).toHaveLength(320);
        expect(samples.byteOffset).toBe(0);
        expect(samples.buffer.byteLength).toBe(samples.byteLength);
      }
      stop();
      const before = frames.length;
      await rig.speak('ana');
      expect(frames).toHaveLength(before);
    });

    test('hears nothing of a track that is not there', async () => {
      const stop = room.listen('TR_none', () => expect.unreachable());
      stop();
    });

    test('reports what is written in the chat', async () => {
      await rig.join('ana');
      await rig.chat('ana', 'Good morning.');
      await until(() => types().includes('chat'));
      expect(events.find(({ type }) => type === 'chat')).toEqual({
        type: 'chat',
        identity: 'ana',
        text: 'Good morning.',
      });
    });

    test('approvals by attribute are events, once each, refusals first, and other attributes are none', async () => {
      await rig.join('ana');
      await until(() => types().includes('participant-joined'));
      const approvals = () => events.filter(({ type }) => type === 'approval');
      await rig.setAttributes('ana', { colour: 'green', 'gemini.approval': 'c0' });
      await rig.setAttributes('ana', { 'gemini.approve': 'c1', 'gemini.refuse': 'c2' });
      await until(() => approvals().length >= 2);
      await rig.setAttributes('ana', { colour: 'red' });
      await rig.setAttributes('ana', { 'gemini.approve': '' });
      await rig.setAttributes('ana', { 'gemini.approve': 'c1' });
      await until(() => approvals().length >= 3);
      expect(approvals()).toEqual([
        { type: 'approval', identity: 'ana', id: 'c2', ok: false },
        { type: 'approval', identity: 'ana', id: 'c1', ok: true },
        { type: 'approval', identity: 'ana', id: 'c1', ok: true },
      ]);
    });

    test('sends texts in order, with their attributes, to everyone or to one', async () => {
      await rig.join('ana');
      await rig.join('ben');
      await until(() => room.participants().length === 2);
      for (const text of ['one', 'two', 'three']) await room.sendText(text, { topic: 'words' });
      await room.sendText('for ana', { topic: 'words', attributes: { colour: 'green' }, to: ['ana'] });
      await until(() => rig.received('ana').length === 4 && rig.received('ben').length === 3);
      expect(rig.received('ana').map(({ text }) => text)).toEqual(['one', 'two', 'three', 'for ana']);
      expect(rig.received('ana')[3]).toMatchObject({ topic: 'words', attributes: { colour: 'green' } });
      expect(rig.received('ben').map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    });

    test('sends in the name of somebody else where asked to', async () => {
      await rig.join('ana');
      await until(() => room.participants().length === 1);
      await room.sendText('as ana', { topic: 'words', senderIdentity: 'ana' });
      await room.sendText('as itself', { topic: 'words' });
      await until(() => rig.received('ana').length === 2);
      expect(rig.received('ana').map(({ from }) => from)).toEqual(['ana', room.identity]);
    });

    test('sends several states of one message under one stream id, each of them received', async () => {
      await rig.join('ana');
      await until(() => room.participants().length === 1);
      for (const text of ['Good', 'Good morning', 'Good morning.']) {
        await room.sendText(text, { topic: 'words', streamId: 'SG_1' });
        await room.sendText(text, { topic: 'words', streamId: 'SG_2', senderIdentity: 'ana' });
      }
      await until(() => rig.received('ana').length === 6);
      const textsOf = (id: string) =>
        rig.received('ana').flatMap(({ streamId, text }) => (streamId === id ? text : []));
      expect(textsOf('SG_1')).toEqual(['Good', 'Good morning', 'Good morning.']);
      expect(textsOf('SG_2')).toEqual(['Good', 'Good morning', 'Good morning.']);
    });

    test('sends captions as transcription packets too', async () => {
      await rig.join('ana');
      await until(() => room.participants().length === 1);
      await rig.publish('ana');
      await until(() => room.tracks().length === 1);
      const trackSid = room.tracks()[0]?.sid ?? '';
      const packet = { id: 'SG_1', text: 'Good', final: false, identity: 'ana', trackSid };
      await room.sendTranscription(packet);
      await room.sendTranscription({ ...packet, text: 'Good morning.', final: true });
      await until(() => rig.transcriptions().length === 2);
      expect(rig.transcriptions()).toEqual([packet, { ...packet, text: 'Good morning.', final: true }]);
    });

    test('lists cameras and screens, and reports when they come and go', async () => {
      const videos = () =>
        room.videos().map(({ identity, source, kind, muted }) => ({ identity, source, kind, muted }));
      await rig.join('ana');
      const hide = await rig.show('ana', 'screen');
      await until(() => videos().length === 1);
      expect(videos()).toEqual([{ identity: 'ana', source: 'screen', kind: 'video', muted: false }]);
      expect(types()).toContain('videos-changed');
      // It is there to be watched, and costs nothing until then.
      expect(room.tracks()).toEqual([]);
      const before = types().length;
      await hide();
      await until(() => videos().length === 0);
      expect(types().slice(before)).toContain('videos-changed');
      // A participant who leaves takes their tracks away, which is reported as well.
      await rig.show('ana', 'camera');
      await until(() => videos().length === 1);
      const shown = types().length;
      await rig.leave('ana');
      await until(() => types().includes('participant-left'));
      expect(types().slice(shown)).toEqual(['videos-changed', 'participant-left']);
      expect(videos()).toEqual([]);
    });

    test('gives pictures of what is watched, until it is gone', async () => {
      await rig.join('ana');
      const hide = await rig.show('ana', 'camera');
      await until(() => room.videos().length === 1);
      const watch = room.watch(room.videos()[0]?.sid ?? '');
      const picture = await vi.waitFor(
        async () => {
          const grabbed = await watch.grab();
          if (!grabbed) throw new Error('no picture yet');
          return grabbed;
        },
        { timeout: TIMEOUT_MS },
      );
      expect(picture.pixels).toHaveLength(picture.width * picture.height * 3);
      const middle = (Math.floor(picture.height / 2) * picture.width + Math.floor(picture.width / 2)) * 3;
      const [red = 0, green = 255, blue = 255] = picture.pixels.subarray(middle, middle + 3);
      expect([red > 150, green < 100, blue < 100]).toEqual([true, true, true]);
      expect(picture.rotation).toBe(0);
      await hide();
      await until(() => room.videos().length === 0);
      watch.close();
      watch.close();
      expect(await watch.grab()).toBeUndefined();
      expect(await room.watch('TR_unknown').grab()).toBeUndefined();
    });

    test('answers methods, and passes failures on with their code', async () => {
      await rig.join('ana');
      const stop = room.onRpc(
        'greet',
        async ({ callerIdentity, payload }) => `${callerIdentity}: ${payload}`,
      );
      room.onRpc('refuse', async () => {
        throw new RpcFailure(4242, 'not now');
      });
      room.onRpc('break', async () => {
        throw new TypeError('with a detail of the inside');
      });
      expect(await rig.call('ana', 'greet', 'hello')).toBe('ana: hello');
      await expect(rig.call('ana', 'refuse', '')).rejects.toMatchObject({ code: 4242 });
      const broken = await rig.call('ana', 'break', '').catch((error: unknown) => error);
      expect(broken).toMatchObject({ code: 1500 });
      expect(String(broken)).not.toContain('detail of the inside');
      await expect(rig.call('ana', 'nothing', '')).rejects.toMatchObject({ code: 1400 });
      stop();
      await expect(rig.call('ana', 'greet', 'hello')).rejects.toMatchObject({ code: 1400 });
    });

    test('calls methods of people, and a code says why one fails', async () => {
      await rig.join('ana');
      await until(() => room.participants().length === 1);
      rig.answer('ana', 'colour', async (payload) => `${payload} is green`);
      expect(await room.callRpc('ana', 'colour', 'grass', 5_000)).toBe('grass is green');
      await expect(room.callRpc('ana', 'unknown', '', 5_000)).rejects.toMatchObject({ code: 1400 });
      await expect(room.callRpc('nobody', 'colour', '', 5_000)).rejects.toBeInstanceOf(RpcFailure);
    });

    test('calls a listener no more after it was removed', async () => {
      const heard: string[] = [];
      const stop = room.onEvent(({ type }) => heard.push(type));
      await rig.join('ana');
      await until(() => heard.length === 1);
      stop();
      await rig.join('ben');
      await until(() => types().length === 2);
      expect(heard).toEqual(['participant-joined']);
    });

    test('takes nothing once it is left, which may be done twice', async () => {
      await rig.join('ana');
      await until(() => room.participants().length === 1);
      await Promise.all([room.close(), room.close()]);
      const before = events.length;
      await expect(room.sendText('too late', { topic: 'words' })).rejects.toThrow();
      await expect(room.sendPacket(new Uint8Array(1), { topic: 'words' })).rejects.toThrow();
      const packet = { id: 'SG_1', text: 'late', final: true, identity: 'ana', trackSid: 'TR_1' };
      await expect(room.sendTranscription(packet)).rejects.toThrow();
      await expect(room.setAttributes({ colour: 'green' })).rejects.toThrow();
      await rig.leave('ana');
      expect(events).toHaveLength(before);
      expect(rig.received('ana')).toEqual([]);
    });
  });
}
