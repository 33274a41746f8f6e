// One call from its job to its end: the profile, the room, the session, and the bridge between them.

import { openVoiceActivity } from '../audio/silero-thread.js';
import { Bridge } from '../bridge/bridge.js';
import { BridgeReport } from '../bridge/bridge-report.js';
import {
  type CheckedProfile,
  knownTools,
  type ProfileRules,
  readProfile,
  restoreProfile,
} from '../bridge/checked-profile.js';
import type { BridgeEnd } from '../bridge/options.js';
import type { BillLimits } from '../config/bill-limits.js';
import { Accesses, withFallback } from '../gemini/accesses.js';
import type { ModelAccess } from '../gemini/client.js';
import { compresses } from '../gemini/setup.js';
import { geminiWire } from '../gemini/wire.js';
import type { Capabilities } from '../profile/model-capabilities.js';
import type { Profile } from '../profile/profile.js';
import { replacedFields } from '../profile/replaced.js';
import { asksForParticipant, renderTemplates, type TemplateValues } from '../profile/templates.js';
import { LiveKitRoom } from '../room/livekit-room.js';
import { NoVoice } from '../room/no-voice.js';
import { hasPerson } from '../room/people.js';
import type { RoomPort } from '../room/port.js';
import { createResampler } from '../room/resampler.js';
import { EarlyWire } from '../session/early-wire.js';
import type { Content } from '../session/port.js';
import { Supervisor, type SupervisorOptions } from '../session/supervisor.js';
import type { OpenWire } from '../session/wire.js';
import { NO_TOOL_DEPLOYMENT, type ToolDeployment } from '../tools/deployment.js';
import type { CallFact } from '../turns/call-fact.js';
import { callSummary } from '../turns/call-summary.js';
import { AgentError } from '../util/agent-error.js';
import type { Logger } from '../util/log.js';
import { type CallRefusal, limitedProfile } from './call-limits.js';
import type { CallState, CarriedCall, RunningCall } from './call-state.js';
import type { Job } from './job.js';
import { profileChanges } from './profile-changes.js';
import { refuseByLimit, refuseInRoom, reportRefusal } from './refusal.js';
import { endRoom, type RoomService, roomEndOf, transferOf } from './room-end.js';
import { watchForStaleConnection } from './stale-connection.js';
import { discoverTools, missingServers, templateValues } from './tailored-profile.js';

/** Options of runCall(): access to the Live API, base profile, tools, logger, and takeover of a call. */
export interface CallOptions {
  /** In order of preference; calls that share an `Accesses` share what they learn of each. */
  readonly access: ModelAccess | Accesses;
  /** The deployment's base profile (AGENT_PROFILE), over which the dispatch's is merged. */
  readonly baseProfile?: unknown;
  /** How this deployment runs tools; omitted: only tools in participants' clients. */
  readonly tools?: ToolDeployment;
  /** Named profiles (AGENT_PROFILES) that a dispatch may extend. */
  readonly profiles?: ReadonlyMap<string, unknown>;
  /** What a call may cost in this deployment; of these and the profile's `leave` the lower count. */
  readonly limits?: BillLimits['call'];
  /** The call does not begin; an event reports why to its room. */
  readonly refused?: CallRefusal | undefined;
  /** What was kept of the call when an earlier process ran it: it continues instead of beginning anew. */
  readonly carried?: CarriedCall | undefined;
  /** The shared key of end-to-end encrypted rooms (LIVEKIT_E2EE_KEY). */
  readonly e2eeKey?: string;
  /** LiveKit's server API for this room, for `leave.deleteRoom` and after outages; omitted: the agent only leaves. */
  readonly roomService?: RoomService;
  /** Called with changes of the call's state; the first time with all of it. */
  readonly onState?: (change: Partial<CallState>) => void;
  /** Called with changes of the inputs without an answer, which contain speech. */
  readonly onInputs?: SupervisorOptions['onInputs'];
  /** What the earlier process has heard since `carried` was kept, until it was replaced; asked for once. */
  readonly heardBefore?: SupervisorOptions['heardBefore'];
  /** Called with each fact of the call's metrics and report; facts contain what was said. */
  readonly onFact?: (fact: CallFact) => void;
  /** Whether spans of calls are exported; then webhooks and MCP servers are given the context of their tool's span. */
  readonly traced?: boolean;
  /** Called once, when the call has begun in the room. */
  readonly onRunning?: (call: RunningCall) => void;
  readonly log: Logger;
}

/** Runs a call to its end and reports it to the job. Never rejects. */
export async function runCall(job: Job, options: CallOptions): Promise<void> {
  const log = options.log.child({ room: job.room });
  try {
    const end = await callUntilEnd(job, { ...options, log });
    const refused = end.reason === 'refused' || end.error !== undefined;
    const about = { reason: end.reason, detail: end.detail };
    if (refused) log.error({ code: 'refused', ...about }, 'the call was refused');
    else log.info(about, 'the call has ended');
    job.end(end.detail ? `${end.reason}: ${end.detail}` : end.reason, refused);
  } catch (error) {
    if (job.signal.aborted) {
      log.info({ reason: 'closed' }, 'the call has ended');
      job.end('closed', false);
      return;
    }
    const failure = error instanceof AgentError ? error : agentError('internal', error);
    log.error({ err: error, code: failure.code }, 'the call has failed');
    job.end(`${failure.code}: ${failure.message}`, true);
  }
}

/** @throws AgentError with code `room`, or the signal's reason */
async function joinRoom({ url, token, signal }: Job, { e2eeKey, log }: CallOptions): Promise<LiveKitRoom> {
  try {
    return await LiveKitRoom.connect({
      url,
      token,
      log,
      signal,
      ...(e2eeKey === undefined ? {} : { e2eeKey }),
    });
  } catch (error) {
    signal.throwIfAborted();
    throw agentError('room', error);
  }
}

function agentError(code: 'room' | 'internal', error: unknown): AgentError {
  return new AgentError(code, error instanceof Error ? error.message : String(error), { cause: error });
}

async function callUntilEnd(job: Job, options: CallOptions): Promise<BridgeEnd> {
  const { log, carried } = options;
  const first = profileOf(job, options);
  if (job.signal.aborted) return { reason: 'closed' };
  const begins = first.ok && !options.refused;
  const finding = begins ? discoverTools(first.profile, toolsOf(options)) : undefined;
  const early = begins ? connectEarly(first, options) : undefined;
  let room: LiveKitRoom | undefined;
  let endWatch = (): void => {};
  try {
    room = await joinRoom(job, options);
    if (options.refused) return await refuseByLimit(room, options.refused, { signal: job.signal, log });
    await finding;
    const checked = withFoundTools(first, job, options);
    if (!checked.ok) return await refuseInRoom(room, checked.problems, { signal: job.signal, log });
    for (const field of carried ? [] : replacedFields(options.baseProfile, job.metadata, options.profiles))
      log.warn(
        { field },
        "the dispatch's metadata replaces this field of the deployment's profile: let no client write it",
      );
    const about = { identity: room.identity, model: checked.profile.model };
    if (carried) log.info({ ...about, epoch: carried.state.epoch }, 'the call was taken over');
    else log.info(about, 'the call has begun');
    endWatch = watchForStaleConnection({ room, service: options.roomService, profile: checked.profile, log });
    const values = await templateValues(checked.profile, room, job.signal);
    const end = await bridgeUntilEnd(room, checked, values, job, { ...options, early });
    const ending = roomEndOf(checked.profile.leave.deleteRoom, end, room.participants());
    if (ending.deleteRoom && options.roomService) await room.unpublishVoice();
    await endRoom(ending, options.roomService, log);
    return end;
  } finally {
    early?.close();
    endWatch();
    await room?.close();
  }
}

/** Connects to the Live API before the room is joined, where nothing that the room or an MCP server says is in the set-up. */
function connectEarly(
  { profile: written, capabilities }: Extract<CheckedProfile, { ok: true }>,
  options: CallOptions,
): EarlyWire | undefined {
  // The session that is resumed is still connected with the agent that is replaced.
  if (options.carried || asksForParticipant(written) || Object.keys(written.mcp).length > 0) return undefined;
  const profile = renderTemplates(written, {});
  const handle = profile.live.sessionResumption?.handle;
  const seed = !handle && capabilities.initialHistory !== 'none' && (profile.history ?? []).length > 0;
  return new EarlyWire(openWireOf(profile, capabilities, options), {
    ...(handle ? { handle } : {}),
    seed,
  });
}

/** Connections of one call, each by the access that works. */
function openWireOf(profile: Profile, capabilities: Capabilities, options: CallOptions): OpenWire {
  const { log } = options;
  return withFallback(
    accessesOf(options),
    (access) => geminiWire({ access, profile, capabilities, log }),
    log,
  );
}

/** Checks the profile again, with the tools of MCP servers. */
function withFoundTools(first: CheckedProfile, job: Job, options: CallOptions): CheckedProfile {
  if (!first.ok || Object.keys(first.profile.mcp).length === 0) return first;
  const problems = missingServers(first.profile, toolsOf(options));
  return problems.length > 0 ? { ok: false, problems } : profileOf(job, options);
}

function profileOf(job: Job, options: CallOptions): CheckedProfile {
  const { carried, baseProfile } = options;
  if (carried) return restoreProfile(carried.state.profile, rulesOf(options));
  return readProfile(job.metadata, baseProfile, rulesOf(options));
}

async function bridgeUntilEnd(
  room: RoomPort,
  { profile: written, capabilities, warnings }: Extract<CheckedProfile, { ok: true }>,
  values: TemplateValues,
  job: Job,
  options: CallOptions & { readonly early: EarlyWire | undefined },
): Promise<BridgeEnd> {
  const { carried, onState, early, log } = options;
  const restored = carried?.state;
  const { epoch = 1 } = restored ?? {};
  const rules = rulesOf(options);
  const profile = limitedProfile(renderTemplates(written, values), options.limits);
  const known = knownTools(written, options.baseProfile);
  const voice = profile.modality === 'text' ? new NoVoice(room) : await room.publishVoice(job.signal);
  const handle = restored ? restored.handle : profile.live.sessionResumption?.handle;
  let onEnd: (end: BridgeEnd) => void = () => {};
  const ended = new Promise<BridgeEnd>((resolve) => {
    onEnd = resolve;
  });
  const report = new BridgeReport({
    room,
    profile,
    vertex: rules.vertex,
    ...(options.traced ? { traced: true } : {}),
    ...(carried ? { restored: carried.record } : {}),
    ...(options.onFact ? { onFact: options.onFact } : {}),
  });
  const bridge = new Bridge({
    room,
    voice,
    profile,
    capabilities,
    openSession: (listener, ledger) =>
      new Supervisor(
        {
          openWire: early?.openWire ?? openWireOf(profile, capabilities, options),
          capabilities,
          profile,
          ...(handle ? { handle } : {}),
          ...(carried ? { takenOver: { ...carried.state, inputs: carried.inputs } } : {}),
          onInputs: options.onInputs,
          heardBefore: options.heardBefore,
          compresses: compresses(profile),
          history: (profile.history ?? []) as readonly Content[],
          ledger: (unanswered, replayed) => ledger.contents(unanswered, replayed),
          log,
        },
        listener,
      ),
    vertex: accessesOf(options).hasVertex,
    openVoiceActivity: () =>
      openVoiceActivity({
        onFailed: (error) =>
          log.warn({ err: error }, 'speech is distinguished from noise by its loudness alone'),
      }),
    tools: toolsOf(options),
    ...transferOf(options.roomService, profile, log),
    changeProfile: profileChanges({ rules, known, values, warnings, log }),
    resample: createResampler(),
    epoch,
    ...(restored ? { restored } : {}),
    report,
    ...(onState ? { onState: (change) => onState({ ...change, v: 1, epoch }) } : {}),
    log,
    onEnd,
  });
  options.onRunning?.(bridge);
  const onAbort = (): void => void bridge.close();
  job.signal.addEventListener('abort', onAbort, { once: true });
  if (job.signal.aborted) onAbort();
  try {
    bridge.start();
    const end = await ended;
    if (end.error === undefined || hasPerson(room)) return end;
    // Nobody was in the room to receive the bridge's error event: it is repeated to a person who joins within 5 s.
    await bridge.close();
    await reportRefusal(room, end.error, { signal: job.signal, log });
    return end;
  } finally {
    job.signal.removeEventListener('abort', onAbort);
    await bridge.close();
    log.info(callSummary(report.record.state), 'the figures of the call');
  }
}

function accessesOf({ access }: CallOptions): Accesses {
  return access instanceof Accesses ? access : new Accesses([access]);
}

function toolsOf({ tools = NO_TOOL_DEPLOYMENT }: CallOptions): ToolDeployment {
  return tools;
}

function rulesOf(options: CallOptions): ProfileRules {
  const { profiles } = options;
  const accesses = accessesOf(options);
  return {
    deployment: toolsOf(options),
    vertex: accesses.at(accesses.best).vertex !== undefined,
    ...(profiles ? { named: profiles } : {}),
  };
}
