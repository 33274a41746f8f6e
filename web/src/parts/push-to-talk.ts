// Push-to-talk: the microphone is open while the space bar or the button is held. Esc interrupts.
import { type KeyboardEvent as ReactKeyboardEvent, useCallback, useEffect, useRef, useState } from 'react';
import type { Call } from '../call/call.js';

/** @param manual whether the profile uses manual activity detection, so that commands mark the turns */
export function usePushToTalk(call: Call, enabled: boolean, manual: boolean) {
  const [open, setOpen] = useState(false);
  const held = useRef(false);

  const set = useCallback(
    async (next: boolean) => {
      if (held.current === next) return;
      held.current = next;
      setOpen(next);
      try {
        if (next) await call.room.localParticipant.setMicrophoneEnabled(true);
        if (manual) await call.command(next ? 'start_turn' : 'end_turn');
        if (!next) await call.room.localParticipant.setMicrophoneEnabled(false);
      } catch (error) {
        call.fail('Push to talk', error);
      }
    },
    [call, manual],
  );

  useEffect(() => {
    if (!enabled) return;
    // Until the first press nothing is heard, whatever was open before.
    void call.room.localParticipant.setMicrophoneEnabled(false);
    return () => {
      held.current = false;
      setOpen(false);
      // After the call it would open the microphone again, with nobody to hear it.
      if (call.state.phase !== 'ended') void call.room.localParticipant.setMicrophoneEnabled(true);
    };
  }, [call, enabled]);

  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') void call.command('interrupt').catch(() => {});
      if (!enabled || event.code !== 'Space' || event.repeat || takesKeys(event.target)) return;
      event.preventDefault();
      void set(true);
    };
    const up = (event: KeyboardEvent): void => {
      if (enabled && event.code === 'Space') void set(false);
    };
    const away = (): void => void set(false);
    addEventListener('keydown', down);
    addEventListener('keyup', up);
    // A key that is let go in another window is never seen here.
    addEventListener('blur', away);
    return () => {
      removeEventListener('keydown', down);
      removeEventListener('keyup', up);
      removeEventListener('blur', away);
    };
  }, [call, enabled, set]);

  return {
    open,
    handlers: {
      onPointerDown: () => void set(true),
      onPointerUp: () => void set(false),
      onPointerCancel: () => void set(false),
      onPointerLeave: () => void set(false),
      onKeyDown: (event: ReactKeyboardEvent) => {
        if (event.key === 'Enter' && !event.repeat) void set(true);
      },
      onKeyUp: (event: ReactKeyboardEvent) => {
        if (event.key === 'Enter') void set(false);
      },
    },
  };
}

/** Whether the space bar means something where the focus is. */
function takesKeys(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.classList.contains('hold')) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT|BUTTON|SUMMARY)$/.test(target.tagName);
}
