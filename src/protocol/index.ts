// The protocol between the agent and the clients in its room: events, commands, topics. Needs zod alone; safe for browsers.
export {
  COMMAND_METHODS,
  type CommandMethod,
  type CommandPayload,
  commandSchemas,
  MAX_COMMAND_BYTES,
  MAX_TOOL_RESPONSE_BYTES,
  type Parsed,
  parseCommand,
  parseToolResponse,
  type ToolResponse,
  toolResponseSchema,
} from './commands.js';
export {
  parseRoomEvent,
  ROOM_EVENT_TYPES,
  type RoomEvent,
  type RoomEventBody,
  type RoomEventOf,
  type RoomEventType,
  roomEventSchema,
} from './events.js';
export {
  type AgentState,
  ATTRIBUTE_AGENT_STATE,
  ATTRIBUTE_FINAL,
  ATTRIBUTE_SEGMENT_ID,
  ATTRIBUTE_SPEAKERS,
  ATTRIBUTE_TRACK_ID,
  TOPIC_CHAT,
  TOPIC_EVENT,
  TOPIC_TOOL_RESPONSE,
  TOPIC_TRANSCRIPTION,
} from './topics.js';
