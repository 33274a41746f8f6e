// Before a call: one button to talk, a name, and which profile the agent is to have.
import { lazy, Suspense, useState } from 'react';
import type { Failure } from '../app.js';
import type { ProfileChoice } from '../call/choice.js';
import type { Deployment } from '../call/token.js';
import { Icon } from './icons.js';
import { RoomLink } from './room-link.js';

const ProfileEditor = lazy(() => import('../editor/profile-editor.js'));

export interface LobbyProps {
  readonly room: string;
  readonly deployment: Deployment | undefined;
  readonly choice: ProfileChoice;
  readonly failure: Failure | undefined;
  readonly onChoose: (choice: ProfileChoice) => void;
  readonly onTalk: (name: string) => void;
}

const NAME_KEY = 'gemini-room.name';

export function Lobby({ room, deployment, choice, failure, onChoose, onTalk }: LobbyProps) {
  const [name, setName] = useState(() => localStorage.getItem(NAME_KEY) ?? '');
  const [editing, setEditing] = useState(false);
  const talk = (): void => {
    localStorage.setItem(NAME_KEY, name);
    onTalk(name);
  };
  return (
    <main className="lobby">
      <div className="lobby-card">
        <div className="mark" aria-hidden="true">
          <span />
          <span />
          <span />
          <span />
          <span />
        </div>
        <h1>Talk to the agent</h1>
        <p className="lead">It hears you, sees what you share, and answers with a voice.</p>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            talk();
          }}
        >
          <div className="fields">
            <label>
              Your name
              <input
                value={name}
                maxLength={60}
                autoComplete="name"
                placeholder="Guest"
                onChange={(event) => setName(event.target.value)}
              />
            </label>
            <label>
              Profile
              <select
                value={choice.which}
                onChange={(event) => onChoose({ ...choice, which: event.target.value })}
              >
                <option value="default">Default</option>
                {deployment?.profiles.map((profile) => (
                  <option key={profile} value={`named:${profile}`}>
                    {profile}
                  </option>
                ))}
                {deployment?.mode === 'any' && <option value="custom">From the editor</option>}
              </select>
            </label>
          </div>
          <button type="submit" className="talk" disabled={!deployment}>
            <Icon name="mic" />
            Talk
          </button>
        </form>
        {failure && <FailureNote failure={failure} />}
        <div className="lobby-foot">
          <RoomLink room={room} />
          {deployment?.mode === 'any' && (
            <button
              type="button"
              className="quiet"
              aria-expanded={editing}
              onClick={() => setEditing(!editing)}
            >
              {editing ? 'Close the profile editor' : 'Edit a profile'}
            </button>
          )}
        </div>
      </div>
      {editing && (
        <section className="lobby-editor" aria-label="Profile">
          <Suspense fallback={<p className="muted">Loading the editor…</p>}>
            <ProfileEditor choice={choice} onChoose={onChoose} />
          </Suspense>
        </section>
      )}
    </main>
  );
}

export function FailureNote({ failure }: { readonly failure: Failure }) {
  return (
    <div className="failure" role="alert">
      <p>{failure.problems.length > 0 ? 'The profile cannot be used:' : failure.message}</p>
      {failure.problems.length > 0 && (
        <ul>
          {failure.problems.map(({ path, message }) => (
            <li key={`${path} ${message}`}>
              {path && <code>{path}</code>} {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
