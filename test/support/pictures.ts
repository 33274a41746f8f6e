// The pictures that a session of the local Live API was sent, and what is on them.
import type { LiveApiServer, LiveApiSession } from '@gemini-room-agent/live-api';
import sharp from 'sharp';
import { vi } from 'vitest';
import type { Colour } from './camera.js';
import { sessionOf } from './heard-by-model.js';

export interface SentPicture {
  readonly atMs: number;
  readonly bytes: Buffer;
}

export interface SeenPicture {
  readonly width: number;
  readonly height: number;
  /** In the middle. */
  readonly colour: readonly number[];
}

/** @throws when one is no JPEG */
export function picturesOf(session: LiveApiSession): SentPicture[] {
  return session.frames.flatMap(({ from, atMs, message }) => {
    const { video } = (message.realtimeInput ?? {}) as { video?: { data: string; mimeType: string } };
    if (from !== 'client' || !video) return [];
    if (video.mimeType !== 'image/jpeg') throw new Error(`a picture is ${video.mimeType}`);
    return { atMs, bytes: Buffer.from(video.data, 'base64') };
  });
}

/** @throws when there is none yet */
export async function lastSeen(liveApi: LiveApiServer): Promise<SeenPicture> {
  const picture = picturesOf(sessionOf(liveApi)).at(-1);
  if (!picture) throw new Error('the model has seen nothing');
  const { data, info } = await sharp(picture.bytes).raw().toBuffer({ resolveWithObject: true });
  const middle = (Math.floor(info.height / 2) * info.width + Math.floor(info.width / 2)) * info.channels;
  return { width: info.width, height: info.height, colour: [...data.subarray(middle, middle + 3)] };
}

export function isLike(found: readonly number[], colour: Colour): boolean {
  return found.every((value, index) => Math.abs(value - (colour[index] ?? 0)) < 40);
}

export function untilSeen(
  liveApi: LiveApiServer,
  fits: (seen: SeenPicture) => boolean,
): Promise<SeenPicture> {
  return vi.waitFor(
    async () => {
      const seen = await lastSeen(liveApi);
      if (!fits(seen)) throw new Error(`seen: ${JSON.stringify(seen)}`);
      return seen;
    },
    { timeout: 10_000, interval: 50 },
  );
}
