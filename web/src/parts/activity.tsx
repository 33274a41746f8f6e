// What the agent does and sees: tool calls, the last picture, losses that were survived.
import type { Call, CallState } from '../call/call.js';
import type { Loss } from '../call/log-types.js';
import { nameOf } from '../call/names.js';
import { Download } from './download.js';
import { Sight } from './sight.js';
import { ToolCard } from './tool-card.js';

export interface ActivityProps {
  readonly call: Call;
  readonly state: CallState;
  readonly names: ReadonlyMap<string, string>;
}

export function Activity({ call, state, names }: ActivityProps) {
  const { log } = state;
  return (
    <div className="activity">
      <section>
        <h2>What it sees</h2>
        {log.vision ? (
          <Sight call={call} vision={log.vision} name={nameOf(log.vision.participant, names)} />
        ) : (
          <p className="muted">Nothing. Share your camera or your screen.</p>
        )}
      </section>
      <section>
        <h2>Tool calls</h2>
        {log.tools.length === 0 && <p className="muted">None so far.</p>}
        <ul className="cards">
          {[...log.tools].reverse().map((tool) => (
            <li key={tool.id}>
              <ToolCard call={call} tool={tool} />
            </li>
          ))}
        </ul>
      </section>
      <section>
        <h2>Connection</h2>
        {log.losses.length === 0 && <p className="muted">Nothing was lost.</p>}
        <ul className="losses">
          {[...log.losses].reverse().map((loss) => (
            <li key={`${loss.what}-${loss.at}`} data-over={loss.endedAt !== undefined}>
              {wordsOf(loss)}
            </li>
          ))}
        </ul>
      </section>
      <Download log={log} names={names} />
    </div>
  );
}

function wordsOf({ what, at, endedAt, restored, reason }: Loss): string {
  const who = what === 'model' ? 'The model’s connection' : 'Your connection';
  if (endedAt === undefined) return `${who} is away${reason ? ` (${reason})` : ''}.`;
  const seconds = ((endedAt - at) / 1_000).toFixed(1);
  const how = restored === 'rebuilt' ? ', and the conversation was told again' : '';
  const lost = restored === 'none' ? ', and what was said before is forgotten' : '';
  return `${who} was away for ${seconds} s${how}${lost}.`;
}
