// Typing to the agent, with pictures that are chosen, pasted or dropped.
import { useEffect, useRef, useState } from 'react';
import type { Call } from '../call/call.js';
import { Icon } from './icons.js';

const MAX_PICTURES = 4;

export function Composer({ call, disabled }: { readonly call: Call; readonly disabled: boolean }) {
  const [text, setText] = useState('');
  const [pictures, setPictures] = useState<readonly File[]>([]);
  const [over, setOver] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const add = (files: Iterable<File> | null | undefined): void => {
    const images = [...(files ?? [])].filter(({ type }) => type.startsWith('image/'));
    if (images.length > 0) setPictures((known) => [...known, ...images].slice(0, MAX_PICTURES));
  };
  const send = async (): Promise<void> => {
    if (text.trim() === '' && pictures.length === 0) return;
    setText('');
    setPictures([]);
    await call.type(text.trim(), pictures).catch((error: unknown) => call.fail('Not sent', error));
  };
  return (
    <form
      className="composer"
      data-over={over || undefined}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        add(event.dataTransfer.files);
      }}
    >
      {pictures.length > 0 && (
        <ul className="attached" aria-label="Pictures to send">
          {pictures.map((file, index) => (
            <li key={`${file.name}-${file.lastModified}-${file.size}`}>
              <Preview file={file} />
              <button
                type="button"
                className="bare"
                onClick={() => setPictures(pictures.filter((_, at) => at !== index))}
              >
                <Icon name="close" />
                <span className="hidden">Remove {file.name}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="composer-row">
        <input
          ref={chooser}
          type="file"
          accept="image/*"
          multiple
          hidden
          onChange={(event) => add(event.target.files)}
        />
        <button type="button" className="bare" disabled={disabled} onClick={() => chooser.current?.click()}>
          <Icon name="picture" />
          <span className="hidden">Add a picture</span>
        </button>
        <input
          className="line"
          aria-label="Message"
          placeholder="Type a message"
          value={text}
          maxLength={8_000}
          disabled={disabled}
          onChange={(event) => setText(event.target.value)}
          onPaste={(event) => add(event.clipboardData.files)}
        />
        <button
          type="submit"
          className="bare send"
          disabled={disabled || (text.trim() === '' && pictures.length === 0)}
        >
          <Icon name="send" />
          <span className="hidden">Send</span>
        </button>
      </div>
    </form>
  );
}

function Preview({ file }: { readonly file: File }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url ? <img src={url} alt={file.name} /> : null;
}
