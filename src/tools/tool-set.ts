// The functions that the model may call in this conversation, each with its runner.
import {
  builtInTools,
  CONFIRM_CALL_TOOL,
  END_CALL_TOOL,
  SEND_DTMF_TOOL,
  TRANSFER_CALL_TOOL,
} from '../profile/built-in-tools.js';
import type { Capabilities } from '../profile/model-capabilities.js';
import type { Profile } from '../profile/profile.js';
import type { JsonObject } from '../session/port.js';
import type { ToolDeployment } from './deployment.js';
import { callMcp } from './mcp/call.js';
import type { ParticipantTools } from './participant-tools.js';
import type { PhoneTools } from './phone-tools.js';
import type { ToolHandler } from './tool.js';
import type { RunnableTool } from './tool-runner.js';
import { callWebhook } from './webhook-tools.js';

export interface ToolSetOptions {
  readonly capabilities: Pick<Capabilities, 'tools'>;
  readonly deployment: ToolDeployment;
  /** Whether the service accepts several results of a call: Vertex AI does not. */
  readonly severalAnswers: boolean;
  readonly participants: Pick<ParticipantTools, 'run'>;
  /** Handler of the built-in tool `end_call`. */
  readonly endCall: ToolHandler<JsonObject>;
  /** Handler of the built-in tool `confirm_call`. */
  readonly confirm?: ToolHandler<JsonObject>;
  /** Handlers of the built-in tools for telephones. */
  readonly phone?: Pick<PhoneTools, 'sendDtmf' | 'transferCall'>;
}

type ProfileTool = Profile['tools'][number];

export function toolSet(
  profile: Pick<Profile, 'tools' | 'leave' | 'phone' | 'mcp'>,
  options: ToolSetOptions,
): ReadonlyMap<string, RunnableTool> {
  const tools = new Map(
    profile.tools.map((tool) => [tool.declaration.name, runnable(tool, profile, options)]),
  );
  for (const name of builtInTools(profile).keys()) tools.set(name, builtIn(name, options));
  return tools;
}

/** Dialling and ringing take their time; a transfer is answered after its announcement. */
const BUILT_IN_TIMEOUT_MS: ReadonlyMap<string, number> = new Map([
  [END_CALL_TOOL, 1_000],
  [SEND_DTMF_TOOL, 60_000],
  [TRANSFER_CALL_TOOL, 120_000],
]);

function builtIn(name: string, options: ToolSetOptions): RunnableTool {
  const { capabilities, endCall, phone } = options;
  const nonBlocking = capabilities.tools.defaultBehavior === 'NON_BLOCKING';
  const severalAnswers = name === TRANSFER_CALL_TOOL && nonBlocking && options.severalAnswers;
  const run: ToolHandler<JsonObject> = (args, context) => {
    if (name === SEND_DTMF_TOOL) return phone?.sendDtmf(args, context);
    if (name === TRANSFER_CALL_TOOL) return phone?.transferCall(args, context, severalAnswers);
    if (name === CONFIRM_CALL_TOOL) return options.confirm?.(args, context);
    return endCall(args, context);
  };
  return { name, timeoutMs: BUILT_IN_TIMEOUT_MS.get(name) ?? 1_000, nonBlocking, severalAnswers, run };
}

function runnable(tool: ProfileTool, profile: Pick<Profile, 'mcp'>, options: ToolSetOptions): RunnableTool {
  const { declaration, timeoutMs, run, approve } = tool;
  const behavior = declaration.behavior ?? options.capabilities.tools.defaultBehavior;
  const nonBlocking = behavior === 'NON_BLOCKING';
  const module = run.by === 'module' ? options.deployment.modules.get(run.name) : undefined;
  const scheduling = tool.scheduling ?? module?.scheduling;
  return {
    name: declaration.name,
    timeoutMs,
    nonBlocking,
    severalAnswers: nonBlocking && options.severalAnswers,
    ...(scheduling ? { scheduling } : {}),
    ...(approve === undefined ? {} : { approve }),
    ...(tool.approveBy === undefined ? {} : { approveBy: tool.approveBy }),
    run: handlerOf(tool, profile, options),
  };
}

function handlerOf(
  { declaration, run, timeoutMs }: ProfileTool,
  { mcp }: Pick<Profile, 'mcp'>,
  options: ToolSetOptions,
): ToolHandler<JsonObject> {
  const { name } = declaration;
  const { deployment, participants } = options;
  switch (run.by) {
    case 'participant':
      return (args, context) => participants.run(name, args, timeoutMs, context);
    case 'webhook':
      return (args, context) => callWebhook(run.url, name, args, deployment.webhooks, context);
    case 'module':
      return (args, context) => deployment.modules.get(run.name)?.run(args, context);
    case 'mcp': {
      const fixed = mcp[run.server]?.arguments?.[run.tool] ?? {};
      const takesMedia = options.capabilities.tools.responseMedia;
      return (args, context) => callMcp(deployment.mcp, { run, args, fixed, timeoutMs, takesMedia, context });
    }
  }
}
