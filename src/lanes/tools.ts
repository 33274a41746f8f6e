// Lane: passes the model's tool calls to their runners, and results to the model, the ledger and the room.
import type { Capabilities } from '../profile/model-capabilities.js';
import type { Profile } from '../profile/profile.js';
import type { RoomEventBody } from '../protocol/events.js';
import { TOPIC_TOOL_RESPONSE } from '../protocol/topics.js';
import type { RoomPort } from '../room/port.js';
import type { JsonObject, ModelSession, ToolCall } from '../session/port.js';
import { type ApprovalRequest, Approvals, type SpokenVerdict } from '../tools/approvals.js';
import { CallLimits } from '../tools/call-limits.js';
import type { ToolDeployment } from '../tools/deployment.js';
import { followServers } from '../tools/mcp/follow-servers.js';
import { ParticipantTools } from '../tools/participant-tools.js';
import type { PhoneTools } from '../tools/phone-tools.js';
import { answerWith, ToolError, type ToolHandler, type TurnCause } from '../tools/tool.js';
import { type AnsweredCall, type RunnableTool, ToolRunner } from '../tools/tool-runner.js';
import { toolSet } from '../tools/tool-set.js';
import type { Ledger } from '../turns/ledger.js';
import type { SpokenReply } from '../turns/spoken-reply.js';
import type { Logger } from '../util/log.js';
import { RateLimits } from '../util/rate-limits.js';

export interface ToolsOptions {
  readonly room: RoomPort;
  readonly session: Pick<ModelSession, 'sendToolResults'>;
  readonly ledger: Pick<Ledger, 'toolResult'>;
  readonly capabilities: Pick<Capabilities, 'tools'>;
  /** What runs the tools of modules, webhooks and MCP servers. */
  readonly tools: ToolDeployment;
  /** Whether the service accepts several results of a call. */
  readonly severalAnswers: boolean;
  readonly profile: Pick<Profile, 'tools' | 'leave' | 'phone' | 'control' | 'data' | 'mcp'>;
  /** Distinguishes this conversation's calls from those of all others, also after another process took the call over. */
  readonly conversation: string;
  /** The trace context of a tool call, for what it calls. */
  readonly traceparent?: (callId: string) => string | undefined;
  /** Tools of an MCP server were found or have changed. */
  readonly onToolsFound: () => void;
  readonly emit: (event: RoomEventBody) => void;
  /** The present or last turn. */
  readonly turn: () => number;
  /** The participant who caused the present answer; undefined when several may have. */
  readonly speaker: () => string | undefined;
  /** The cause of the present turn. */
  readonly by: () => TurnCause | null;
  /** Whether people have spoken after the model, for calls that are allowed aloud. */
  readonly reply: Pick<SpokenReply, 'mark' | 'isReply'>;
  readonly endCall: ToolHandler<object>;
  /** Handlers of the built-in tools for telephones. */
  readonly phone?: PhoneTools;
  readonly log: Logger;
}

const NOT_CONFIRMED: Readonly<Record<Exclude<SpokenVerdict, 'decided'>, string>> = {
  'not-waiting': 'no call of this id waits for a spoken answer',
  'same-turn': 'ask the person first, and wait for what they say',
  'not-heard': 'the person whom the call is for has not spoken since: ask them',
};

export class Tools {
  readonly #options: ToolsOptions;
  readonly #participants: ParticipantTools;
  readonly #approvals: Approvals;
  readonly #runner: ToolRunner;
  readonly #limits: CallLimits;
  readonly #refusalReports = new RateLimits({ burst: 1, perSecond: 0.1 });
  /** Refused results of each sender since the last report. */
  readonly #refused = new Map<string, number>();
  #detach: () => void = () => {};
  #tools: ReadonlyMap<string, RunnableTool>;
  #profile: ToolsOptions['profile'];

  constructor(options: ToolsOptions) {
    const { room, capabilities } = options;
    this.#options = options;
    this.#profile = options.profile;
    this.#participants = new ParticipantTools({ room, control: () => this.#profile.control });
    this.#approvals = new Approvals({
      control: () => this.#profile.control,
      participants: () => room.participants(),
      emit: options.emit,
    });
    this.#tools = this.#toolSet();
    this.#runner = new ToolRunner({
      find: (name) => this.#tools.get(name),
      names: () => [...this.#tools.keys()],
      schedulingPlace: capabilities.tools.scheduling,
      room: room.name,
      conversation: options.conversation,
      ...(options.traceparent ? { traceparent: options.traceparent } : {}),
      speaker: () => room.participants().find(({ identity }) => identity === options.speaker()),
      participants: () => room.participants(),
      by: options.by,
      data: () => this.#profile.data ?? {},
      approve: (call, tool, signal) => this.#approvals.request(call, this.#asked(tool), signal),
      onAnswer: (answered) => this.#onAnswer(answered),
      log: options.log,
    });
    this.#limits = new CallLimits({
      answer: (results) => options.session.sendToolResults(results),
      report: (count) => this.#reportExcess(count),
    });
  }

  start(): void {
    const detach = this.#options.room.onEvent((event) => {
      if (event.type === 'message' && event.topic === TOPIC_TOOL_RESPONSE)
        this.#onMessage(event.identity, event.text);
      else if (event.type === 'approval') this.approve(event.id, event.ok, event.identity);
    });
    const { tools, emit, onToolsFound } = this.#options;
    const profile = () => this.#profile;
    const unfollow = followServers({ profile, servers: tools.mcp, emit, onToolsFound });
    this.#detach = () => {
      detach();
      unfollow();
    };
  }

  /** Applies a participant's decision about a call that waits for approval. */
  approve(id: string, ok: boolean, identity: string): ReturnType<Approvals['decide']> {
    return this.#approvals.decide(id, ok, identity);
  }

  #asked({ approve, approveBy }: Pick<RunnableTool, 'approve' | 'approveBy'>): ApprovalRequest {
    if (approveBy !== 'voice') return { from: approve };
    const { speaker, turn, reply } = this.#options;
    return { from: approve, voice: { identity: speaker(), turn: turn(), since: reply.mark() } };
  }

  /** The model reports a spoken answer (`confirm_call`). */
  #confirm({ call, allowed }: JsonObject): unknown {
    if (typeof call !== 'string' || typeof allowed !== 'boolean')
      throw new ToolError('invalid_arguments', 'call must be an id, and allowed true or false');
    const { speaker, turn, by, reply } = this.#options;
    const verdict = this.#approvals.decideAloud(call, allowed, {
      identity: speaker(),
      turn: turn(),
      by: by(),
      isReply: (identity, since) => reply.isReply(identity, since),
    });
    if (verdict === 'decided') return answerWith({ output: 'noted' }, { scheduling: 'SILENT' });
    throw new ToolError('refused', NOT_CONFIRMED[verdict]);
  }

  /** Calls without a result. */
  get open(): readonly ToolCall[] {
    return this.#runner.open;
  }

  /** @param refusal the error result of calls that must not run */
  called(calls: readonly ToolCall[], refusal?: ToolError): void {
    const { emit, turn, speaker } = this.#options;
    const excess: ToolCall[] = [];
    for (const call of calls) {
      const { id, name, args, refused } = call;
      if (this.#runner.knows(id)) continue;
      if (!this.#limits.admits(call, this.#runner.openCount)) {
        excess.push(call);
        continue;
      }
      const run = this.#profile.tools.find(({ declaration }) => declaration.name === name)?.run.by;
      const about = { type: 'tool.call', id, name, args, ...(run ? { run } : {}) } as const;
      const before = (): void => emit({ ...about, turn: turn(), participant: speaker() ?? null });
      const error =
        refusal ?? (refused === undefined ? undefined : new ToolError('invalid_arguments', refused));
      if (error) this.#runner.refuse(call, error, before);
      else this.#runner.start(call, before);
    }
    this.#limits.refuse(excess);
  }

  cancelled(ids: readonly string[]): void {
    const open = this.#runner.cancel(ids);
    if (open.length > 0) this.#options.emit({ type: 'tool.cancelled', ids: open });
  }

  /** Changes the tools; calls in flight continue. */
  configure(profile: ToolsOptions['profile']): void {
    this.#profile = profile;
    this.#tools = this.#toolSet();
  }

  close(): void {
    this.#detach();
    this.#runner.close();
    this.#limits.close();
  }

  #toolSet(): ReadonlyMap<string, RunnableTool> {
    const { capabilities, tools, severalAnswers, endCall, phone } = this.#options;
    const participants = this.#participants;
    const confirm: ToolHandler<JsonObject> = (args) => this.#confirm(args);
    return toolSet(this.#profile, {
      confirm,
      capabilities,
      deployment: tools,
      severalAnswers,
      participants,
      endCall,
      ...(phone ? { phone } : {}),
    });
  }

  #onAnswer({ call, result, durationMs, error }: AnsweredCall): void {
    const { session, emit, ledger } = this.#options;
    const { response } = result;
    // The model first: ledger and room events must not delay its answer.
    session.sendToolResults([result]);
    ledger.toolResult(call.name, call.args, response);
    const about = { type: 'tool.result', id: call.id, name: call.name, durationMs } as const;
    const more = result.willContinue ? ({ willContinue: true } as const) : {};
    emit(error ? { ...about, ok: false, error: error.message } : { ...about, ok: true, ...more, response });
  }

  #reportExcess(count: number): void {
    const { emit, log } = this.#options;
    log.warn({ count }, 'the model makes more calls than are run');
    const message = `${count} calls of the model were not run: too many at once, or in a minute`;
    emit({ type: 'error', code: 'too_many_calls', message, fatal: false });
  }

  #onMessage(identity: string, text: string): void {
    const verdict = this.#participants.message(identity, text);
    if (verdict.taken) return;
    const { reason, message } = verdict;
    const count = (this.#refused.get(identity) ?? 0) + 1;
    this.#refused.set(identity, count);
    // One event and one log line per sender in ten seconds: more would displace other events in the outbox.
    if (!this.#refusalReports.take(identity)) return;
    this.#refused.delete(identity);
    this.#options.log.warn({ identity, reason, count }, 'answers to tools were not taken');
    if (reason !== 'malformed') return;
    // An error event, because the developer of the client does not see the log.
    const times = count > 1 ? ` (${count} since the last report)` : '';
    const warning = `${TOPIC_TOOL_RESPONSE} of ${identity}: ${message}${times}`;
    this.#options.emit({ type: 'error', code: 'tool_response', message: warning, fatal: false });
  }
}
