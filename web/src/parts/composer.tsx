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
    const all = [...(files ?? [])];
    const images = all.filter(({ type }) => type.startsWith('image/'));
    if (images.length < all.length) call.fail('Not added', new Error('Only pictures can be sent'));
    if (images.length > 0) setPictures((known) => [...known, ...images].slice(0, MAX_PICTURES));
  };
  useFilesOnPage({ enabled: !disabled, onOver: setOver, onFiles: add });
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

interface FilesOnPage {
  readonly enabled: boolean;
  readonly onOver: (over: boolean) => void;
  readonly onFiles: (files: FileList) => void;
}

/** Files that are dropped or pasted anywhere on the page. The browser would leave the page, and the call, for a dropped file. */
function useFilesOnPage({ enabled, onOver, onFiles }: FilesOnPage): void {
  const latest = useRef({ enabled, onOver, onFiles });
  latest.current = { enabled, onOver, onFiles };
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      if (latest.current.enabled) latest.current.onOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (event.relatedTarget === null) latest.current.onOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      latest.current.onOver(false);
      if (latest.current.enabled) latest.current.onFiles(event.dataTransfer.files);
    };
    const paste = (event: ClipboardEvent): void => {
      const files = event.clipboardData?.files;
      if (latest.current.enabled && files && files.length > 0) latest.current.onFiles(files);
    };
    addEventListener('dragover', over);
    addEventListener('dragleave', leave);
    addEventListener('drop', drop);
    addEventListener('paste', paste);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('dragleave', leave);
      removeEventListener('drop', drop);
      removeEventListener('paste', paste);
    };
  }, []);
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
