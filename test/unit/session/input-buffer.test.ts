// What is kept for another connection: speech through an outage with a camera on, texts, and what was taken back.
import { expect, test } from 'vitest';
import { InputBuffer } from '../../../src/session/input-buffer.js';
import type { Input } from '../../../src/session/wire.js';
import { frame, marks } from '../../support/supervised.js';

const audio = (mark: number, voiced = true): Input => ({ type: 'audio', chunk: frame(mark, voiced), voiced });
const image: Input = { type: 'image', image: { bytes: new Uint8Array(3) } };
const text = (words: string): Input => ({ type: 'text', text: words });

test('five seconds of speech outlive twenty more without a connection, with a picture every second', () => {
  const buffer = new InputBuffer();
  for (let index = 0; index < 1_250; index += 1) {
    if (index % 50 === 0) buffer.hold(image, index * 20);
    buffer.hold(index < 250 ? audio(index + 1) : audio(0, false), index * 20);
  }
  const held = buffer.takeBacklog(true);
  expect(marks(held).filter((mark) => mark > 0)).toEqual(
    Array.from({ length: 250 }, (_, index) => index + 1),
  );
  expect(held.filter(({ type }) => type === 'image')).toHaveLength(1);
  expect(buffer.droppedMs).toBe(0);
});

test('a text is sent again until it is answered, and so is what was said before and after it', () => {
  const buffer = new InputBuffer();
  for (const input of [audio(1), text('Hello.'), audio(2)]) buffer.record(input, 0);
  expect(buffer.unanswered).toBe(true);
  expect(buffer.takeBacklog(true)).toEqual([audio(1), text('Hello.'), audio(2)]);
  buffer.record(text('Hello.'), 0);
  buffer.answered();
  expect(buffer.takeBacklog(true)).toEqual([]);
});

test('a context that is not complete is not asked again', () => {
  const buffer = new InputBuffer();
  buffer.record({ type: 'context', turns: [], turnComplete: false }, 0);
  expect(buffer.takeBacklog(true)).toEqual([]);
});

test('an answer leaves what is being said in an open turn, and no text of before', () => {
  const buffer = new InputBuffer();
  for (const input of [text('Hello.'), { type: 'activity-start' } as const, audio(1)])
    buffer.record(input, 0);
  buffer.answered();
  expect(buffer.takeBacklog(true)).toEqual([{ type: 'activity-start' }, audio(1)]);
});

test('what was taken back is not sent, what was typed is', () => {
  const buffer = new InputBuffer();
  for (const input of [{ type: 'activity-start' } as const, audio(1), text('Hello.')])
    buffer.record(input, 0);
  buffer.hold(audio(2), 0);
  expect(buffer.takeBack()).toBe(true);
  expect(buffer.takeBacklog(true)).toEqual([text('Hello.')]);
});

test('of texts the newest twenty are held, and each of the others is reported as not sent', () => {
  const buffer = new InputBuffer();
  const unsent: number[] = [];
  for (let nth = 0; nth < 347; nth += 1)
    buffer.hold({ type: 'text', text: `${nth}`, onUnsent: () => unsent.push(nth) }, nth);
  expect(unsent).toEqual(Array.from({ length: 327 }, (_, nth) => nth));
  const held = buffer.takeBacklog(true).map((input) => (input.type === 'text' ? input.text : ''));
  expect(held).toEqual(Array.from({ length: 20 }, (_, nth) => `${nth + 327}`));
});

test('of long texts 64 KB are held, and one that is longer by itself', () => {
  const buffer = new InputBuffer();
  for (let nth = 0; nth < 20; nth += 1) buffer.hold(text('字'.repeat(8_000)), nth);
  expect(buffer.takeBacklog(true)).toHaveLength(2);
  buffer.hold(text('x'.repeat(100_000)), 0);
  expect(buffer.takeBacklog(true)).toHaveLength(1);
});

test('speech between texts stays when texts go', () => {
  const buffer = new InputBuffer();
  for (let nth = 0; nth < 30; nth += 1) {
    buffer.hold(text(`${nth}`), nth);
    buffer.hold(audio(nth + 1), nth);
  }
  const held = buffer.takeBacklog(true);
  expect(marks(held)).toEqual(Array.from({ length: 30 }, (_, nth) => nth + 1));
  expect(held.filter(({ type }) => type === 'text')).toHaveLength(20);
});

test('of texts that are not answered the newest twenty are sent again', () => {
  const buffer = new InputBuffer();
  for (let nth = 0; nth < 30; nth += 1) buffer.record(text(`${nth}`), nth);
  const again = buffer.takeBacklog(true).map((input) => (input.type === 'text' ? input.text : ''));
  expect(again).toEqual(Array.from({ length: 20 }, (_, nth) => `${nth + 10}`));
});

test('speech that was about to be sent again is held whole when its connection is lost, and 15 s in all', () => {
  const buffer = new InputBuffer();
  for (let mark = 1; mark <= 600; mark += 1) buffer.record(audio(mark), mark * 20);
  buffer.holdAgain(buffer.takeBacklog(true));
  expect(buffer.takeLostVoice()).toBe(0);
  for (let mark = 601; mark <= 800; mark += 1) buffer.hold(audio(mark), mark * 20);
  expect(buffer.takeLostVoice()).toBe(1_000);
  expect(buffer.takeBacklog(true)).toHaveLength(750);
});

test('voice that is too old to be sent again is counted as lost once, when it is missed', () => {
  const buffer = new InputBuffer();
  for (let mark = 1; mark <= 800; mark += 1) buffer.record(audio(mark), mark * 20);
  expect(buffer.takeLostVoice()).toBe(0);
  buffer.takeBacklog(true);
  expect(buffer.takeLostVoice()).toBe(1_000);
  expect(buffer.takeLostVoice()).toBe(0);
});
