// Messages to a room leave one at a time, in the order they were made, and never pile up.
import { describe, expect, test } from 'vitest';
import { Outbox } from '../../../src/util/outbox.js';

/** A room that takes each message only when the test lets it. */
class SlowRoom {
  readonly taken: string[] = [];
  readonly errors: { readonly error: unknown; readonly message: string }[] = [];
  readonly #waiting: (() => void)[] = [];
  #inFlight = 0;
  mostInFlight = 0;
  fail: (message: string) => void = () => {};
  isSlow = false;

  outbox(capacity?: number): Outbox<string> {
    return new Outbox({
      send: (message) => this.#send(message),
      onError: (error, message) => this.errors.push({ error, message }),
      ...(capacity === undefined ? {} : { capacity }),
    });
  }

  async #send(message: string): Promise<void> {
    this.#inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
    try {
      if (this.isSlow) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.fail(message);
      this.taken.push(message);
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** Loses the message that is on its way, and takes the next ones at once. */
  async lose(): Promise<void> {
    this.fail = () => {
      throw new Error('the connection is lost');
    };
    await this.take();
    this.fail = () => {};
    this.isSlow = false;
  }

  /** Lets the message that is on its way arrive. */
  async take(): Promise<void> {
    await settle();
    this.#waiting.shift()?.();
    await settle();
  }
}

function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('posted messages', () => {
  test('leave in their order, one at a time', async () => {
    const room = new SlowRoom();
    const outbox = room.outbox();
    for (const message of ['a', 'b', 'c']) outbox.post(message);
    await outbox.drained();
    outbox.post('d');
    await outbox.drained();
    expect(room.taken).toEqual(['a', 'b', 'c', 'd']);
    expect(room.mostInFlight).toBe(1);
  });

  test('of one receiver leave when nothing for all waits, and are dropped first', async () => {
    const room = new SlowRoom();
    room.isSlow = true;
    const outbox = room.outbox(4);
    outbox.post('first');
    await settle();
    for (const notice of ['n1', 'n2', 'n3']) outbox.post(notice, 'notice');
    outbox.post('error', 'expendable');
    for (const event of ['a', 'b']) outbox.post(event);
    for (let sent = 0; sent < 5; sent += 1) await room.take();
    await outbox.drained();
    expect(room.taken).toEqual(['first', 'error', 'a', 'b', 'n3']);
    expect(outbox.dropped).toBe(2);
  });

  test('never leave in the tick in which they were posted', async () => {
    const room = new SlowRoom();
    const outbox = room.outbox();
    outbox.post('a');
    expect(room.mostInFlight).toBe(0);
    await outbox.drained();
    expect(room.taken).toEqual(['a']);
  });

  test('that come while others are on their way are waited for by drained()', async () => {
    const room = new SlowRoom();
    room.isSlow = true;
    const outbox = room.outbox();
    outbox.post('a');
    let isDrained = false;
    const drained = outbox.drained().then(() => {
      isDrained = true;
    });
    await settle();
    outbox.post('b');
    await room.take();
    expect(isDrained).toBe(false);
    await room.take();
    await drained;
    expect(room.taken).toEqual(['a', 'b']);
  });

  test('are there at once when nothing waits', async () => {
    await expect(new SlowRoom().outbox().drained()).resolves.toBeUndefined();
  });
});

describe('messages with a key', () => {
  test('are replaced while they wait, in the place of the first', async () => {
    const room = new SlowRoom();
    const outbox = room.outbox();
    outbox.postLatest('k', 'k1');
    outbox.post('a');
    outbox.postLatest('k', 'k2');
    outbox.postLatest('other', 'o1');
    expect(outbox.length).toBe(3);
    await outbox.drained();
    expect(room.taken).toEqual(['k2', 'a', 'o1']);
    expect(outbox.dropped).toBe(0);
  });

  test('are not replaced any more once they are on their way', async () => {
    const room = new SlowRoom();
    room.isSlow = true;
    const outbox = room.outbox();
    outbox.postLatest('k', 'k1');
    await settle();
    outbox.postLatest('k', 'k2');
    outbox.postLatest('k', 'k3');
    await room.take();
    await room.take();
    await outbox.drained();
    expect(room.taken).toEqual(['k1', 'k3']);
  });

  test('can be taken back while they wait', async () => {
    const room = new SlowRoom();
    const outbox = room.outbox();
    outbox.postLatest('k', 'interim');
    outbox.postLatest('other', 'kept');
    outbox.retract('k');
    outbox.retract('never posted');
    outbox.post('final');
    await outbox.drained();
    expect(room.taken).toEqual(['kept', 'final']);
  });
});

describe('messages that are held', () => {
  test('wait, are replaced as ever, and leave in their order when they are let go', async () => {
    const room = new SlowRoom();
    const outbox = room.outbox();
    outbox.post('before');
    await outbox.drained();
    outbox.hold();
    outbox.post('a');
    outbox.postLatest('k', 'k1');
    outbox.postLatest('k', 'k2');
    await outbox.drained();
    expect(room.taken).toEqual(['before']);
    outbox.release();
    outbox.release();
    outbox.post('b');
    await outbox.drained();
    expect(room.taken).toEqual(['before', 'a', 'k2', 'b']);
    expect(room.mostInFlight).toBe(1);
  });

  test('are joined by the one that was on its way and did not arrive', async () => {
    const room = new SlowRoom();
    room.isSlow = true;
    const outbox = room.outbox();
    outbox.post('a');
    await settle();
    outbox.hold();
    outbox.post('b');
    await room.lose();
    expect(outbox.length).toBe(2);
    outbox.release();
    await outbox.drained();
    expect(room.taken).toEqual(['a', 'b']);
    expect(room.errors).toEqual([]);
  });

  test('are joined by one whose failure is reported only after the release', async () => {
    const room = new SlowRoom();
    room.isSlow = true;
    const outbox = room.outbox();
    outbox.post('a');
    await settle();
    outbox.hold();
    outbox.post('b');
    outbox.release();
    await room.lose();
    await room.take();
    await outbox.drained();
    expect(room.taken).toEqual(['a', 'b']);
    expect(room.errors).toEqual([]);
  });

  test('hold the newer one of two with the same key', async () => {
    const room = new SlowRoom();
    room.isSlow = true;
    const outbox = room.outbox();
    outbox.postLatest('k', 'k1');
    await settle();
    outbox.hold();
    outbox.postLatest('k', 'k2');
    await room.lose();
    outbox.release();
    await outbox.drained();
    expect(room.taken).toEqual(['k2']);
  });

  test('stay bounded', () => {
    const outbox = new SlowRoom().outbox(3);
    outbox.hold();
    for (const message of ['a', 'b', 'c', 'd']) outbox.post(message);
    expect(outbox.length).toBe(3);
    expect(outbox.dropped).toBe(1);
  });

  test('leave when it is closed', async () => {
    const room = new SlowRoom();
    const outbox = room.outbox();
    outbox.hold();
    outbox.post('a');
    await outbox.close();
    expect(room.taken).toEqual(['a']);
  });
});

describe('a room that is too slow', () => {
  function full(): { room: SlowRoom; outbox: Outbox<string> } {
    const room = new SlowRoom();
    room.isSlow = true;
    return { room, outbox: room.outbox(3) };
  }

  async function rest({
    room,
    outbox,
  }: {
    room: SlowRoom;
    outbox: Outbox<string>;
  }): Promise<readonly string[]> {
    room.isSlow = false;
    await room.take();
    await outbox.drained();
    return room.taken;
  }

  test('loses the oldest that may be lost, and counts it', async () => {
    const { room, outbox } = full();
    outbox.post('on its way');
    await settle();
    outbox.post('a');
    outbox.postLatest('k', 'k1');
    outbox.postLatest('l', 'l1');
    outbox.post('b');
    expect(outbox.dropped).toBe(1);
    outbox.post('c');
    expect(outbox.dropped).toBe(2);
    expect(outbox.length).toBe(3);
    expect(await rest({ room, outbox })).toEqual(['on its way', 'a', 'b', 'c']);
  });

  test('loses what may be lost rather than what waits and may not', async () => {
    const { room, outbox } = full();
    outbox.post('on its way');
    await settle();
    for (const message of ['a', 'b', 'c']) outbox.post(message);
    outbox.postLatest('k', 'an interim');
    expect(outbox.dropped).toBe(1);
    expect(await rest({ room, outbox })).toEqual(['on its way', 'a', 'b', 'c']);
  });

  test('stays bounded when nothing may be lost: the oldest goes', async () => {
    const { room, outbox } = full();
    outbox.post('on its way');
    await settle();
    for (const message of ['a', 'b', 'c', 'd', 'e']) outbox.post(message);
    expect(outbox.length).toBe(3);
    expect(outbox.dropped).toBe(2);
    expect(await rest({ room, outbox })).toEqual(['on its way', 'c', 'd', 'e']);
  });

  test('is bounded by default', async () => {
    const room = new SlowRoom();
    room.isSlow = true;
    const outbox = room.outbox();
    for (let index = 0; index < 10_000; index++) outbox.post(String(index));
    expect(outbox.length).toBeLessThanOrEqual(1_000);
    expect(outbox.length + outbox.dropped).toBe(10_000);
    expect((await rest({ room, outbox })).at(-1)).toBe('9999');
  });
});

describe('a room that refuses a message', () => {
  test('still gets the next', async () => {
    const room = new SlowRoom();
    const refusal = new Error('no');
    room.fail = (message) => {
      if (message === 'b') throw refusal;
    };
    const outbox = room.outbox();
    for (const message of ['a', 'b', 'c']) outbox.post(message);
    await outbox.drained();
    expect(room.taken).toEqual(['a', 'c']);
    expect(room.errors).toEqual([{ error: refusal, message: 'b' }]);
  });

  test('by throwing before it returns a promise, too', async () => {
    const errors: unknown[] = [];
    const taken: string[] = [];
    const outbox = new Outbox<string>({
      send: (message) => {
        if (message === 'a') throw new TypeError('not connected');
        taken.push(message);
        return Promise.resolve();
      },
      onError: (error) => errors.push(error),
    });
    outbox.post('a');
    outbox.post('b');
    await outbox.drained();
    expect(taken).toEqual(['b']);
    expect(errors).toHaveLength(1);
  });
});

describe('close', () => {
  test('sends what waits and takes nothing more', async () => {
    const room = new SlowRoom();
    const outbox = room.outbox();
    outbox.post('a');
    outbox.postLatest('k', 'k1');
    const closed = outbox.close();
    outbox.post('late');
    outbox.postLatest('k', 'late too');
    outbox.postLatest('l', 'and this');
    await closed;
    expect(room.taken).toEqual(['a', 'k1']);
    await expect(outbox.close()).resolves.toBeUndefined();
  });

  test('waits for the message that is on its way', async () => {
    const room = new SlowRoom();
    room.isSlow = true;
    const outbox = room.outbox();
    outbox.post('a');
    await settle();
    let isClosed = false;
    const closed = outbox.close().then(() => {
      isClosed = true;
    });
    await settle();
    expect(isClosed).toBe(false);
    await room.take();
    await closed;
    expect(room.taken).toEqual(['a']);
  });
});
