// What a person does in a call: microphone, camera, screen, interrupt, push-to-talk, leave.
import { useMediaDeviceSelect, useTrackVolume } from '@livekit/components-react';
import { type LocalAudioTrack, Track } from 'livekit-client';
import { useState } from 'react';
import type { Call, CallState } from '../call/call.js';
import { Download } from './download.js';
import { Icon, type IconName } from './icons.js';
import { usePushToTalk } from './push-to-talk.js';

export interface ControlsProps {
  readonly call: Call;
  readonly state: CallState;
  readonly names: ReadonlyMap<string, string>;
  readonly onClose: () => void;
}

export function Controls({ call, state, names, onClose }: ControlsProps) {
  const { localParticipant } = call.room;
  const [holding, setHolding] = useState(false);
  const pushes = holding || state.manual;
  const push = usePushToTalk(call, pushes && state.phase !== 'ended', state.manual);
  const microphone = localParticipant.getTrackPublication(Track.Source.Microphone);
  const live = localParticipant.isMicrophoneEnabled;
  const attempt = (title: string, act: Promise<unknown>): void => {
    void act.catch((error: unknown) => call.fail(title, error));
  };
  if (state.phase === 'ended') {
    return (
      <section className="controls" aria-label="Call controls">
        <Download log={state.log} names={names} />
        <button type="button" className="talk" onClick={onClose}>
          New call
        </button>
      </section>
    );
  }
  return (
    <section className="controls" aria-label="Call controls">
      <div className="device">
        {pushes ? (
          <button type="button" className="round hold" aria-pressed={push.open} {...push.handlers}>
            <Icon name="mic" />
            <span className="caption">Hold to talk</span>
          </button>
        ) : (
          <Toggle
            icon={live ? 'mic' : 'mic-off'}
            on={live}
            name={live ? 'Mute' : 'Unmute'}
            onClick={() => attempt('No microphone', localParticipant.setMicrophoneEnabled(!live))}
          />
        )}
        <Level track={microphone?.track as LocalAudioTrack | undefined} />
      </div>
      <Toggle
        icon="camera"
        on={localParticipant.isCameraEnabled}
        name="Camera"
        onClick={() =>
          attempt('No camera', localParticipant.setCameraEnabled(!localParticipant.isCameraEnabled))
        }
      />
      <Toggle
        icon="screen"
        on={localParticipant.isScreenShareEnabled}
        name="Screen"
        onClick={() =>
          attempt(
            'The screen is not shared',
            localParticipant.setScreenShareEnabled(!localParticipant.isScreenShareEnabled),
          )
        }
      />
      <Toggle
        icon="stop"
        on={false}
        name="Interrupt"
        disabled={state.agentState !== 'speaking' && state.agentState !== 'thinking'}
        onClick={() => attempt('Not interrupted', call.command('interrupt'))}
      />
      <More state={state} holding={holding} onHolding={setHolding} />
      <button type="button" className="round leave" onClick={() => void call.leave()}>
        <Icon name="leave" />
        <span className="caption">Leave</span>
      </button>
    </section>
  );
}

interface ToggleProps {
  readonly icon: IconName;
  readonly name: string;
  readonly on: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

function Toggle({ icon, name, on, disabled = false, onClick }: ToggleProps) {
  const pressed = name === 'Camera' || name === 'Screen' ? { 'aria-pressed': on } : {};
  return (
    <button
      type="button"
      className="round"
      data-on={on || undefined}
      disabled={disabled}
      {...pressed}
      onClick={onClick}
    >
      <Icon name={icon} />
      <span className="caption">{name}</span>
    </button>
  );
}

/** How loud the microphone is: a meter that also shows that the right device is chosen. */
function Level({ track }: { readonly track: LocalAudioTrack | undefined }) {
  const volume = useTrackVolume(track, { fftSize: 256, smoothingTimeConstant: 0.5 });
  const level = Math.min(1, volume * 1.6);
  return (
    <meter
      className="level"
      aria-label="Microphone level"
      min={0}
      max={1}
      value={Math.round(level * 20) / 20}
    />
  );
}

interface MoreProps {
  readonly state: CallState;
  readonly holding: boolean;
  readonly onHolding: (holding: boolean) => void;
}

function More({ state, holding, onHolding }: MoreProps) {
  return (
    <details className="more">
      <summary className="round">
        <Icon name="sound" />
        <span className="caption">Sound</span>
      </summary>
      <div className="more-body">
        <DeviceSelect kind="audioinput" name="Microphone" />
        <DeviceSelect kind="audiooutput" name="Speaker" />
        <label className="switch">
          <input
            type="checkbox"
            checked={holding || state.manual}
            disabled={state.manual}
            onChange={(event) => onHolding(event.target.checked)}
          />
          Push to talk: hold the space bar
        </label>
        {state.manual && <p className="muted">This agent listens only while you hold.</p>}
        <p className="muted">Esc interrupts the agent.</p>
      </div>
    </details>
  );
}

function DeviceSelect({ kind, name }: { readonly kind: MediaDeviceKind; readonly name: string }) {
  const { devices, activeDeviceId, setActiveMediaDevice } = useMediaDeviceSelect({ kind });
  if (devices.length === 0) return null;
  return (
    <label>
      {name}
      <select value={activeDeviceId} onChange={(event) => void setActiveMediaDevice(event.target.value)}>
        {devices.map(({ deviceId, label }, index) => (
          <option key={deviceId} value={deviceId}>
            {label || `${name} ${index + 1}`}
          </option>
        ))}
      </select>
    </label>
  );
}
