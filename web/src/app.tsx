// The page as a whole: before a call, and in one.
import { useCallback, useEffect, useState } from 'react';
import { Call } from './call/call.js';
import { dispatchMetadata, type ProfileChoice, readChoice, saveChoice } from './call/choice.js';
import { randomName } from './call/names.js';
import { roomOfAddress } from './call/room-link.js';
import { type Deployment, fetchDeployment, type Problem, TokenError } from './call/token.js';
import { CallView } from './parts/call-view.js';
import { Lobby } from './parts/lobby.js';

export interface Failure {
  readonly message: string;
  readonly problems: readonly Problem[];
}

export function App() {
  const [deployment, setDeployment] = useState<Deployment>();
  const [choice, setChoice] = useState<ProfileChoice>(readChoice);
  const [call, setCall] = useState<Call>();
  const [failure, setFailure] = useState<Failure>();
  const [room] = useState(roomOfAddress);

  useEffect(() => {
    fetchDeployment().then(setDeployment, (error: unknown) => {
      setFailure({
        message: `The server does not answer (${(error as Error).message}). Reload the page.`,
        problems: [],
      });
    });
  }, []);

  const choose = useCallback((next: ProfileChoice) => {
    saveChoice(next);
    setChoice(next);
  }, []);

  const talk = useCallback(
    async (name: string) => {
      setFailure(undefined);
      const identity = `${slug(name) || 'guest'}-${randomName(6)}`;
      const metadata = dispatchMetadata(choice, identity, deployment?.mode ?? 'named');
      const agent = deployment?.agent ?? 'gemini';
      const next = new Call({ room, identity, name: name.trim() || 'Guest', agent, metadata });
      setCall(next);
      try {
        await next.join(undefined);
      } catch (error) {
        const problems = error instanceof TokenError ? error.problems : [];
        setFailure({ message: (error as Error).message, problems });
        setCall(undefined);
        await next.leave();
      }
    },
    [choice, deployment, room],
  );

  const close = useCallback(() => setCall(undefined), []);

  if (call) {
    return <CallView call={call} choice={choice} deployment={deployment} onChoose={choose} onClose={close} />;
  }
  return (
    <Lobby
      room={room}
      deployment={deployment}
      choice={choice}
      failure={failure}
      onChoose={choose}
      onTalk={(name) => void talk(name)}
    />
  );
}

/** An identity that reads like the name, and that the server never takes for an agent's. */
function slug(name: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return plain.startsWith('agent') ? `guest-${plain}` : plain.slice(0, 40);
}
