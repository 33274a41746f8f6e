// Names of topics and attributes that clients rely on. Safe for browsers.

/** Text streams: captions of people and of the agent (LiveKit). */
export const TOPIC_TRANSCRIPTION = 'lk.transcription';
/** Byte streams: session messages of LiveKit's tools. */
export const TOPIC_SESSION = 'lk.agent.session';
/** Byte streams: pictures of the chat, as LiveKit's clients send them. */
export const TOPIC_IMAGES = 'images';
/** Byte streams: audio that a client recorded before the agent had joined (LiveKit). */
export const TOPIC_PRE_CONNECT_AUDIO = 'lk.agent.pre-connect-audio-buffer';
/** Text streams: chat messages (LiveKit). */
export const TOPIC_CHAT = 'lk.chat';
/** Text streams: the agent's events, one JSON object each. */
export const TOPIC_EVENT = 'gemini.event';
/** Text streams or packets: results of tool calls by clients without RPC. */
export const TOPIC_TOOL_RESPONSE = 'gemini.tool_response';

/** Participant attribute with the agent's state (LiveKit). */
export const ATTRIBUTE_AGENT_STATE = 'lk.agent.state';
/** Participant attribute of the agent with the state of the people: `away` or `listening` (profile: `idle`). */
export const ATTRIBUTE_USER_STATE = 'lk.user.state';
/** Participant attribute of the agent: the tool call that waits to be allowed, as JSON; empty where none does. */
export const ATTRIBUTE_APPROVAL = 'gemini.approval';
/** Participant attributes of people: the id of a call that they allow, or refuse. */
export const ATTRIBUTE_APPROVE = 'gemini.approve';
export const ATTRIBUTE_REFUSE = 'gemini.refuse';
/** Stream attribute: the segment of a caption; its streams are states of one text. */
export const ATTRIBUTE_SEGMENT_ID = 'lk.segment_id';
/** Stream attribute: `true` when the text of a segment does not change any more. */
export const ATTRIBUTE_FINAL = 'lk.transcription_final';
/** Stream attribute: the sid of the audio track that a caption belongs to. */
export const ATTRIBUTE_TRACK_ID = 'lk.transcribed_track_id';

/** Stream attribute: a JSON array of the identities, of a caption that several people may have spoken; absent for one. */
export const ATTRIBUTE_SPEAKERS = 'gemini.speakers';

/** Values of the attribute `lk.agent.state`, as LiveKit's clients expect them. */
export type AgentState = 'initializing' | 'idle' | 'listening' | 'thinking' | 'speaking';
