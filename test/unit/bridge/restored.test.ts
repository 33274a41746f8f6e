// A call that another process has begun and left: its successor goes on with what was reported, and begins nothing anew.
import { expect, test } from 'vitest';
import { Bridge } from '../../../src/bridge/bridge.js';
import { BridgeReport } from '../../../src/bridge/bridge-report.js';
import type { BridgeState } from '../../../src/bridge/bridge-state.js';
import { readProfile } from '../../../src/bridge/checked-profile.js';
import type { BridgeEnd } from '../../../src/bridge/options.js';
import { Supervisor } from '../../../src/session/supervisor.js';
import { NO_TOOL_DEPLOYMENT, type ToolDeployment } from '../../../src/tools/deployment.js';
import type { ToolContext } from '../../../src/tools/tool.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom, FakeVoice } from '../../support/fake-room.js';
import { FakeService } from '../../support/fake-wire.js';
import { call, handle, quietLog, speech } from '../../support/supervised.js';

const PROFILE = {
  leave: { maxDurationMs: 60_000 },
  greeting: 'Say hello.',
  tools: [{ declaration: { name: 'weather' }, run: { by: 'participant' } }],
};

interface Options {
  readonly restored?: BridgeState;
  readonly epoch?: number;
  readonly tools?: ToolDeployment;
  readonly profile?: object;
}

function startBridge(options: Options = {}) {
  const checked = readProfile(JSON.stringify(options.profile ?? PROFILE), undefined, {
    deployment: 'elsewhere',
    vertex: false,
  });
  if (!checked.ok) throw new Error('the profile of this test is wrong');
  const { profile, capabilities } = checked;
  const room = new FakeRoom();
  room.join('ana');
  const voice = new FakeVoice();
  const service = new FakeService();
  let state: Partial<BridgeState> = {};
  const ends: BridgeEnd[] = [];
  const bridge = new Bridge({
    room,
    voice,
    profile,
    report: new BridgeReport({ room, profile }),
    capabilities,
    openSession: (listener, ledger) =>
      new Supervisor(
        {
          openWire: service.open,
          capabilities,
          profile,
          ...(options.restored?.handle ? { handle: options.restored.handle } : {}),
          ...(options.restored ? { takenOver: options.restored } : {}),
          compresses: true,
          history: [],
          ledger: () => ledger.contents(),
          log: quietLog,
        },
        listener,
      ),
    vertex: false,
    tools: NO_TOOL_DEPLOYMENT,
    changeProfile: () => ({ ok: false, problems: [] }),
    resample: (chunk) => chunk,
    log: quietLog,
    ...(({ profile: _, ...rest }: Options) => rest)(options),
    onState: (change) => {
      // As it crosses a process's border.
      state = { ...state, ...(JSON.parse(JSON.stringify(change)) as Partial<BridgeState>) };
    },
    onEnd: (end) => ends.push(end),
  });
  bridge.start();
  const events = () =>
    room.texts
      .filter(({ options: { topic } }) => topic === 'gemini.event')
      .map(({ text }) => JSON.parse(text) as Record<string, unknown>);
  const finals = () =>
    room.texts
      .filter(({ options: { attributes } }) => attributes?.['lk.transcription_final'] === 'true')
      .map(({ text }) => text);
  return { bridge, room, voice, service, ends, events, finals, state: () => state as BridgeState };
}

/** A conversation whose process dies in the middle of an answer, with a tool call open. */
async function brokenOff() {
  using clock = fakeClock();
  const first = startBridge();
  const { wire } = first.service;
  await wire.accept();
  wire.emit(handle);
  wire.emit({ type: 'input-transcript', text: 'What is the weather?', finished: true, interim: false });
  wire.emit({ type: 'tool-calls', calls: [call] });
  const atCall = first.state();
  wire.emit({ type: 'output-transcript', text: 'I am looking', finished: false }, speech);
  await clock.advance(2_000);
  const state = first.state();
  const events = first.events();
  await first.bridge.close();
  return { atCall, state, events };
}

test('the state says what was said, what is open, and where the numbers stand', async () => {
  const { atCall, state, events } = await brokenOff();
  // Reported before the handler runs: a process that dies now must not let its successor run it again.
  expect(atCall.tools.seen).toEqual(['c1']);
  expect(state.handle).toBe('h1');
  expect(state.tools.open).toEqual([{ id: 'c1', name: 'weather' }]);
  expect(JSON.stringify(state.ledger)).toContain('What is the weather?');
  expect(state.captions).toMatchObject([{ by: 'agent', text: 'I am looking' }]);
  expect(state.seq).toBe(events.at(-1)?.seq);
  expect(state.turn).toBe(1);
});

test('a turn that has begun is in the state at once, so that no successor uses its number again', async () => {
  using clock = fakeClock();
  const first = startBridge();
  const { wire } = first.service;
  await wire.accept();
  await clock.advance(1_000);
  const { turn } = first.state();
  wire.emit({ type: 'input-transcript', text: 'Hello.', finished: true, interim: false }, speech);
  expect(first.state().turn).toBe(turn + 1);
  await first.bridge.close();
});

test('a successor resumes the session, ends what was open, runs no tool again and greets nobody', async () => {
  const { state } = await brokenOff();
  using clock = fakeClock();
  const next = startBridge({ restored: state, epoch: 2 });
  const { wire } = next.service;
  expect(wire.handle).toBe('h1');
  await wire.accept();
  next.voice.listenerArrives();
  await clock.advance(200);
  expect(wire.of('text')).toEqual([]);
  const [answered] = wire.of('tool-results');
  expect(answered?.results).toMatchObject([{ id: 'c1', name: 'weather' }]);
  expect(JSON.stringify(answered?.results[0]?.response)).toContain('not known whether it was done');
  expect(next.finals()).toEqual(['I am looking']);
  // The service repeats the call that it waits for.
  wire.emit({ type: 'tool-calls', calls: [call] });
  await clock.advance(200);
  const told = next.events();
  expect(told.filter(({ type }) => type === 'tool.call')).toEqual([]);
  expect(told.map(({ epoch }) => epoch)).toEqual(told.map(() => 2));
  expect(told.map(({ call: id }) => id)).toEqual(told.map(() => state.call));
  expect(told[0]?.seq).toBe(state.seq + 1);
  expect(told).toContainEqual(
    expect.objectContaining({ type: 'session', state: 'open', restored: 'resumed' }),
  );
  wire.emit({ type: 'output-transcript', text: 'It rains.', finished: false }, speech);
  await clock.advance(200);
  expect(next.events().filter(({ type }) => type === 'turn')).toMatchObject([{ turn: 2, phase: 'started' }]);
  await next.bridge.close();
});

test('a successor of a call to which nobody has come yet greets the first who does, and once', async () => {
  using clock = fakeClock();
  const first = startBridge();
  await first.service.wire.accept();
  await clock.advance(1_000);
  const alone = first.state();
  await first.bridge.close();
  const second = startBridge({ restored: alone, epoch: 2 });
  await second.service.wire.accept();
  second.voice.listenerArrives();
  await clock.advance(1_000);
  expect(second.service.wire.of('text')).toMatchObject([{ text: 'Say hello.' }]);
  const greeted = { ...alone, ...second.state() };
  await second.bridge.close();
  const third = startBridge({ restored: greeted, epoch: 3 });
  await third.service.wire.accept();
  third.voice.listenerArrives();
  await clock.advance(1_000);
  expect(third.service.wire.of('text')).toEqual([]);
  await third.bridge.close();
});

test('without a handle the session is rebuilt from what was said', async () => {
  const { state } = await brokenOff();
  using clock = fakeClock();
  const { handle: _, ...handless } = state;
  const next = startBridge({ restored: handless, epoch: 2 });
  const { wire } = next.service;
  expect(wire.handle).toBeUndefined();
  expect(wire.seed).toBe(true);
  await wire.accept();
  await clock.advance(200);
  const [context] = wire.of('context');
  const words = JSON.stringify(context?.turns);
  expect(words).toContain('What is the weather?');
  expect(words).toContain('I am looking — (I was cut off here.)');
  expect(next.events()).toContainEqual(
    expect.objectContaining({ type: 'session', state: 'open', restored: 'rebuilt' }),
  );
  expect(next.bridge.isQuiet).toBe(true);
  await next.bridge.close();
});

test('the longest duration of a call counts over all of its holders', async () => {
  const { state } = await brokenOff();
  using clock = fakeClock();
  const startedAtMs = Date.now() - 40_000;
  const next = startBridge({ restored: { ...state, startedAtMs }, epoch: 2 });
  await next.service.wire.accept();
  await clock.advance(19_999);
  expect(next.ends).toEqual([]);
  await clock.advance(1);
  expect(next.ends).toEqual([{ reason: 'max-duration' }]);
  expect(next.state().startedAtMs).toBe(startedAtMs);
  await next.bridge.close();
});

test('a call that the model repeats has the idempotency key that it had with the earlier holder', async () => {
  const keys: string[] = [];
  const answered = new Map([
    ['weather', { run: (_: object, context: ToolContext) => keys.push(context.idempotencyKey) }],
  ]) as unknown as ToolDeployment['modules'];
  const tools = { ...NO_TOOL_DEPLOYMENT, modules: answered };
  const profile = { tools: [{ declaration: { name: 'weather' }, run: { by: 'module', name: 'weather' } }] };
  using clock = fakeClock();
  const first = startBridge({ tools, profile });
  await first.service.wire.accept();
  first.service.wire.emit({ type: 'tool-calls', calls: [call] });
  await clock.advance(200);
  const restored = first.state();
  await first.bridge.close();
  const next = startBridge({ tools, profile, restored, epoch: 2 });
  await next.service.wire.accept();
  next.service.wire.emit({ type: 'tool-calls', calls: [{ ...call, id: 'c2' }] });
  await clock.advance(200);
  await next.bridge.close();
  expect(keys).toEqual([keys[0], keys[0]]);
});
