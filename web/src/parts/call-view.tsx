// A call: the agent and the conversation, the controls, and a panel with what the agent does.
import { RoomAudioRenderer, RoomContext } from '@livekit/components-react';
import { lazy, Suspense, useEffect, useState, useSyncExternalStore } from 'react';
import type { Call } from '../call/call.js';
import type { ProfileChoice } from '../call/choice.js';
import type { Deployment } from '../call/token.js';
import { Activity } from './activity.js';
import { AgentStatus } from './agent-status.js';
import { Composer } from './composer.js';
import { Controls } from './controls.js';
import { Conversation } from './conversation.js';
import { Notices } from './notices.js';
import { RoomLink } from './room-link.js';

const ProfileEditor = lazy(() => import('../editor/profile-editor.js'));
const TimelinePanel = lazy(() => import('./timeline.js'));

const TABS = ['Conversation', 'Activity', 'Timeline', 'Profile'] as const;
type Tab = (typeof TABS)[number];

export interface CallViewProps {
  readonly call: Call;
  readonly choice: ProfileChoice;
  readonly deployment: Deployment | undefined;
  readonly onChoose: (choice: ProfileChoice) => void;
  readonly onClose: () => void;
}

export function CallView({ call, choice, deployment, onChoose, onClose }: CallViewProps) {
  const state = useSyncExternalStore(call.subscribe, () => call.state);
  const [tab, setTab] = useState<Tab>('Conversation');
  useEffect(() => () => void call.leave(), [call]);
  const { log, phase } = state;
  const names = new Map([
    [call.identity, 'You'],
    ...state.people.map(({ identity, name }) => [identity, name] as const),
  ]);
  // On a wide screen the conversation stands beside the panel, which then begins with what the agent does.
  const panel = tab === 'Conversation' ? 'Activity' : tab;
  return (
    <RoomContext.Provider value={call.room}>
      <RoomAudioRenderer />
      <div className="call" data-tab={tab}>
        <header className="call-head">
          <h1>Call</h1>
          <p className="people">
            {state.people.length > 0
              ? `With ${state.people.map(({ name }) => name).join(', ')}`
              : 'You and the agent'}
          </p>
          <RoomLink room={call.room.name || 'this room'} />
        </header>
        <nav className="tabs" aria-label="Views">
          {TABS.map((name) => (
            <button
              key={name}
              type="button"
              className={name === 'Conversation' ? 'narrow-only' : undefined}
              aria-pressed={name === tab}
              data-wide-active={name === panel || undefined}
              onClick={() => setTab(name)}
            >
              {name}
              {name === 'Activity' && <OpenCalls count={log.tools.filter(isWaiting).length} />}
            </button>
          ))}
        </nav>
        <main className="panes">
          <section className="talk-pane" aria-label="Talk">
            <AgentStatus call={call} state={state} />
            <Notices notices={log.notices} />
            <Conversation messages={log.messages} names={names} />
            <Composer call={call} disabled={phase === 'ended'} />
          </section>
          <section className="panel" aria-label={panel}>
            <Suspense fallback={<p className="muted">Loading…</p>}>
              {panel === 'Activity' && <Activity call={call} state={state} names={names} />}
              {panel === 'Timeline' && <TimelinePanel log={log} names={names} />}
              {panel === 'Profile' && (
                <ProfileEditor
                  choice={choice}
                  onChoose={onChoose}
                  readOnly={deployment?.mode !== 'any'}
                  call={phase === 'open' ? call : undefined}
                />
              )}
            </Suspense>
          </section>
        </main>
        <Controls call={call} state={state} names={names} onClose={onClose} />
      </div>
    </RoomContext.Provider>
  );
}

function isWaiting({ state }: { readonly state: string }): boolean {
  return state === 'open' || state === 'approval';
}

function OpenCalls({ count }: { readonly count: number }) {
  if (count === 0) return null;
  return <span className="badge">{count}</span>;
}
