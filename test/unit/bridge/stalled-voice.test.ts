// A voice that stalls in mid-answer: the answer ends as one that was cut off, and the next one is heard.
import { expect, test } from 'vitest';
import { BridgeOutput } from '../../../src/bridge/output.js';
import { RoomMessages } from '../../../src/lanes/room-messages.js';
import { parseProfile } from '../../../src/profile/profile.js';
import type { ModelEvent } from '../../../src/session/port.js';
import { initialTurn, stampOf, trackTurn } from '../../../src/session/turn-tracker.js';
import { InputTimeline } from '../../../src/turns/input-timeline.js';
import { Ledger } from '../../../src/turns/ledger.js';
import { Presence } from '../../../src/turns/presence.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom, FakeVoice } from '../../support/fake-room.js';
import { quietLog } from '../../support/supervised.js';

/** Takes frames as a voice does, until it takes no more. */
class StallingVoice extends FakeVoice {
  stalls = false;

  override capture(samples: Int16Array): Promise<void> {
    return this.stalls ? new Promise(() => {}) : super.capture(samples);
  }
}

test('an answer whose voice stalls is ended where it was heard, and the next one begins', async () => {
  using clock = fakeClock();
  const room = new FakeRoom();
  const voice = new StallingVoice();
  const parsed = parseProfile();
  if (!parsed.ok) throw new Error('the default profile is wrong');
  const { profile } = parsed;
  const states: string[] = [];
  const messages = new RoomMessages({ room, profile, log: quietLog });
  const presence = new Presence((state) => states.push(state));
  presence.ready();
  presence.occupied(true);
  let turn = initialTurn;
  const output = new BridgeOutput({
    room,
    voice,
    profile,
    capabilities: { sendsVoiceActivity: true },
    resample: (chunk) => chunk,
    log: quietLog,
    messages,
    presence,
    ledger: new Ledger(),
    report: { add: () => {} },
    input: () => ({ isInterruptible: true, mayBeHeard: () => true }),
    asker: { identity: undefined, identities: [] },
    timeline: new InputTimeline(),
    turn: () => stampOf(turn),
    onSpeaking: () => {},
    onCutOff: () => {},
  });
  const model = (event: ModelEvent): void => {
    const step = trackTurn(turn, event, performance.now());
    turn = step.state;
    output.advance(event, step.stamp);
  };
  const answer = (text: string): void => {
    model({ type: 'output-transcript', text: `${text} `, finished: false });
    model({ type: 'audio', chunk: { samples: new Int16Array(24_000).fill(5_000), rate: 24_000 } });
    model({ type: 'output-transcript', text: 'the rest of it', finished: false });
    model({ type: 'audio', chunk: { samples: new Int16Array(24_000).fill(5_000), rate: 24_000 } });
    model({ type: 'turn-complete' });
  };
  answer('first');
  await clock.advance(500);
  voice.stalls = true;
  await clock.advance(8_000);
  expect(presence.state).toBe('listening');
  voice.stalls = false;
  answer('second');
  await clock.advance(4_000);
  expect(presence.state).toBe('listening');
  const turns = room.texts
    .filter(({ options }) => options.topic === 'gemini.event')
    .map(({ text }) => JSON.parse(text) as { type: string; turn: number; phase: string })
    .filter(({ type, phase }) => type === 'turn' && (phase === 'completed' || phase === 'interrupted'));
  expect(turns.map(({ turn, phase }) => [turn, phase])).toEqual([
    [1, 'interrupted'],
    [2, 'completed'],
  ]);
  const finals = room.texts
    .filter(({ options }) => options.attributes?.['lk.transcription_final'] === 'true')
    .map(({ text }) => text);
  expect(finals).toEqual(['first', 'second the rest of it']);
  output.close();
  await messages.close();
  expect(clock.timers).toBe(0);
});
