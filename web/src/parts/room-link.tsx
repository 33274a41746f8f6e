// The link with which somebody else comes into the same room.
import { useState } from 'react';
import { Icon } from './icons.js';

export function RoomLink({ room }: { readonly room: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    // Missing on a page that comes by plain http from another machine.
    const clipboard: Clipboard | undefined = navigator.clipboard;
    await clipboard?.writeText(location.href).then(
      () => setCopied(true),
      () => {},
    );
  };
  return (
    <button
      type="button"
      className="quiet room-link"
      title={`Copy the link of ${room}`}
      onClick={() => void copy()}
    >
      <Icon name="link" />
      <span>{copied ? 'Link copied' : 'Copy room link'}</span>
    </button>
  );
}
