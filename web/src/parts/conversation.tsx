// The conversation of everybody: one bubble a segment, which grows in its place.
import { memo, useEffect, useRef } from 'react';
import type { Message } from '../call/log-types.js';
import { isAgentIdentity, nameOf } from '../call/names.js';

export interface ConversationProps {
  readonly messages: readonly Message[];
  readonly names: ReadonlyMap<string, string>;
}

/** A person who has scrolled further up than this reads, and the view does not follow new entries. */
const NEAR_END_PX = 120;

export function Conversation({ messages, names }: ConversationProps) {
  const list = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new word may make the list longer
  useEffect(() => {
    const { current } = list;
    if (current && follows.current) current.scrollTop = current.scrollHeight;
  }, [messages]);
  return (
    <div
      ref={list}
      className="conversation"
      role="log"
      aria-label="Conversation"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls has to be reached by the keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        follows.current = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
      }}
    >
      {messages.length === 0 && <p className="empty">What is said and typed appears here.</p>}
      <ol>
        {messages.map((message) => (
          <Bubble
            key={message.id}
            message={message}
            name={nameOf(message.from, names)}
            side={
              names.get(message.from) === 'You' ? 'own' : isAgentIdentity(message.from) ? 'agent' : 'other'
            }
          />
        ))}
      </ol>
    </div>
  );
}

interface BubbleProps {
  readonly message: Message;
  readonly name: string;
  readonly side: 'own' | 'agent' | 'other';
}

const Bubble = memo(function Bubble({ message, name, side }: BubbleProps) {
  const { id, kind, text, final, interrupted, pictures, at } = message;
  return (
    <li className={`bubble ${side}`} data-id={id} data-final={final}>
      <p className="who">
        {name}
        {kind === 'text' && <span className="muted"> · typed</span>}
        <time dateTime={new Date(at).toISOString()}>{clock(at)}</time>
      </p>
      {pictures.map((url, index) => (
        <img key={url} src={url} alt={`Sent with this message, ${index + 1}`} />
      ))}
      {text && (
        <p className="words">
          {text}
          {interrupted && (
            <mark className="cut" title="The answer was interrupted here">
              <span aria-hidden="true">—</span> interrupted
            </mark>
          )}
        </p>
      )}
    </li>
  );
});

function clock(at: number): string {
  return new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
