// What every ModelSession keeps to, whatever is behind it: one suite, for the fake service and the real adapter.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ModelEvent, ModelEventOf, ModelListener, ModelSession } from '../../src/session/port.js';
import { frame } from '../support/supervised.js';

/** What has reached the service, in its own order, whatever the wire looks like. */
export type Arrived =
  | { readonly kind: 'audio'; readonly loudest: number }
  | { readonly kind: 'stream-end' | 'activity-start' | 'activity-end' | 'image' }
  | { readonly kind: 'text' | 'context'; readonly text: string }
  | { readonly kind: 'tool-result'; readonly id: string; readonly response: unknown };

/**
 * A service that answers `WEATHER` with a call of the function `weather`, any other text and any tool result
 * with a few words of speech, and context not at all.
 */
export interface Rig extends AsyncDisposable {
  open(listener: ModelListener): ModelSession;
  /** Over every connection so far. */
  readonly arrived: readonly Arrived[];
  /** The connection breaks without a close frame. */
  drop(): void;
  close(code: number, reason: string): void;
  /** Connections that are open now. */
  readonly connections: number;
}

export const WEATHER = 'What is the weather?';
export const TOOL = 'weather';
const LONG_ENOUGH_MS = 10_000;

export function describeModelSession(name: string, start: () => Promise<Rig>): void {
  describe(`ModelSession: ${name}`, () => {
    let rig: Rig;
    let session: ModelSession;
    let events: ModelEvent[];

    beforeEach(async () => {
      rig = await start();
      events = [];
      session = rig.open((event) => events.push(event));
    });

    afterEach(async () => {
      await session.close();
      await rig[Symbol.asyncDispose]();
    });

    const of = <T extends ModelEvent['type']>(type: T): ModelEventOf<T>[] =>
      events.filter((event): event is ModelEventOf<T> => event.type === type);
    const states = () => of('connection').map(({ state }) => state);
    const until = (what: () => unknown) =>
      vi.waitFor(() => expect(what()).toBeTruthy(), { timeout: LONG_ENOUGH_MS, interval: 5 });
    const opened = () => until(() => states().includes('open'));
    const kinds = () => rig.arrived.map(({ kind }) => kind);

    test('reports that it connects, then that it is open, before anything of the model', async () => {
      expect(events).toEqual([{ type: 'connection', state: 'connecting' }]);
      await opened();
      expect(events[1]).toEqual({ type: 'connection', state: 'open' });
      await until(() => session.resumptionHandle);
      expect(rig.connections).toBe(1);
    });

    test('holds what is sent before it is open, and sends it in order', async () => {
      session.sendAudio(frame(1));
      session.sendContext([{ role: 'user', parts: [{ text: 'I am Ana.' }] }], false);
      session.sendImage({ bytes: new Uint8Array([0xff, 0xd8, 0xff, 0xd9]) });
      session.sendText('Hello.');
      session.sendAudio(frame(2));
      expect(rig.arrived).toEqual([]);
      await until(() => rig.arrived.length === 5);
      expect(rig.arrived).toEqual([
        { kind: 'audio', loudest: 2_001 },
        { kind: 'context', text: 'I am Ana.' },
        { kind: 'image' },
        { kind: 'text', text: 'Hello.' },
        { kind: 'audio', loudest: 2_002 },
      ]);
    });

    test('gives an answer as audio of its own memory, then its end, once', async () => {
      await opened();
      session.sendText('Hello.');
      await until(() => of('turn-complete').length);
      const audio = of('audio');
      expect(audio.length).toBeGreaterThan(0);
      for (const { chunk } of audio) {
        expect(chunk.rate).toBe(24_000);
        expect(chunk.samples.byteOffset).toBe(0);
        expect(chunk.samples.buffer.byteLength).toBe(chunk.samples.byteLength);
      }
      const order = events.map(({ type }) => type);
      expect(order.lastIndexOf('audio')).toBeLessThan(order.indexOf('generation-complete'));
      expect(order.indexOf('generation-complete')).toBeLessThan(order.indexOf('turn-complete'));
      expect(
        of('output-transcript')
          .map(({ text }) => text)
          .join(''),
      ).not.toBe('');
      expect(of('turn-complete')).toHaveLength(1);
    });

    test('does not answer context that is no turn', async () => {
      await opened();
      session.sendContext([{ role: 'user', parts: [{ text: 'I am Ana.' }] }], false);
      session.sendText('Hello.');
      await until(() => of('turn-complete').length);
      expect(of('turn-complete')).toHaveLength(1);
      expect(kinds()).toEqual(['context', 'text']);
    });

    test('emits a tool call and accepts its result, once', async () => {
      await opened();
      session.sendText(WEATHER);
      await until(() => of('tool-calls').length);
      const [call] = of('tool-calls')[0]!.calls;
      expect(call).toMatchObject({ name: TOOL, args: { city: 'Oslo' } });
      session.sendToolResults([{ id: call!.id, name: TOOL, response: { sky: 'grey' } }]);
      await until(() => of('audio').length);
      expect(rig.arrived).toContainEqual({ kind: 'tool-result', id: call!.id, response: { sky: 'grey' } });
      expect(kinds().filter((kind) => kind === 'tool-result')).toHaveLength(1);
    });

    test('says when the microphone has stopped', async () => {
      await opened();
      session.sendAudio(frame(1));
      session.endAudio();
      await until(() => kinds().includes('stream-end'));
      expect(kinds()).toEqual(['audio', 'stream-end']);
    });

    test('is taken up again after a loss, and nothing that was sent meanwhile is lost', async () => {
      await opened();
      await until(() => session.resumptionHandle);
      rig.drop();
      await until(() => states().includes('rotating'));
      session.sendText('Hello again.');
      await until(() => of('turn-complete').length);
      const told = of('connection');
      expect(told.map(({ state }) => state)).toEqual(['connecting', 'open', 'rotating', 'open']);
      expect(told.at(-1)?.restored).toBe('resumed');
      expect(rig.arrived.filter(({ kind }) => kind === 'text')).toEqual([
        { kind: 'text', text: 'Hello again.' },
      ]);
      expect(rig.connections).toBe(1);
    });

    test('gives the result of a tool again that may not have arrived', async () => {
      await opened();
      await until(() => session.resumptionHandle);
      session.sendText(WEATHER);
      await until(() => of('tool-calls').length);
      const { id } = of('tool-calls')[0]!.calls[0]!;
      rig.drop();
      await until(() => states().includes('rotating'));
      session.sendToolResults([{ id, name: TOOL, response: { sky: 'grey' } }]);
      await until(() => kinds().includes('tool-result'));
      expect(rig.arrived).toContainEqual({ kind: 'tool-result', id, response: { sky: 'grey' } });
    });

    test('believes a refusal in mid-call when it comes again: reports it once, with code and words, and is closed', async () => {
      await opened();
      rig.close(1007, 'Request contains an invalid argument.');
      await until(() => states().filter((state) => state === 'open').length === 2 && rig.connections === 1);
      expect(of('error')).toEqual([]);
      rig.close(1007, 'Request contains an invalid argument.');
      await until(() => states().includes('closed'));
      expect(of('error')).toEqual([
        { type: 'error', code: '1007', message: 'Request contains an invalid argument.', fatal: true },
      ]);
      const before = events.length;
      session.sendText('Is anybody there?');
      session.sendAudio(frame(1));
      session.sendToolResults([{ id: 'none', name: TOOL, response: {} }]);
      session.endAudio();
      session.setOccupied(true);
      await session.close();
      expect(events).toHaveLength(before);
      expect(rig.arrived).toEqual([]);
      expect(rig.connections).toBe(0);
    });

    test('is closed once, also while it connects, and emits nothing after it', async () => {
      const closing = session.close();
      expect(session.close()).toBeInstanceOf(Promise);
      await closing;
      await session.close();
      expect(events).toEqual([
        { type: 'connection', state: 'connecting' },
        { type: 'connection', state: 'closed' },
      ]);
      await until(() => rig.connections === 0);
    });

    test('is closed in the middle of an answer, and emits nothing of the rest', async () => {
      await opened();
      session.sendText('Hello.');
      await until(() => of('audio').length);
      await session.close();
      expect(events.at(-1)).toEqual({ type: 'connection', state: 'closed' });
      const before = events.length;
      await until(() => rig.connections === 0);
      expect(events).toHaveLength(before);
    });

    test('goes on when its listener throws', async () => {
      const seen: string[] = [];
      const other = rig.open((event) => {
        seen.push(event.type);
        throw new Error('a listener that fails');
      });
      await until(() => seen.includes('connection') && other.resumptionHandle);
      other.sendText('Hello.');
      await until(() => seen.includes('turn-complete'));
      await other.close();
    });
  });
}
