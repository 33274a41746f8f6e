// The public face of the library: one call in a room, profiles, tools, errors, and the room's events and commands.
import type { LocalTrack, Room } from '@livekit/rtc-node';
import type { CallOptions } from './call/call.js';
import type { Job } from './call/job.js';
import type { ModelAccess } from './gemini/client.js';
import type { EphemeralToken, TokenOptions } from './gemini/ephemeral-token.js';
import type { Logger } from './util/log.js';

export {
  type CheckedProfile,
  type ProfileRules,
  readProfile,
} from './bridge/checked-profile.js';
export type { CallOptions } from './call/call.js';
export type { CallRefusal } from './call/call-limits.js';
export type { CallState, CarriedCall, RunningCall } from './call/call-state.js';
export type { Job } from './call/job.js';
export type { RoomService } from './call/room-end.js';
export type { Capabilities } from './capabilities/schema.js';
export { type ConfiguredAccess, readAccesses } from './config/accesses.js';
export { type BillLimits, type CostLimits, hasLimits, hasSharedLimits } from './config/bill-limits.js';
export {
  type Environment,
  EnvironmentError,
  type EnvironmentProblem,
  readEnvironment,
  requireModelAccess,
} from './config/environment.js';
export { thisMachine } from './config/machine.js';
export { type McpOAuth, type McpServerConfig, readMcpServers } from './config/mcp-servers.js';
export {
  type AgentPresence,
  type BringAgentOptions,
  bringAgent,
  type DispatchApi,
  type JobProgress,
} from './dispatch/bring-agent.js';
export { type DispatchApiOptions, dispatchApi, presenceByServer } from './dispatch/dispatch-api.js';
export { DispatchError, type DispatchFailure } from './dispatch/dispatch-error.js';
export { type EnsureAgentOptions, type EnsuredAgent, ensureAgent } from './dispatch/ensure-agent.js';
export { agentIdentity } from './dispatch/identity.js';
export {
  connectedTo,
  dispatchesOf,
  type Holder,
  type HolderQuery,
  holderOf,
  isDispatched,
  type Place,
  placeOf,
  type RoomDispatch,
} from './dispatch/room-agents.js';
export { dispatchClient, roomService, serverSdk } from './dispatch/server-sdk.js';
export { Accesses, type AccessRest } from './gemini/accesses.js';
export type { ModelAccess } from './gemini/client.js';
export type { EphemeralToken, TokenOptions } from './gemini/ephemeral-token.js';
export { MAX_TOKEN_LIFE_MS } from './gemini/token-limits.js';
export type { CallLimit, LimitLeft } from './lanes/auto-leave.js';
export { readBaseProfile } from './profile/base.js';
export { profileJsonSchema } from './profile/json-schema.js';
export { capabilitiesOf } from './profile/model-capabilities.js';
export { readNamedProfiles } from './profile/named.js';
export {
  type Problem,
  type Profile,
  type ProfileInput,
  type ProfileResult,
  parseProfile,
} from './profile/profile.js';
export { profileSchema } from './profile/schema.js';
export * from './protocol/index.js';
export { type Participant, STALE_CONNECTION } from './room/port.js';
export {
  type CarriedInputs,
  type CarriedInputsChange,
  NO_INPUTS,
  newestSpeech,
  withChange,
} from './session/carried-inputs.js';
export type { Scheduling } from './session/port.js';
export { deployTools, NO_TOOL_DEPLOYMENT, type ToolDeployment } from './tools/deployment.js';
export { type LoneTool, type LoneToolOptions, loneTool } from './tools/lone-tool.js';
export { McpServers } from './tools/mcp/servers.js';
export { loadModuleTools, type ModuleTools, moduleNames } from './tools/module-tools.js';
export {
  answerWith,
  type DefinedTool,
  defineTool,
  type ToolAnswer,
  type ToolContext,
  type ToolDefinition,
  ToolError,
  type ToolHandler,
  type TurnCause,
  z,
} from './tools/tool.js';
export { type KnownTool, ToolThread, type ToolThreadOptions } from './tools/tool-thread.js';
export { type SignedMessage, signatureHeaders } from './tools/webhook-signer.js';
export type { CallFact } from './turns/call-fact.js';
export { CallRecord } from './turns/call-record.js';
export { boundedRecord, type CallRecordState } from './turns/recorded.js';
export { newTrace, type RecordedTrace, spanId, toolSpanName } from './turns/trace-context.js';
export { abortable, delay, within } from './util/abort.js';
export { AgentError, type AgentErrorCode, type AgentErrorOptions } from './util/agent-error.js';
export type { Logger } from './util/log.js';

/**
 * Runs one call to its end: joins the room, opens a session with the Live API, and carries audio, pictures, captions,
 * events, tools and commands between the two until a participant or the model hangs up, the room closes or `job.signal` is aborted.
 *
 * Never rejects: the outcome goes to `job.end(reason, failed)`, exactly once, after the agent has left the room.
 *
 * @param job the room to join, the profile (`metadata`), and the signal that ends the call
 * @param options access to the Live API, the deployment's base profile and tools, and a logger
 * @see docs/protocol.md for what the room receives and may send
 */
export async function runCall(job: Job, options: CallOptions): Promise<void> {
  const { runCall: run } = await loadCalls();
  return run(job, options);
}

/**
 * Loads what a call needs (the SDKs and rtc-node's native library, some 300 ms), so that the first runCall() begins
 * at once. Importing this module alone loads none of it.
 */
export async function preloadCalls(): Promise<void> {
  await loadCalls();
}

/**
 * For a process that uses rtc-node and sharp for calls alone: rtc-node's log stays in its native library, where RUST_LOG
 * filters it (otherwise each record of it costs an event, four of ten while an agent talks), and sharp encodes on one
 * thread and keeps no cache. Both hold for the whole process, so that runCall() does neither by itself. Call it before
 * the first call.
 */
export async function dedicateProcess(log: Pick<Logger, 'warn'>): Promise<void> {
  const [{ keepLogNative }, { limitEncoder }] = await Promise.all([
    import('./room/native/native-log.js'),
    import('./video/jpeg.js'),
  ]);
  keepLogNative(log);
  limitEncoder();
}

/**
 * Unloads rtc-node's native library, whose threads keep the process alive. Call it after the last call of the process:
 * no call can run afterwards.
 */
export async function unloadCalls(): Promise<void> {
  const { unloadNative } = await import('./room/unload.js');
  await unloadNative();
}

function loadCalls(): Promise<typeof import('./call/call.js')> {
  return import('./call/call.js');
}

/**
 * Makes an ephemeral token with which a client talks to the Live API directly.
 *
 * @throws AgentError with code `token`: what the service answered, or why it could not be reached
 * @see https://ai.google.dev/gemini-api/docs/ephemeral-tokens
 */
export async function mintToken(access: ModelAccess, options: TokenOptions): Promise<EphemeralToken> {
  const { mintToken: mint } = await import('./gemini/ephemeral-token.js');
  return mint(access, options);
}

/**
 * Disconnects an rtc-node Room of a client and releases it. rtc-node's own `disconnect()` leaves a listener behind
 * when the server has ended the connection, and with it everything that the room holds.
 */
export async function leaveRoom(room: Room, log?: Pick<Logger, 'warn'>): Promise<void> {
  await room.disconnect();
  const { releaseRoom } = await import('./room/native/release-room.js');
  releaseRoom(room, log);
}

/**
 * Mutes or unmutes a published track of a client, as its mute button does: everybody is notified. rtc-node has no method
 * for it.
 *
 * @returns false where this version of rtc-node cannot; unpublish the track instead
 */
export async function muteTrack(
  track: LocalTrack,
  muted: boolean,
  log?: Pick<Logger, 'warn'>,
): Promise<boolean> {
  const { muteTrack: mute } = await import('./room/native/mute-track.js');
  return mute(track, muted, log);
}
export { printable, printableJson, printableLines } from './util/printable.js';
