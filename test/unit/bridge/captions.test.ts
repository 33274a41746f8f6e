// Captions in the order of what was said: an answer's first caption waits for the words that it answers, for a while.
import { describe, expect, test } from 'vitest';
import { Captions } from '../../../src/bridge/captions.js';
import type { RemoteTrack } from '../../../src/room/port.js';
import { InputTimeline } from '../../../src/turns/input-timeline.js';
import { Ledger } from '../../../src/turns/ledger.js';
import { type FakeClock, fakeClock } from '../../support/fake-clock.js';
import { sine } from '../../support/tone.js';

const TRACK: RemoteTrack = {
  sid: 'TR_ana',
  identity: 'ana',
  source: 'microphone',
  kind: 'audio',
  muted: false,
};

class Rig {
  readonly shown: string[] = [];
  readonly #timeline = new InputTimeline<RemoteTrack>();
  readonly captions: Captions;
  people: readonly { sid: string; identity: string }[] = [];
  readonly speakers: unknown[] = [];

  constructor(user = true) {
    this.captions = new Captions({
      report: { add: () => {} },
      messages: {
        segment: (side, number) => `${side} ${number}`,
        caption: ({ segment, text }, speaker) => {
          this.shown.push(`${segment}: ${text}`);
          this.speakers.push(speaker);
        },
      },
      profile: { captions: { user, agent: true, packets: true } },
      voice: { trackSid: 'TR_agent' },
      ledger: new Ledger(),
      heard: () => 0,
      timeline: this.#timeline,
      people: () => this.people,
      reportsSpeech: true,
    });
  }

  async speak(clock: FakeClock, ms = 1_000): Promise<void> {
    this.captions.spoke();
    await this.sound(clock, ms);
  }

  async sound(clock: FakeClock, ms: number): Promise<void> {
    for (let at = 0; at < ms; at += 20) {
      this.#timeline.heard(TRACK, { samples: sine(440, 20, 16_000), rate: 16_000 });
      await clock.advance(20);
    }
  }

  words(text: string, turn: number): void {
    this.captions.heard({ type: 'input-transcript', text, finished: false, interim: false }, turn);
  }

  answer(turn: number): void {
    this.captions.agent.add(turn, 'Yes.', 0);
  }
}

describe('an answer', () => {
  test('to words that are there is shown at once', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    await rig.speak(clock);
    rig.words('Is it so?', 1);
    rig.answer(1);
    expect(rig.shown).toEqual(['user 1: Is it so?', 'agent 1: Yes.']);
  });

  test('to words that come late is shown after them', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    await rig.speak(clock);
    rig.answer(1);
    await clock.advance(600);
    expect(rig.shown).toEqual([]);
    rig.words('Is it so?', 1);
    expect(rig.shown).toEqual(['user 1: Is it so?', 'agent 1: Yes.']);
  });

  test('to speech without words is shown after a second, and the next one at once', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    await rig.speak(clock);
    rig.answer(1);
    await clock.advance(990);
    expect(rig.shown).toEqual([]);
    await clock.advance(20);
    expect(rig.shown).toEqual(['agent 1: Yes.']);
    await rig.speak(clock);
    rig.answer(2);
    expect(rig.shown).toEqual(['agent 1: Yes.', 'agent 2: Yes.']);
  });

  test('is shown at once where there was nothing but noise', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    await rig.sound(clock, 1_000);
    rig.answer(1);
    expect(rig.shown).toEqual(['agent 1: Yes.']);
  });

  test.each([
    ['to something that was typed', true, 1_000, true],
    ['to a cough', true, 100, false],
    ['in a call without captions of what people say', false, 1_000, false],
  ])('%s is shown at once', async (_what, user, spokenMs, typed) => {
    using clock = fakeClock();
    const rig = new Rig(user);
    await rig.speak(clock, spokenMs);
    if (typed) rig.captions.typed();
    rig.answer(1);
    expect(rig.shown).toEqual(['agent 1: Yes.']);
  });
});

describe('words that no voice was heard before, as after a change of the process', () => {
  test('are those of the only person', () => {
    using _clock = fakeClock();
    const rig = new Rig();
    rig.people = [TRACK];
    rig.words('Is it so?', 1);
    expect(rig.shown).toEqual(['user 1: Is it so?']);
    expect(rig.speakers).toEqual([{ trackSid: TRACK.sid, identity: 'ana' }]);
  });

  test('may be those of any of several people, also of one without a microphone', () => {
    using _clock = fakeClock();
    const rig = new Rig();
    rig.people = [TRACK, { sid: '', identity: 'ben' }];
    rig.words('Is it so?', 1);
    expect(rig.speakers).toEqual([{ trackSid: TRACK.sid, identity: 'ana', several: ['ana', 'ben'] }]);
  });

  test('are those of who was heard since', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.people = [{ sid: 'TR_ben', identity: 'ben' }, TRACK];
    await rig.speak(clock);
    rig.words('Is it so?', 1);
    expect(rig.speakers).toMatchObject([{ identity: 'ana' }]);
  });
});
