// The transcript as text and the events as JSON lines, as files.
import type { CallLog } from '../call/log-types.js';
import { nameOf } from '../call/names.js';
import { Icon } from './icons.js';

export interface DownloadProps {
  readonly log: CallLog;
  readonly names: ReadonlyMap<string, string>;
}

export function Download({ log, names }: DownloadProps) {
  const stamp = new Date(log.startedAt).toISOString().slice(0, 16).replace(':', '-');
  return (
    <div className="downloads">
      <button
        type="button"
        className="quiet"
        onClick={() => save(`transcript-${stamp}.txt`, transcriptOf(log, names))}
      >
        <Icon name="download" />
        Transcript
      </button>
      <button type="button" className="quiet" onClick={() => save(`events-${stamp}.jsonl`, eventsOf(log))}>
        <Icon name="download" />
        Events
      </button>
    </div>
  );
}

export function transcriptOf({ messages }: CallLog, names: ReadonlyMap<string, string>): string {
  const lines = messages.map(({ from, text, at, kind, interrupted, pictures }) => {
    const notes = [
      kind === 'text' ? 'typed' : '',
      interrupted ? 'interrupted' : '',
      pictures.length > 0 ? `pictures: ${pictures.length}` : '',
    ].filter((note) => note !== '');
    const time = new Date(at).toISOString();
    return `${time} ${nameOf(from, names)}: ${text}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
  });
  return `${lines.join('\n')}\n`;
}

export function eventsOf({ events }: CallLog): string {
  return `${events.map((event) => JSON.stringify(event)).join('\n')}\n`;
}

function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads it after this turn of the loop.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
