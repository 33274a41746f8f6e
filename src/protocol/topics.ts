// Names of topics and attributes that clients rely on. Safe for browsers.

export const TOPIC_TRANSCRIPTION = 'lk.transcription';
export const TOPIC_SESSION = 'lk.agent.session';
export const TOPIC_IMAGES = 'images';
export const TOPIC_PRE_CONNECT_AUDIO = 'lk.agent.pre-connect-audio-buffer';
export const TOPIC_CHAT = 'lk.chat';
export const TOPIC_EVENT = 'gemini.event';
export const TOPIC_TOOL_RESPONSE = 'gemini.tool_response';

export const ATTRIBUTE_AGENT_STATE = 'lk.agent.state';
export const ATTRIBUTE_SEGMENT_ID = 'lk.segment_id';
export const ATTRIBUTE_FINAL = 'lk.transcription_final';
export const ATTRIBUTE_TRACK_ID = 'lk.transcribed_track_id';

/** Values of the attribute `lk.agent.state`, as LiveKit's clients expect them. */
export type AgentState = 'initializing' | 'idle' | 'listening' | 'thinking' | 'speaking';
