// The agent: what it is doing, in words, and its voice as a waveform.
import { BarVisualizer } from '@livekit/components-react';
import { type RemoteAudioTrack, Track } from 'livekit-client';
import type { Call, CallState } from '../call/call.js';

const WORDS: Readonly<Record<string, string>> = {
  initializing: 'is getting ready',
  idle: 'is here',
  listening: 'is listening',
  thinking: 'is thinking',
  speaking: 'is speaking',
};

const VISUAL = ['initializing', 'listening', 'thinking', 'speaking'] as const;

export function AgentStatus({ call, state }: { readonly call: Call; readonly state: CallState }) {
  const { agent, agentState } = state;
  const track = agent?.getTrackPublication(Track.Source.Microphone)?.track as RemoteAudioTrack | undefined;
  const visual = VISUAL.find((name) => name === agentState) ?? 'initializing';
  return (
    <section className="agent-pane" data-state={agentState ?? 'away'} data-phase={state.phase}>
      <BarVisualizer
        className="voice"
        barCount={9}
        state={visual}
        {...(track ? { track } : {})}
        options={{ minHeight: 12 }}
        aria-hidden="true"
      />
      <p role="status" aria-label="Agent" className="agent-words">
        {wordsOf(state)}
      </p>
      {state.phase === 'open' && !call.room.canPlaybackAudio && (
        <button type="button" className="quiet" onClick={() => void call.room.startAudio()}>
          Turn the sound on
        </button>
      )}
    </section>
  );
}

function wordsOf({ phase, agent, agentState, ended, log }: CallState): string {
  if (phase === 'ended') return ended ?? 'The call is over.';
  if (phase === 'reconnecting') return 'Your connection is away. It is being restored.';
  if (phase === 'joining') return 'Joining. You can speak already.';
  if (!agent) return 'The agent is on its way. You can speak already.';
  if (log.session === 'waiting') return 'The agent has lost its model and tries again.';
  return `The agent ${WORDS[agentState ?? ''] ?? 'is here'}`;
}
