// What a session of the local Live API saw, in one line: what a test that waited in vain prints.
import type { LiveApiSession } from '@gemini-room-agent/live-api';
import { rmsOf } from '../../cli/level.js';
import { audioInputs } from './heard-by-model.js';

/** Frames further apart than this are listed separately. */
const PAUSE_MS = 150;
const LOUD_RMS = 300;
const LENGTH = 60;

/** Audio as `[from-to ms, loud/all frames]`, all else as `ms kind`. */
export function describeSession(session: LiveApiSession | undefined): string {
  if (!session) return 'no session';
  const entries: { atMs: number; text: string }[] = [];
  let stretch: { fromMs: number; toMs: number; loud: number; frames: number } | undefined;
  const close = () => {
    if (!stretch) return;
    const { fromMs, toMs, loud, frames } = stretch;
    entries.push({
      atMs: fromMs,
      text: `[audio ${Math.round(fromMs)}-${Math.round(toMs)}, ${loud}/${frames}]`,
    });
    stretch = undefined;
  };
  for (const input of audioInputs(session)) {
    if (stretch && input.atMs - stretch.toMs > PAUSE_MS) close();
    if ('end' in input) continue;
    stretch ??= { fromMs: input.atMs, toMs: input.atMs, loud: 0, frames: 0 };
    stretch.toMs = input.atMs;
    stretch.frames++;
    if (rmsOf(input.samples) > LOUD_RMS) stretch.loud++;
  }
  close();
  for (const { atMs, from, message } of session.frames) {
    const content = message.serverContent as Record<string, unknown> | undefined;
    if ((message.realtimeInput as { audio?: unknown } | undefined)?.audio || content?.modelTurn) continue;
    const text = JSON.stringify(content ?? message).slice(0, LENGTH);
    entries.push({ atMs, text: `${from === 'client' ? '>' : '<'}${Math.round(atMs)} ${text}` });
  }
  return entries
    .sort((one, other) => one.atMs - other.atMs)
    .map(({ text }) => text)
    .join(' ');
}
