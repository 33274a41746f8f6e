// The worker's metrics: what each fact of a call adds, and that no label holds a room, an identity or a word.
import { expect, test } from 'vitest';
import { WorkerMetrics } from '../../../agent/observe/worker-metrics.js';
import type { CallFact } from '../../../src/index.js';

type EventBody = Extract<CallFact, { type: 'event' }>['event'];

class Rig {
  readonly metrics = new WorkerMetrics(() => ({ rooms: 2, slots: 12, hosts: 1, eventLoopLagMs: 40 }));

  fact(fact: CallFact): this {
    this.metrics.fact('AJ_secret-room', fact);
    return this;
  }

  event(at: number, event: EventBody): this {
    return this.fact({ type: 'event', at, event });
  }

  begin(): this {
    const tools = { lookup: 'webhook', constructor: 'module' };
    return this.fact({
      type: 'begun',
      at: 0,
      room: 'secret-room',
      agent: 'agent-gemini',
      model: 'm',
      present: [],
      tools,
    });
  }

  async value(series: string): Promise<number | undefined> {
    const line = (await this.metrics.text()).split('\n').find((text) => text.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.split(' ').at(-1));
  }
}

test('the gauges are the figures of the moment', async () => {
  const rig = new Rig();
  expect(await rig.value('gemini_room_rooms')).toBe(2);
  expect(await rig.value('gemini_room_slots')).toBe(12);
  expect(await rig.value('gemini_room_hosts')).toBe(1);
  expect(await rig.value('gemini_room_event_loop_lag_seconds')).toBe(0.04);
  expect(await rig.value('process_cpu_seconds_total')).toBeGreaterThan(0);
});

test('counters begin at 0, so that the first event of a kind is an increase', async () => {
  const rig = new Rig();
  for (const series of [
    'calls_total{outcome="failed"}',
    'calls_total{outcome="served-already"}',
    'dispatches_total{outcome="rejected"}',
    'sessions_total{outcome="refused"}',
    'audio_dropped_seconds_total{reason="connection-away"}',
    'tool_duration_seconds_count{tool_kind="webhook",outcome="error"}',
    'captions_total{side="user"}',
    'underruns_total',
  ])
    expect(await rig.value(`gemini_room_${series}`), series).toBe(0);
});

test('connections, by outcome, and how long there was none', async () => {
  const rig = new Rig()
    .begin()
    .event(0, { type: 'session', state: 'connecting' })
    .event(100, { type: 'session', state: 'open' })
    .event(1_000, { type: 'session', state: 'rotating', reason: '1011' })
    .event(2_000, { type: 'session', state: 'waiting', reason: '1011' })
    .event(4_000, { type: 'session', state: 'open', restored: 'rebuilt' })
    .event(5_000, { type: 'session', state: 'rotating', reason: 'goAway' })
    .event(5_500, { type: 'session', state: 'open', restored: 'resumed' })
    .event(6_000, { type: 'session', state: 'open', reason: 'max-duration', leftMs: 30_000 })
    .event(7_000, { type: 'error', code: 'refused', message: 'no', fatal: true });
  for (const outcome of ['opened', 'rebuilt', 'resumed', 'refused'])
    expect(await rig.value(`gemini_room_sessions_total{outcome="${outcome}"}`)).toBe(1);
  expect(await rig.value('gemini_room_connection_away_seconds_count')).toBe(2);
  expect(await rig.value('gemini_room_connection_away_seconds_sum')).toBe(3.5);
});

test('latencies, tools and tokens', async () => {
  const numbers = {
    prompt: 100,
    response: 60,
    thoughts: 0,
    total: 160,
    byModality: { prompt: { AUDIO: 80, TEXT: 20 }, response: { AUDIO: 50 } },
  };
  const rig = new Rig()
    .begin()
    .event(0, { type: 'latency', turn: 1, endOfSpeechToAudioMs: 500, firstAudioToPublishedMs: 1 })
    .event(0, { type: 'latency', turn: 1, interruptToClearedMs: 4 })
    .event(0, { type: 'tool.result', id: '1', name: 'lookup', ok: true, durationMs: 200 })
    .event(0, { type: 'tool.result', id: '2', name: 'orders__find', ok: false, durationMs: 10 })
    .event(0, { type: 'tool.result', id: '3', name: 'toString', ok: false, durationMs: 10 })
    .event(0, { type: 'usage', turn: 1, ...numbers, session: numbers });
  expect(await rig.value('gemini_room_end_of_speech_to_audio_seconds_sum')).toBe(0.5);
  expect(await rig.value('gemini_room_interrupt_to_clear_seconds_sum')).toBe(0.004);
  const tools = 'gemini_room_tool_duration_seconds_count';
  expect(await rig.value(`${tools}{tool_kind="webhook",outcome="ok"}`)).toBe(1);
  expect(await rig.value(`${tools}{tool_kind="mcp",outcome="error"}`)).toBe(1);
  expect(await rig.value(`${tools}{tool_kind="built-in",outcome="error"}`)).toBe(1);
  const tokens = (modality: string, direction: string): Promise<number | undefined> =>
    rig.value(`gemini_room_tokens_total{model="m",modality="${modality}",direction="${direction}"}`);
  expect(await tokens('audio', 'input')).toBe(80);
  expect(await tokens('text', 'input')).toBe(20);
  expect(await tokens('audio', 'output')).toBe(50);
  expect(await tokens('unknown', 'output')).toBe(10);
});

test('calls by why they ended; a reason that is not known is no label', async () => {
  const rig = new Rig();
  const ends: [string, boolean][] = [
    ['alone', false],
    ['hung-up: by ana', false],
    ['refused: quota: too much for ana in secret-room', true],
    ['connect to secret-room failed', true],
    ['the room is served already', false],
  ];
  for (const [reason, failed] of ends) rig.metrics.ended('AJ_1', reason, failed);
  for (const outcome of ['alone', 'hung-up', 'refused', 'failed', 'served-already'])
    expect(await rig.value(`gemini_room_calls_total{outcome="${outcome}"}`)).toBe(1);
  expect(await rig.metrics.text()).not.toMatch(/ana|secret-room/);
});

test('captions by side, speech that was dropped, gaps in the voice', async () => {
  const rig = new Rig()
    .begin()
    .fact({ type: 'user', at: 0, text: 'Hello there', identity: 'ana' })
    .fact({ type: 'user', at: 0, text: 'Hello there', identity: 'ana', typed: true })
    .fact({ type: 'agent', at: 0, text: 'Good day', turn: 1 })
    .fact({ type: 'audio', at: 0, droppedMs: 1_500, underruns: 3 });
  expect(await rig.value('gemini_room_captions_total{side="user"}')).toBe(1);
  expect(await rig.value('gemini_room_captions_total{side="agent"}')).toBe(1);
  expect(await rig.value('gemini_room_audio_dropped_seconds_total{reason="connection-away"}')).toBe(1.5);
  expect(await rig.value('gemini_room_underruns_total')).toBe(3);
  expect(await rig.metrics.text()).not.toMatch(/Hello|Good day|ana|secret-room/);
});
