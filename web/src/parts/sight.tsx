// What the agent sees: the picture as it is sent, about one a second.
import { useEffect, useRef } from 'react';
import { type Call, trackSeen } from '../call/call.js';
import type { CallLog } from '../call/log-types.js';

export interface SightProps {
  readonly call: Call;
  readonly vision: NonNullable<CallLog['vision']>;
  readonly name: string;
}

/** As the profile's `see` has it where nothing else is said. */
const EVERY_MS = 1_000;
const MAX_EDGE = 768;

export function Sight({ call, vision, name }: SightProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    const track = trackSeen(call.room, vision);
    track?.attach(video);
    const draw = (): void => {
      const { videoWidth: width, videoHeight: height } = video;
      const context = canvas.current?.getContext('2d');
      if (!canvas.current || !context || width === 0) return;
      const scale = Math.min(1, MAX_EDGE / Math.max(width, height));
      canvas.current.width = Math.round(width * scale);
      canvas.current.height = Math.round(height * scale);
      context.drawImage(video, 0, 0, canvas.current.width, canvas.current.height);
    };
    video.addEventListener('loadeddata', draw);
    const timer = setInterval(draw, EVERY_MS);
    return () => {
      clearInterval(timer);
      track?.detach(video);
    };
  }, [call, vision]);
  const what = vision.source === 'screen' ? 'screen' : 'camera';
  const whose = name === 'You' ? `Your ${what}` : `${name}’s ${what}`;
  return (
    <figure className="sight">
      <canvas ref={canvas} role="img" aria-label={`${whose}, as the agent sees it`} />
      <figcaption>{whose}</figcaption>
    </figure>
  );
}
