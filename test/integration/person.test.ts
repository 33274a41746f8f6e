// Two people in a room of a real server: what one says, writes and does, the other hears, reads and sees.
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { lastSoundMs } from '../../cli/level.js';
import { Person, type PersonOptions, RECORDING_RATE, WaitError } from '../../cli/person.js';
import { nativeListenerCount } from '../../src/room/native/native-library.js';
import { startEchoAgent } from '../support/echo-agent.js';
import { readFixture } from '../support/fixtures.js';
import { type LiveKitServer, startLivekitServer } from '../support/livekit-server.js';
import { personToken } from '../support/tokens.js';
import { amplitudeAt, concat, gaps, silence, sine } from '../support/tone.js';

let server: LiveKitServer;
let rooms = 0;
let room = '';
/** rtc-node's listeners while nothing joins. */
let idleListeners: number;

beforeAll(async () => {
  idleListeners = nativeListenerCount();
  server = await startLivekitServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

async function join(identity: string, options?: PersonOptions): Promise<Person> {
  const person = new Person(options);
  await person.connect(server.url, await personToken({ identity, room }));
  return person;
}

function newRoom(): void {
  room = `room-${++rooms}`;
}

test('what one person says, another hears: all of it, at its real pace, without holes', async () => {
  newRoom();
  await using ana = await join('ana');
  await using bo = await join('bo', { microphone: false });
  await bo.waitFor((person) => person.heard('ana').durationMs > 0, 10_000);
  const clip = await readFixture('goforward');

  const { startedAtMs, endedAtMs } = await ana.speak(clip.samples, clip.rate);
  expect(endedAtMs - startedAtMs).toBeGreaterThan(clip.durationMs - 100);
  expect(endedAtMs - startedAtMs).toBeLessThan(clip.durationMs + 1000);

  const spokeMs = lastSoundMs(clip.samples, clip.rate);
  const heard = await bo.waitFor((person) => {
    const recording = person.heard('ana');
    const { startedAtMs: fromMs, durationMs } = recording;
    return fromMs !== undefined && fromMs + durationMs > endedAtMs + 500 && recording;
  }, 10_000);
  const [first, last] = [heard.firstSoundAtMs(startedAtMs - 50), heard.lastSoundAtMs()];
  expect(first! - startedAtMs).toBeLessThan(1500);
  expect(Math.abs(last! - first! - spokeMs)).toBeLessThan(800);
  expect(heard.soundMs()).toBeGreaterThan(600);
});

test('a tone arrives as the same tone, its silences stay, and silence is sent when nothing is said', async () => {
  newRoom();
  await using ana = await join('ana');
  await using bo = await join('bo', { microphone: false });
  await bo.waitFor((person) => person.heard('ana').durationMs > 0, 10_000);
  const rate = 44_100;
  await ana.speak(concat(sine(500, 600, rate), silence(500, rate), sine(500, 600, rate)), rate);
  const quietFromMs = Date.now();
  const heard = await bo.waitFor((person) => {
    const recording = person.heard('ana');
    return recording.startedAtMs! + recording.durationMs > quietFromMs + 600 && recording;
  }, 10_000);

  const samples = heard.samples();
  const sound = heard.stretches();
  expect(sound).toHaveLength(2);
  const [one] = sound;
  const middle = heard.samples(one!.fromMs + 150, one!.fromMs + 450);
  expect(amplitudeAt(middle, RECORDING_RATE, 500)).toBeGreaterThan(5000);
  expect(amplitudeAt(middle, RECORDING_RATE, 900)).toBeLessThan(500);
  const holes = gaps(samples, RECORDING_RATE, { minMs: 100 });
  expect(holes).toHaveLength(1);
  expect(holes[0]!.toMs - holes[0]!.fromMs).toBeGreaterThan(350);
  expect(holes[0]!.toMs - holes[0]!.fromMs).toBeLessThan(650);
});

test('a muted person is not heard, and is again when unmuted', async () => {
  newRoom();
  await using ana = await join('ana');
  await using bo = await join('bo', { microphone: false });
  await bo.waitFor((person) => person.heard('ana').durationMs > 0, 10_000);

  const muted = () => [...bo.room.remoteParticipants.get('ana')!.trackPublications.values()][0]?.muted;
  ana.microphone.mute();
  await expect.poll(muted, { timeout: 15_000 }).toBe(true);
  await ana.speak(sine(500, 500, 48_000), 48_000);
  const saidMs = Date.now();
  ana.microphone.unmute();
  await expect.poll(muted, { timeout: 15_000 }).toBe(false);
  expect(bo.heard('ana').soundMs()).toBe(0);

  await ana.speak(sine(500, 500, 48_000), 48_000);
  const heard = await bo.waitFor(
    (person) => person.heard('ana').soundMs() > 300 && person.heard('ana'),
    10_000,
  );
  expect(heard.firstSoundAtMs()).toBeGreaterThan(saidMs - 300);
});

test('a microphone that is published again is heard again, in the same recording', async () => {
  newRoom();
  await using ana = await join('ana');
  await using bo = await join('bo', { microphone: false });
  const voices: string[] = [];
  bo.on((personEvent) => {
    if (personEvent.type === 'voice-started') voices.push(personEvent.trackSid);
  });
  await bo.waitFor((person) => person.heard('ana').durationMs > 0, 10_000);
  const before = bo.heard('ana');

  await ana.microphone.republish();
  await ana.microphone.waitForListener();
  await ana.speak(sine(500, 500, 24_000), 24_000);
  await bo.waitFor((person) => person.heard('ana').soundMs() > 300, 10_000);
  expect(bo.heard('ana')).toBe(before);
  expect(new Set(voices).size).toBe(voices.length);
  expect(voices.at(-1)).toBe(ana.microphone.trackSid);
});

test('speaking can be broken off', async () => {
  newRoom();
  await using ana = await join('ana');
  await using bo = await join('bo', { microphone: false });
  await bo.waitFor((person) => person.heard('ana').durationMs > 0, 10_000);
  const stop = new AbortController();
  const spoken = ana.speak(sine(500, 20_000, 16_000), 16_000, stop.signal);
  await bo.waitFor((person) => person.heard('ana').soundMs() > 200, 10_000);
  stop.abort(new Error('enough'));
  await expect(spoken).rejects.toThrow('enough');
  await ana.speak(sine(900, 300, 16_000), 16_000);
  await bo.waitFor((person) => amplitudeAt(person.heard('ana').samples(), RECORDING_RATE, 900) > 300, 10_000);
  expect(bo.heard('ana').soundMs()).toBeLessThan(5000);
});

test('chat, data and calls go across', async () => {
  newRoom();
  await using ana = await join('ana', { microphone: false });
  await using bo = await join('bo', { microphone: false });
  bo.registerRpc('add', async ({ payload }) => {
    const { a, b } = JSON.parse(payload) as { a: number; b: number };
    return JSON.stringify(a + b);
  });
  await ana.waitFor((person) => person.participants().length === 1, 10_000);
  expect(await ana.rpc('add', '{"a":2,"b":3}', 'bo')).toBe('5');
  await expect(ana.rpc('subtract', '{}', 'bo')).rejects.toMatchObject({ code: 1400 });
  await expect(ana.rpc('add', '{}')).rejects.toThrow('no agent');

  await ana.sendChat('Good morning');
  const chat = await bo.waitFor((person) => person.chats()[0], 10_000);
  expect(chat).toMatchObject({ identity: 'ana', text: 'Good morning', topic: 'lk.chat' });

  await ana.sendData('gemini.tool_response', new TextEncoder().encode('{"id":"1"}'));
  const packet = await bo.waitFor((person) => person.data()[0], 10_000);
  expect(packet).toMatchObject({ identity: 'ana', topic: 'gemini.tool_response' });
  expect(new TextDecoder().decode(packet.bytes)).toBe('{"id":"1"}');
});

test('an agent is seen with its state, captions and events, and its answer is heard', async () => {
  newRoom();
  await using ana = await join('ana');
  expect(ana.agent()).toBeUndefined();
  const seen: string[] = [];
  ana.onEvent(({ type }) => seen.push(type));
  await using echo = await startEchoAgent({
    url: server.url,
    room,
    heardText: 'go on',
    answerText: 'as you wish',
  });
  await ana.waitFor((person) => person.state() === 'listening', 10_000);
  expect(ana.agent()?.identity).toBe('agent-gemini');
  await ana.microphone.waitForListener();

  const clip = await readFixture('card001');
  await ana.speak(clip.samples, clip.rate);
  await ana.waitFor((person) => person.events().some(({ phase }) => phase === 'completed'), 15_000);
  await ana.waitFor(
    (person) => person.captions().filter(({ final, complete }) => final && complete).length === 2,
    5000,
  );
  expect(
    ana.captions().map(({ identity, text, final, segmentId }) => [identity, segmentId, final, text]),
  ).toEqual([
    ['ana', 'SG_1', false, 'go'],
    ['ana', 'SG_1', true, 'go on'],
    ['agent-gemini', 'SG_2', false, 'as'],
    ['agent-gemini', 'SG_2', true, 'as you wish'],
  ]);
  expect(ana.events().map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
  expect(seen).toEqual(['session', 'speech', 'speech', 'turn', 'turn']);
  expect(ana.heard().soundMs()).toBeGreaterThan(600);
  expect(echo.answers).toBe(1);
});

test('a message that is no event is set aside', async () => {
  newRoom();
  await using ana = await join('ana', { microphone: false });
  await using bo = await join('bo', { microphone: false });
  await ana.sendText('gemini.event', 'not JSON');
  const [message] = await bo.waitFor((person) => person.malformed().length > 0 && person.malformed(), 10_000);
  expect(message).toMatchObject({ identity: 'ana', text: 'not JSON' });
  expect(bo.events()).toEqual([]);
});

test('a wait that is in vain says how things stand, and one in a room that ends fails at once', async () => {
  newRoom();
  await using ana = await join('ana', { microphone: false });
  const failed = ana.waitFor((person) => person.agent(), 50);
  await expect(failed).rejects.toThrow(/waited 50 ms in vain: ana in room-\d+; with nobody; agent none/);
  const waiting = ana.waitFor((person) => person.agent(), 60_000);
  const ended = expect(waiting).rejects.toThrow(WaitError);
  await ana.close();
  await ended;
  expect(ana.closed).toBe('left');
  await ana.close();
});

test('nothing is left behind natively, also when the server throws somebody out', async () => {
  newRoom();
  {
    await using first = await join('ana', { microphone: false });
    await using second = await join('ana', { microphone: false });
    await first
      .waitFor((person) => person.closed, 10_000)
      .catch((error: unknown) => {
        if (!(error instanceof WaitError)) throw error;
      });
    expect(first.closed).toBe('duplicate_identity');
    expect(second.closed).toBeUndefined();
  }
  // A request that was on its way when the room closed is answered some ms later.
  await vi.waitFor(() => expect(nativeListenerCount()).toBe(idleListeners), 10_000);
});

test('a server that is stopped and started again is found at the same address', async () => {
  await using other = await startLivekitServer();
  const { url, pid } = other;
  await other.restart();
  expect(other.url).toBe(url);
  expect(other.pid).not.toBe(pid);
  newRoom();
  await using ana = new Person({ microphone: false });
  await ana.connect(other.url, await personToken({ identity: 'ana', room }));
  expect(ana.identity).toBe('ana');
  await other.stop();
  expect(other.pid).toBeUndefined();
});
