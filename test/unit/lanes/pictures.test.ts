// Pictures of the chat: how many wait to be encoded, and how often one participant may send them.
import { expect, test } from 'vitest';
import { Pictures } from '../../../src/lanes/pictures.js';
import type { Refusal } from '../../../src/room/port.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';

const SEE = { source: 'auto', framesPerSecond: 1, maxEdge: 768, quality: 75 } as const;

function setUp() {
  const room = new FakeRoom();
  const refused: Refusal[] = [];
  const encoded: (() => void)[] = [];
  const sent: unknown[] = [];
  const pictures = new Pictures({
    room,
    see: SEE,
    video: true,
    encode: () =>
      new Promise((resolve) => {
        encoded.push(() => resolve({ bytes: new Uint8Array(1) }));
      }),
    send: (picture) => sent.push(picture),
    onRefused: (refusal) => refused.push(refusal),
  });
  pictures.start();
  const show = (identity: string): void =>
    room.emit({ type: 'picture', identity, name: 'a.png', mimeType: 'image/png', bytes: new Uint8Array(1) });
  return { room, refused, encoded, sent, pictures, show };
}

test('of however many participants, eight wait to be encoded', async () => {
  using clock = fakeClock();
  const { refused, encoded, sent, pictures, show } = setUp();
  for (let nth = 0; nth < 30; nth += 1) show(`guest-${nth}`);
  expect(refused).toHaveLength(22);
  expect(refused[0]?.reason).toContain('8 wait already');
  for (let nth = 0; nth < 8; nth += 1) {
    await clock.settle();
    encoded[nth]?.();
  }
  await clock.settle();
  expect(sent).toHaveLength(8);
  show('ana');
  await clock.settle();
  encoded[8]?.();
  await clock.settle();
  expect(sent).toHaveLength(9);
  pictures.close();
});

test('who leaves and comes back has no more of them than before', async () => {
  using clock = fakeClock();
  const { room, refused, encoded, show, pictures } = setUp();
  for (let nth = 0; nth < 4; nth += 1) {
    room.join('mallory');
    for (let picture = 0; picture < 5; picture += 1) {
      show('mallory');
      await clock.settle();
      encoded.at(-1)?.();
      await clock.settle();
    }
    room.leave('mallory');
  }
  expect(encoded).toHaveLength(5);
  expect(refused).toHaveLength(15);
  pictures.close();
});
