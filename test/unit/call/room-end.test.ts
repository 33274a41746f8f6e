// What the agent leaves behind at the end of a call: nobody who waits on the line, and no room that others are in.
import { expect, test } from 'vitest';
import { endRoom, type RoomService, roomEndOf, transferOf } from '../../../src/call/room-end.js';
import type { Participant, ParticipantKind } from '../../../src/room/port.js';
import { quietLog } from '../../support/supervised.js';

const of = (...kinds: ParticipantKind[]): Participant[] =>
  kinds.map((kind, index) => ({ identity: `${kind}-${index}`, kind }));

const KEEP = { deleteRoom: false, remove: [] };
const DELETE = { deleteRoom: true, remove: [] };

test.each([
  ['the one who was talked to', of('standard'), DELETE],
  ['nobody', of(), DELETE],
  ['a caller on the phone', of('sip'), DELETE],
  ['them, another agent and a recorder', of('standard', 'agent', 'egress'), DELETE],
  ['two people', of('standard', 'standard'), KEEP],
  ['a person and a caller', of('standard', 'sip'), { deleteRoom: false, remove: ['sip-1'] }],
  ['two people and a caller', of('standard', 'sip', 'standard'), { deleteRoom: false, remove: ['sip-1'] }],
])('auto, with %s in the room', (_who, participants, expected) => {
  expect(roomEndOf('auto', { reason: 'hung-up' }, participants)).toEqual(expected);
  expect(roomEndOf('auto', { reason: 'max-duration' }, participants)).toEqual(expected);
});

test('always and never apply independent of the participants', () => {
  const many = of('standard', 'standard', 'sip');
  expect(roomEndOf('always', { reason: 'hung-up' }, many)).toEqual(DELETE);
  expect(roomEndOf('never', { reason: 'hung-up' }, of('sip'))).toEqual(KEEP);
});

test.each(['alone', 'room-closed', 'refused', 'closed'] as const)(
  'an end by reason %s leaves the room as it is',
  (reason) => {
    for (const policy of ['auto', 'always', 'never'] as const) {
      expect(roomEndOf(policy, { reason }, of('standard'))).toEqual(KEEP);
    }
  },
);

test('what the server refuses keeps nobody, and the rest is done', async () => {
  const done: string[] = [];
  const service: RoomService = {
    deleteRoom: async () => {
      done.push('delete');
    },
    removeParticipant: async (identity) => {
      done.push(identity);
      throw new Error('permission denied');
    },
  };
  await endRoom({ deleteRoom: true, remove: ['ana', 'ben'] }, service, quietLog);
  expect(done).toEqual(['ana', 'ben', 'delete']);
  await endRoom({ deleteRoom: true, remove: [] }, undefined, quietLog);
  expect(done).toHaveLength(3);
});

test.each([
  ['no server API', undefined, { shop: '+4930999' }, [expect.stringContaining('LIVEKIT_API_KEY')]],
  ['a server API without SIP', {}, { shop: '+4930999' }, [expect.stringContaining('LIVEKIT_API_KEY')]],
  ['no server API, and nobody to transfer to', undefined, undefined, []],
] as const)('with %s the call is warned of transfers', (_what, service, transfer, expected) => {
  const warnings: string[] = [];
  const log = { warn: (_fields: object, message: string) => void warnings.push(message) };
  const phone = {
    keysToModel: true,
    keysPauseMs: 1_000,
    sendDtmfTool: false,
    ...(transfer ? { transfer } : {}),
  };
  expect(transferOf(service as RoomService | undefined, { phone }, log)).toEqual({});
  expect(warnings).toEqual(expected);
});
