// Features: how the service notices that somebody speaks, and turns that people open and close themselves.
import { type Feature, type FeatureGroup, LIVE_3_1, NATIVE } from './feature.js';

const speech = { realtimeInput: { audio: { data: '…', mimeType: 'audio/pcm;rate=16000' } } };
const started = { event: { type: 'speech', participant: '<identity>', phase: 'started' } };
const ended = { event: { type: 'speech', participant: '<identity>', phase: 'ended' } };
const answered = { event: { type: 'turn', turn: 1, phase: 'started' } };

function detection(feature: string, setting: object, model?: string): Feature {
  const realtimeInputConfig = { automaticActivityDetection: setting };
  return {
    feature,
    profile: { ...(model ? { model } : {}), live: { realtimeInputConfig } },
    setup: { realtimeInputConfig },
    acts: [{ speakMs: 700 }],
    room: [started, ended, answered],
  };
}

function coverage(feature: string, turnCoverage: string, model?: string): Feature {
  return {
    feature,
    profile: { ...(model ? { model } : {}), live: { realtimeInputConfig: { turnCoverage } } },
    setup: { realtimeInputConfig: { turnCoverage } },
    room: [],
  };
}

const manual = { automaticActivityDetection: { disabled: true } };

export const LISTENING: FeatureGroup = {
  title: 'Who speaks, and when',
  features: [
    detection('Start of speech, eager', { startOfSpeechSensitivity: 'START_SENSITIVITY_HIGH' }),
    detection('Start of speech, slow', { startOfSpeechSensitivity: 'START_SENSITIVITY_LOW' }),
    detection('End of speech, eager', { endOfSpeechSensitivity: 'END_SENSITIVITY_HIGH' }),
    detection('End of speech, patient', { endOfSpeechSensitivity: 'END_SENSITIVITY_LOW' }),
    detection('Sound before speech that counts', { prefixPaddingMs: 300 }),
    detection('Quiet that ends speech', { silenceDurationMs: 300 }),
    detection(
      'Quiet that ends speech, on a model that says nothing of it',
      { silenceDurationMs: 300 },
      NATIVE,
    ),
    detection('Automatic detection, said aloud', { disabled: false }),
    coverage('A turn holds what was said, alone', 'TURN_INCLUDES_ONLY_ACTIVITY'),
    coverage('A turn holds what was said, and all pictures', 'TURN_INCLUDES_AUDIO_ACTIVITY_AND_ALL_VIDEO'),
    coverage('A turn holds everything', 'TURN_INCLUDES_ALL_INPUT', LIVE_3_1),
    {
      feature: 'Manual detection: push to talk',
      profile: { listen: { policy: 'push-to-talk' } },
      setup: { realtimeInputConfig: manual },
      sound: true,
      acts: [
        { rpc: 'start_turn', answer: {} },
        { until: started },
        { speakMs: 500 },
        { rpc: 'end_turn', answer: {} },
      ],
      client: [{ realtimeInput: { activityStart: {} } }, speech, { realtimeInput: { activityEnd: {} } }],
      room: [started, ended, answered, { voice: true }],
    },
    {
      feature: 'Manual detection, under Google’s name',
      profile: { live: { realtimeInputConfig: manual } },
      setup: { realtimeInputConfig: manual },
      sound: true,
      acts: [{ rpc: 'start_turn' }, { speakMs: 500 }, { rpc: 'end_turn' }],
      client: [{ realtimeInput: { activityStart: {} } }, speech, { realtimeInput: { activityEnd: {} } }],
      room: [started, ended, answered],
    },
    {
      feature: 'Manual detection: a turn that is taken back',
      profile: { listen: { policy: 'push-to-talk' } },
      setup: { realtimeInputConfig: manual },
      sound: true,
      acts: [{ rpc: 'start_turn' }, { speakMs: 500 }, { rpc: 'cancel_turn' }],
      client: [
        { realtimeInput: { activityStart: {} } },
        speech,
        { realtimeInput: { activityEnd: {} } },
        {
          clientContent: {
            turns: [
              {
                role: 'user',
                parts: [{ text: '(The user has taken back what they said last. Disregard it.)' }],
              },
            ],
            turnComplete: false,
          },
        },
      ],
      room: [started, ended, { state: 'listening' }, { never: { type: 'turn' } }],
    },
    {
      feature: 'Manual detection: a microphone that is muted ends the turn',
      profile: { listen: { policy: 'push-to-talk' } },
      setup: { realtimeInputConfig: manual },
      sound: true,
      acts: [{ rpc: 'start_turn' }, { speakMs: 500 }, { mute: true }],
      client: [{ realtimeInput: { activityStart: {} } }, speech, { realtimeInput: { activityEnd: {} } }],
      room: [started, ended, answered],
    },
    {
      feature: 'Turn commands where the service detects turns',
      acts: [{ rpc: 'start_turn', error: 409 }],
      room: [],
    },
  ],
};
