// Talks to the agent with LiveKit's own React components; they need nothing of this project but its token endpoint.
import {
  RoomAudioRenderer,
  SessionProvider,
  useAgent,
  useSession,
  useSessionMessages,
} from '@livekit/components-react';
import { TokenSource } from 'livekit-client';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';

const query = new URLSearchParams(location.search);
const tokens = TokenSource.endpoint(query.get('endpoint') ?? 'http://127.0.0.1:8080/api/token');

function App() {
  const session = useSession(tokens, { agentName: query.get('agent') ?? 'gemini' });
  return (
    <SessionProvider session={session}>
      <RoomAudioRenderer />
      {session.isConnected ? (
        <button type="button" onClick={() => void session.end()}>
          Leave
        </button>
      ) : (
        <button type="button" onClick={() => void session.start()}>
          Talk
        </button>
      )}
      <Conversation />
    </SessionProvider>
  );
}

function Conversation() {
  const { state } = useAgent();
  const { messages, send } = useSessionMessages();
  const [text, setText] = useState('');
  return (
    <main>
      <p role="status">{state}</p>
      <ol>
        {messages.map(({ id, message, from }) => (
          <li key={id}>
            {from?.name || from?.identity}: {message}
          </li>
        ))}
      </ol>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setText('');
          void send(text);
        }}
      >
        <input aria-label="Message" value={text} onChange={(event) => setText(event.target.value)} />
      </form>
    </main>
  );
}

const root = document.getElementById('root');
if (root) createRoot(root).render(<App />);
