// The agent's own Room, which a test needs to bring about what a network does to it.
import { Room } from '@livekit/rtc-node';
import { vi } from 'vitest';
import type { TestCall } from './call.js';

/** Starts a call, and catches the agent's Room as it connects. @throws when the agent has joined no room */
export async function withAgentRoom(
  start: () => Promise<TestCall>,
): Promise<{ readonly call: TestCall; readonly agentRoom: Room }> {
  const connecting = vi.spyOn(Room.prototype, 'connect');
  try {
    const call = await start();
    const agentRoom = (connecting.mock.contexts as Room[]).find(
      (room) => room.localParticipant?.identity === 'agent-gemini',
    );
    if (!agentRoom) throw new Error('the agent has joined no room');
    return { call, agentRoom };
  } finally {
    connecting.mockRestore();
  }
}
