// Whose words a transcript has where several people speak: split by where the words are, or named together.
import { describe, expect, test } from 'vitest';
import type { PcmChunk } from '../../../src/audio/pcm.js';
import { type Named, VoiceLog } from '../../../src/turns/voice-log.js';
import { WordSpeakers } from '../../../src/turns/word-speakers.js';

const ana = { sid: 'ana' };
const ben = { sid: 'ben' };

function frame(level: number): PcmChunk {
  return { samples: new Int16Array(320).fill(level), rate: 16_000 };
}

class Rig {
  readonly log = new VoiceLog<Named>();
  readonly words: WordSpeakers<Named>;

  constructor(reportsSpeech = true) {
    this.words = new WordSpeakers({ log: this.log, reportsSpeech });
  }

  speak(who: Named, ms: number, level = 1_000): void {
    for (let at = 0; at < ms; at += 20) this.log.sent(frame(level), who);
  }

  together(ms: number, level = 1_000): void {
    for (let at = 0; at < ms; at += 20) this.log.sent(frame(1_000), ana, [{ who: ben, level }]);
  }

  pause(ms: number): void {
    for (let at = 0; at < ms; at += 20) this.log.sent(frame(0), undefined);
  }

  transcript(text: string, rest: Partial<Parameters<WordSpeakers<Named>['add']>[0]> = {}): void {
    this.words.add({ text, interim: false, ...rest });
  }

  of(text: string): string[] {
    return this.words.split(text).map((piece) => `${piece.speakers.map(({ sid }) => sid)}: ${piece.text}`);
  }
}

/** Words of half a second each, from this offset on. */
function timed(text: string, fromMs: number): { word: string; startMs: number; endMs: number }[] {
  return text
    .split(' ')
    .map((word, index) => ({ word, startMs: fromMs + index * 500, endMs: fromMs + (index + 1) * 500 }));
}

describe('an utterance of two people', () => {
  test('is split by the times of its words', () => {
    const rig = new Rig();
    rig.speak(ana, 2_000);
    rig.pause(200);
    rig.speak(ben, 1_500);
    rig.pause(1_200);
    const text = 'Go forward ten meters. No, stop now!';
    rig.transcript(text, {
      words: [...timed('Go forward ten meters.', 0), ...timed('No, stop now!', 2_200)],
    });
    expect(rig.of(text)).toEqual(['ana: Go forward ten meters.', 'ben: No, stop now!']);
  });

  test('is split where a caption lacks its first words and has other white space', () => {
    const rig = new Rig();
    rig.speak(ana, 2_000);
    rig.speak(ben, 1_500);
    const text = ' Go  forward ten meters. No, stop now! ';
    rig.transcript(text, {
      words: [...timed('Go forward ten meters.', 0), ...timed('No, stop now!', 2_000)],
    });
    expect(rig.of('ten meters. No, stop now!')).toEqual(['ana: ten meters.', 'ben: No, stop now!']);
    expect(rig.of('stop now!')).toEqual(['ben: stop now!']);
  });

  test('is split by interim transcripts: who spoke while a word was added', () => {
    const rig = new Rig();
    rig.speak(ana, 1_200);
    rig.transcript('go forward', { interim: true, stretch: { startMs: 0, endMs: 1_000 } });
    rig.speak(ana, 800);
    rig.pause(300);
    rig.transcript('go forward ten meters', { interim: true, stretch: { startMs: 0, endMs: 2_100 } });
    rig.speak(ben, 1_500);
    rig.pause(1_200);
    const text = 'Go forward ten meters. Stop now.';
    rig.transcript(text);
    expect(rig.of(text)).toEqual(['ana: Go forward ten meters.', 'ben: Stop now.']);
  });

  test('names both, who was heard most first, where the words have no times', () => {
    const rig = new Rig();
    rig.speak(ben, 1_000);
    rig.speak(ana, 2_000);
    rig.pause(1_200);
    rig.transcript('What time is it? Go forward ten meters.');
    expect(rig.of('What time is it? Go forward ten meters.')).toEqual([
      'ana,ben: What time is it? Go forward ten meters.',
    ]);
  });

  test('names both for words that they say at the same time, and one for the others', () => {
    const rig = new Rig();
    rig.speak(ana, 1_000);
    rig.together(1_000);
    rig.speak(ben, 1_000);
    const text = 'one two three four five six';
    rig.transcript(text, { words: timed(text, 0) });
    const pieces = rig.of(text);
    expect(pieces[0]).toBe('ana: one two');
    expect(pieces.slice(1, -1).every((piece) => piece.startsWith('ana,ben: '))).toBe(true);
    expect(pieces.at(-1)).toBe('ben: five six');
  });

  test('names both where the times are of another clock', () => {
    const rig = new Rig();
    rig.speak(ana, 2_000);
    rig.speak(ben, 2_000);
    rig.transcript('one two', { words: timed('one two', 90_000) });
    expect(rig.of('one two')).toEqual(['ana,ben: one two']);
  });

  test('is split by the times of a session that counts anew after a loss', () => {
    const rig = new Rig();
    rig.pause(60_000);
    rig.speak(ana, 200);
    rig.words.started(0);
    rig.speak(ana, 1_800);
    rig.speak(ben, 2_000);
    const text = 'one two three four five six seven eight';
    rig.transcript(text, { words: timed(text, 0) });
    expect(rig.of(text)).toEqual(['ana: one two three four', 'ben: five six seven eight']);
  });
});

describe('an utterance of one person', () => {
  test('is not that of a noise beside it, nor of a short sound', () => {
    const rig = new Rig();
    rig.together(3_000, 150);
    rig.speak(ben, 200);
    rig.transcript('go forward');
    expect(rig.of('go forward')).toEqual(['ana: go forward']);
  });

  test('is not that of a cough long before it', () => {
    const rig = new Rig();
    rig.speak(ben, 400);
    rig.pause(5_000);
    rig.words.started(rig.log.positionMs);
    rig.speak(ana, 1_000);
    rig.pause(1_000);
    rig.transcript('yes');
    expect(rig.of('yes')).toEqual(['ana: yes']);
  });

  test('whose transcript comes when the next one speaks already or has spoken is theirs, and the next is the next one’s', () => {
    for (const spokenMs of [300, 2_500]) {
      const rig = new Rig();
      rig.speak(ana, 2_000);
      rig.pause(1_300);
      rig.speak(ben, spokenMs);
      if (spokenMs > 2_000) rig.pause(500);
      rig.transcript('first');
      expect(rig.of('first')).toEqual(['ana: first']);
      rig.words.end();
      rig.speak(ben, 500);
      rig.pause(1_300);
      rig.transcript('second');
      expect(rig.of('second')).toEqual(['ben: second']);
    }
  });

  test('who presses the button right after another one and thinks before they speak is theirs', () => {
    const rig = new Rig();
    rig.words.started(undefined);
    rig.speak(ben, 2_050);
    rig.transcript('first');
    expect(rig.of('first')).toEqual(['ben: first']);
    rig.words.end();
    rig.words.started(undefined);
    rig.pause(1_500);
    rig.speak(ana, 1_000);
    rig.transcript('second');
    expect(rig.of('second')).toEqual(['ana: second']);
  });

  test('is theirs fragment by fragment where a service transcribes while they speak', () => {
    const rig = new Rig(false);
    rig.speak(ana, 1_000);
    rig.transcript('go ');
    rig.speak(ana, 3_000);
    rig.transcript('forward ');
    rig.speak(ben, 500);
    rig.transcript('ten ');
    rig.speak(ben, 3_000);
    rig.transcript('no ');
    rig.speak(ben, 3_000);
    rig.transcript('stop');
    expect(rig.of('go forward ten no stop')).toEqual(['ana: go forward ten', 'ben,ana: no', 'ben: stop']);
  });

  test('is nobody’s before anybody was heard', () => {
    const rig = new Rig();
    rig.transcript('hm');
    expect(rig.of('hm')).toEqual([': hm']);
  });
});
