// The built-in tools for telephones: which keys are pressed and when, who is transferred, and what comes back when it fails.
import { describe, expect, test } from 'vitest';
import type { Profile } from '../../../src/profile/profile.js';
import { PhoneTools, type PhoneToolsOptions } from '../../../src/tools/phone-tools.js';
import { ToolAnswer } from '../../../src/tools/tool.js';
import { fakeClock } from '../../support/fake-clock.js';
import { FakeRoom } from '../../support/fake-room.js';
import { quietLog } from '../../support/supervised.js';

const PHONE: Profile['phone'] = {
  keysToModel: true,
  keysPauseMs: 2_000,
  sendDtmfTool: true,
  transfer: { reception: '+49 (30) 123-456', shop: 'sip:shop@example.com' },
};

class Rig {
  readonly room = new FakeRoom();
  readonly happened: unknown[] = [];
  speaks = false;
  announced: PhoneToolsOptions['announced'] = async () => 'heard';
  failure: unknown;
  readonly signal = new AbortController();
  readonly tools: PhoneTools;

  readonly warnings: string[] = [];

  constructor(options: Partial<PhoneToolsOptions> | { transfer: undefined } = {}) {
    this.tools = new PhoneTools({
      room: this.room,
      phone: PHONE,
      transfer: async (identity, to) => {
        this.happened.push(['transfer', identity, to]);
        if (this.failure) throw this.failure;
      },
      announced: (...args) => this.announced(...args),
      isSpeaking: () => this.speaks,
      onKeys: (keys) => this.happened.push(['keys', keys]),
      onTransferred: (...about) => this.happened.push(['transferred', ...about]),
      ...options,
    } as PhoneToolsOptions);
  }

  async transfer(
    args: object,
    { from, severalAnswers = true }: { from?: string; severalAnswers?: boolean } = {},
  ) {
    const participant = this.room.participants().find(({ identity }) => identity === from);
    const context = {
      signal: this.signal.signal,
      participant,
      log: { ...quietLog, warn: (_: object, message: string) => void this.warnings.push(message) },
    };
    const answers: unknown[] = [];
    const call = this.tools.transferCall({ ...args }, context, severalAnswers);
    for (let next = await call.next(); ; next = await call.next()) {
      answers.push(next.value instanceof ToolAnswer ? next.value.value : next.value);
      if (next.done) return answers;
    }
  }
}

describe('send_dtmf', () => {
  test('presses each key, one after the other, and reports what was pressed', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('sip-1', 'sip');
    const pressing = rig.tools.sendDtmf({ keys: '12w#' }, rig.signal);
    await clock.settle();
    expect(rig.room.keys).toEqual(['1']);
    await clock.advance(300);
    expect(rig.room.keys).toEqual(['1', '2']);
    await clock.advance(799);
    expect(rig.room.keys).toEqual(['1', '2']);
    await clock.advance(1);
    expect(rig.room.keys).toEqual(['1', '2', '#']);
    await clock.advance(300);
    expect(await pressing).toEqual({ pressed: '12w#' });
    expect(rig.happened).toEqual([['keys', '12#']]);
  });

  test('keys of two calls do not mix', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('sip-1', 'sip');
    const pressing = Promise.all([
      rig.tools.sendDtmf({ keys: '11' }, rig.signal),
      rig.tools.sendDtmf({ keys: '22' }, rig.signal),
    ]);
    await clock.advance(2_000);
    await pressing;
    expect(rig.room.keys.join('')).toBe('1122');
  });

  test('takes numbers as people write them, and nothing else', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('sip-1', 'sip');
    const pressing = rig.tools.sendDtmf({ keys: '0 30-1a' }, rig.signal);
    await clock.advance(5_000);
    expect(await pressing).toEqual({ pressed: '0301A' });
    for (const keys of ['', '+49', 'x', '1'.repeat(65), 7.5e300, null, undefined, { a: 1 }]) {
      await expect(rig.tools.sendDtmf({ keys }, rig.signal)).rejects.toMatchObject({
        code: 'invalid_arguments',
      });
    }
  });

  test('a call that is taken back presses no further key', async () => {
    using clock = fakeClock();
    const rig = new Rig();
    rig.room.join('sip-1', 'sip');
    const pressing = rig.tools.sendDtmf({ keys: '123' }, rig.signal).catch((error: unknown) => error);
    await clock.advance(100);
    rig.signal.abort(new Error('taken back'));
    expect(await pressing).toEqual(new Error('taken back'));
    expect(rig.room.keys).toEqual(['1']);
    expect(rig.happened).toEqual([['keys', '1']]);
  });

  test('with nobody on the phone the model learns that no key was pressed', async () => {
    const rig = new Rig();
    rig.room.join('ana');
    await expect(rig.tools.sendDtmf({ keys: '1' }, rig.signal)).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(rig.room.keys).toEqual([]);
  });
});

describe('transfer_call', () => {
  test('announces, transfers the only caller to the number of a name, and reports it', async () => {
    const rig = new Rig();
    rig.room.join('ana');
    rig.room.join('sip-1', 'sip');
    const waited: boolean[] = [];
    rig.announced = async (awaitWords) => {
      waited.push(awaitWords);
      return 'heard';
    };
    const answers = await rig.transfer({ to: 'reception' });
    expect(answers).toEqual([
      { output: expect.stringContaining('after your next words') },
      { output: 'the caller was transferred to reception' },
    ]);
    expect(waited).toEqual([true]);
    expect(rig.happened).toEqual([
      ['transfer', 'sip-1', 'tel:+4930123456'],
      ['transferred', 'sip-1', 'reception'],
    ]);
  });

  test.each([
    ['words that are being heard already', { speaks: true, severalAnswers: true }],
    ['a model that waits for its functions', { speaks: false, severalAnswers: false }],
  ])('%s are not announced again', async (_, { speaks, severalAnswers }) => {
    const rig = new Rig();
    rig.room.join('sip-1', 'sip');
    rig.speaks = speaks;
    const answers = await rig.transfer({ to: 'sip:shop@example.com' }, { severalAnswers });
    expect(answers).toEqual([{ output: 'the caller was transferred to shop' }]);
    expect(rig.happened[0]).toEqual(['transfer', 'sip-1', 'sip:shop@example.com']);
  });

  test.each([
    ['Reception', 'tel:+4930123456'],
    [' shop ', 'sip:shop@example.com'],
    ['+49 30 123456', 'tel:+4930123456'],
    ['tel:+4930123456', 'tel:+4930123456'],
    ['operator', 'tel:0'],
    ['abroad', 'tel:+4430123'],
    ['front desk', 'tel:5550109999'],
  ])('%j is %s', async (to, number) => {
    const rig = new Rig({
      phone: {
        ...PHONE,
        transfer: {
          ...PHONE.transfer,
          operator: '0',
          abroad: '+44 (0)30 123',
          'front desk': '(555) 010-9999',
        },
      },
    });
    rig.room.join('sip-1', 'sip');
    await rig.transfer({ to });
    expect(rig.happened[0]).toEqual(['transfer', 'sip-1', number]);
  });

  test('of several callers the one who asks', async () => {
    const rig = new Rig();
    rig.room.join('sip-1', 'sip');
    rig.room.join('sip-2', 'sip');
    await rig.transfer({ to: 'shop' }, { from: 'sip-2' });
    expect(rig.happened[0]).toEqual(['transfer', 'sip-2', 'sip:shop@example.com']);
    await expect(rig.transfer({ to: 'shop' })).rejects.toMatchObject({ code: 'unavailable' });
  });

  test.each([
    ['a number that the profile does not list', { to: '+1 900 555' }, 'invalid_arguments', /reception, shop/],
    ['no target', {}, 'invalid_arguments', /reception, shop/],
  ])('%s is refused, and nobody is called', async (_, args, code, message) => {
    const rig = new Rig();
    rig.room.join('sip-1', 'sip');
    await expect(rig.transfer(args)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
    expect(rig.happened).toEqual([]);
  });

  test('with nobody on the phone the model learns that nobody was transferred', async () => {
    const rig = new Rig();
    rig.room.join('ana');
    await expect(rig.transfer({ to: 'shop' })).rejects.toMatchObject({ code: 'unavailable' });
  });

  test('without the SIP API the model learns of it, and the log names what to set', async () => {
    const rig = new Rig({ transfer: undefined });
    rig.room.join('sip-1', 'sip');
    await expect(rig.transfer({ to: 'shop' })).rejects.toMatchObject({ code: 'unavailable' });
    expect(rig.warnings).toEqual([expect.stringMatching(/LIVEKIT_API_KEY.*transferParticipant/)]);
  });

  test('a second transfer of a caller is refused while the first lasts, and possible after it has failed', async () => {
    const rig = new Rig();
    rig.room.join('sip-1', 'sip');
    let interrupt = (): void => {};
    rig.announced = () =>
      new Promise((resolve) => {
        interrupt = () => resolve('interrupted');
      });
    const first = rig.transfer({ to: 'shop' }).catch((error: unknown) => error);
    await expect(rig.transfer({ to: 'reception' })).rejects.toMatchObject({ code: 'unavailable' });
    interrupt();
    expect(await first).toMatchObject({ code: 'interrupted' });
    rig.announced = async () => 'heard';
    await rig.transfer({ to: 'reception' });
    expect(rig.happened[0]).toEqual(['transfer', 'sip-1', 'tel:+4930123456']);
  });

  test('a caller who hangs up during the announcement is not transferred', async () => {
    const rig = new Rig();
    rig.room.join('sip-1', 'sip');
    rig.announced = async () => {
      rig.room.leave('sip-1');
      return 'heard';
    };
    await expect(rig.transfer({ to: 'shop' })).rejects.toThrow(/has hung up/);
    expect(rig.happened).toEqual([]);
  });

  test('a caller who hangs up while it rings is not said to be still on the phone', async () => {
    const rig = new Rig({
      transfer: async () => {
        rig.room.leave('sip-1');
        throw new Error('participant does not exist');
      },
    });
    rig.room.join('sip-1', 'sip');
    const failed = await rig.transfer({ to: 'shop' }).catch((error: unknown) => error);
    expect(String(failed)).toMatch(/has hung up$/);
  });

  test.each([
    [{ sipStatusCode: 486 }, 'the line is busy'],
    [{ sipStatusCode: 480 }, 'nobody answered'],
    [{ status: 503, code: 'unavailable' }, 'no telephone exchange is connected'],
    [{ status: 400, code: 'invalid_argument' }, 'no telephone call of theirs'],
    [new Error('connect ECONNREFUSED 10.0.0.7:5060'), 'the telephone exchange did not take it'],
  ])('a transfer that fails (%j) comes back with the caller still there', async (failure, reason) => {
    const rig = new Rig();
    rig.room.join('sip-1', 'sip');
    rig.failure = failure;
    const failed = await rig.transfer({ to: 'reception' }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'transfer_failed' });
    expect(String(failed)).toContain(reason);
    expect(String(failed)).toContain('still on the phone');
    expect(String(failed)).not.toContain('10.0.0.7');
    expect(rig.happened).toEqual([['transfer', 'sip-1', 'tel:+4930123456']]);
  });

  test('a caller who speaks over the announcement is answered first', async () => {
    const rig = new Rig();
    rig.room.join('sip-1', 'sip');
    rig.announced = async () => 'interrupted';
    await expect(rig.transfer({ to: 'reception' })).rejects.toMatchObject({ code: 'interrupted' });
    expect(rig.happened).toEqual([]);
  });
});
