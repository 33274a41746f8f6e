// Errors and notes of the call, the newest last; each can be put away.
import { useState } from 'react';
import type { Notice } from '../call/log-types.js';
import { Icon } from './icons.js';

export function Notices({ notices }: { readonly notices: readonly Notice[] }) {
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const shown = notices.filter(({ id }) => !gone.has(id)).slice(-3);
  return (
    <div className="notices" aria-live="polite">
      {shown.map(({ id, kind, title, text }) => (
        <div key={id} className={`notice ${kind}`}>
          <div>
            <strong>{title}</strong>
            <Problems text={text} />
          </div>
          <button type="button" className="bare" onClick={() => setGone(new Set([...gone, id]))}>
            <Icon name="close" />
            <span className="hidden">Dismiss: {title}</span>
          </button>
        </div>
      ))}
    </div>
  );
}

/** Several wrong fields come in one text. */
function Problems({ text }: { readonly text: string }) {
  const parts = text.split(/; (?=[\w$.[\]"-]+:? )/);
  if (parts.length === 1) return <p>{text}</p>;
  return (
    <ul>
      {parts.map((part) => (
        <li key={part}>{part}</li>
      ))}
    </ul>
  );
}
