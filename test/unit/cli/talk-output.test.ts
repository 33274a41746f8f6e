// What a talk prints: for people, on a terminal and into a pipe, and for programs.
import { expect, test } from 'vitest';
import { JsonOutput, type TalkRecord, type Terminal, TextOutput } from '../../../cli/talk-output.js';

function terminal(more: Partial<Terminal> = {}): Terminal & { text: string } {
  return {
    text: '',
    ...more,
    write(text: string) {
      this.text += text;
      return true;
    },
  };
}

function caption(text: string, final: boolean, segment = 'SG_1'): TalkRecord {
  return { type: 'caption', participant: 'ana', segment, final, text };
}

const SUMMARY: TalkRecord = {
  type: 'summary',
  turns: 1,
  captions: [],
  heardMs: 1500,
  firstAnswerMs: 640,
  out: '/tmp/answer.wav',
};

/** What stands on the screen after carriage returns and erased lines. */
function screenOf(text: string): string[] {
  return text.split('\n').map((line) => line.split('\r\u001b[2K').at(-1) ?? '');
}

test('into a pipe only finals are printed, each with its time', () => {
  const out = terminal();
  const output = new TextOutput(out);
  output.write(caption('go', false));
  output.write(caption('go on', true));
  expect(out.text).toMatch(/^ {3}0\.\d\d s {2}ana: go on\n$/);
});

test('on a terminal a growing caption is shown in place and replaced by what follows', () => {
  const out = terminal({ isTTY: true, columns: 80 });
  const output = new TextOutput(out);
  output.write(caption('go', false));
  expect(screenOf(out.text)).toEqual([expect.stringMatching(/s {2}ana: go …$/)]);
  output.write({ type: 'agent_state', state: 'thinking' });
  output.write(caption('go on', false));
  output.write(caption('go on', true));
  expect(screenOf(out.text)).toEqual([
    expect.stringMatching(/s {2}· thinking$/),
    expect.stringMatching(/s {2}ana: go on$/),
    '',
  ]);
});

test('a growing caption never wraps: its end is shown', () => {
  const out = terminal({ isTTY: true, columns: 50 });
  new TextOutput(out).write(caption(`${'many words '.repeat(20)}and the last`, false));
  const [line] = screenOf(out.text);
  expect(line!.length).toBeLessThan(50);
  expect(line).toMatch(/and the last …$/);
});

test('a caption that never becomes final is printed at the end', () => {
  const out = terminal();
  const output = new TextOutput(out);
  output.write(caption('first', true, 'SG_1'));
  output.write(caption('half a', false, 'SG_2'));
  output.write(caption('half a word', false, 'SG_2'));
  output.write(SUMMARY);
  expect(out.text.match(/ana: .*/g)).toEqual(['ana: first', 'ana: half a word']);
});

test('events are printed with their fields, without the envelope', () => {
  const out = terminal();
  const event = {
    v: 1,
    call: 'c',
    epoch: 2,
    seq: 3,
    at: 4,
    type: 'tool.call',
    id: 'a',
    args: { city: 'Oslo' },
  };
  new TextOutput(out).write({ type: 'event', event });
  expect(out.text).toMatch(/ s {2}· tool\.call: id a, args \{"city":"Oslo"\}\n$/);
});

test('the summary says what was heard', () => {
  const out = terminal();
  const output = new TextOutput(out);
  output.write(SUMMARY);
  output.write({ ...SUMMARY, heardMs: 0, firstAnswerMs: null, out: null });
  expect(out.text).toContain(
    'heard 1.50 s of sound, the first 0.64 s after the end of your speech; it is in /tmp/answer.wav\n',
  );
  expect(out.text).toMatch(/heard nothing\n$/);
});

test('JSON is one object a line, with the time since the beginning', () => {
  const out = terminal();
  const output = new JsonOutput(out);
  output.write(caption('line\nbreak', false));
  output.write({ type: 'heard', ms: 700, rms: 4000 });
  const lines = out.text.split('\n');
  expect(lines).toHaveLength(3);
  expect(lines.slice(0, 2).map((line) => JSON.parse(line) as unknown)).toEqual([
    { ...caption('line\nbreak', false), atMs: expect.any(Number) },
    { type: 'heard', ms: 700, rms: 4000, atMs: expect.any(Number) },
  ]);
});
