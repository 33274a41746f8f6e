// defineTool: a function's declaration and a typed handler, both from one zod schema.
import type { z } from 'zod';
import { pathText } from '../profile/problems.js';
import type { Participant } from '../room/port.js';
import type { JsonObject, Scheduling, ToolMedia } from '../session/port.js';
import type { Logger } from '../util/log.js';
import { type FunctionSchema, schemaOf } from './declaration.js';
import { ToolError } from './tool-error.js';

export { z } from 'zod';
export { ToolError } from './tool-error.js';

/** What caused a turn: speech, a chat message, the command `say`, or keys of a phone. */
export type TurnCause = 'voice' | 'chat' | 'say' | 'keys';

/** Information about the call, for a handler. */
export interface ToolContext {
  /** The model's id of this call. A call that is repeated after a loss has another id. */
  readonly callId: string;
  /**
   * Equal for every call of this function with these arguments in one conversation, and different for all others:
   * after a loss the model may repeat a call under a new id.
   */
  readonly idempotencyKey: string;
  /** Aborted when the model cancels the call, its time is up, or the conversation ends. No result is sent then. */
  readonly signal: AbortSignal;
  readonly room: string;
  /** The last speaker, who most likely caused the call; undefined when unknown. */
  readonly participant: Participant | undefined;
  /**
   * The cause of the turn in which the model made the call: speech, a chat message, the command `say`; null when there
   * are several or none. It grants no permission.
   */
  readonly by: TurnCause | null;
  /** The profile's `data`, set by the application. */
  readonly data: JsonObject;
  /** All participants of the room except the agent. */
  readonly participants: readonly Participant[];
  /** W3C's trace context of this call's span, for requests of the handler; undefined where there is no trace. */
  readonly traceparent?: string;
  readonly log: Logger;
}

/**
 * Returns the result of a call: a value, a promise, or an async generator. Each `yield` of a generator is an
 * intermediate result, and `return` is the last; for blocking functions only the last is sent.
 */
export type ToolHandler<Args> = (args: Args, context: ToolContext) => unknown;

/** A result with its own `scheduling`, which takes precedence over the profile's. */
export class ToolAnswer {
  readonly value: unknown;
  readonly scheduling: Scheduling;

  constructor(value: unknown, scheduling: Scheduling) {
    this.value = value;
    this.scheduling = scheduling;
  }
}

/** A result with images or documents beside its value. */
export class MediaAnswer {
  readonly value: unknown;
  readonly media: readonly ToolMedia[];

  constructor(value: unknown, media: readonly ToolMedia[]) {
    this.value = value;
    this.media = media;
  }
}

/** Returns a result with its own scheduling from a handler. */
export function answerWith(value: unknown, { scheduling }: { readonly scheduling: Scheduling }): ToolAnswer {
  return new ToolAnswer(value, scheduling);
}

/** A tool for defineTool(): name, description, parameters and handler. */
export interface ToolDefinition<Parameters extends z.ZodObject> {
  /** The function's name, as the model knows it. */
  readonly name: string;
  /** What it does and when to use it, for the model. */
  readonly description: string;
  readonly parameters: Parameters;
  /** When the model speaks about the result. The profile's setting takes precedence. */
  readonly scheduling?: Scheduling;
  /**
   * A thrown ToolError is sent to the model with its code and message. For any other error the model gets only
   * `failed`; the error is logged.
   */
  readonly run: ToolHandler<z.output<Parameters>>;
}

const BRAND = Symbol.for('gemini-room-agent.tool');

/** A tool that defineTool() has made. */
export interface DefinedTool {
  readonly [BRAND]: true;
  readonly declaration: {
    readonly name: string;
    readonly description: string;
    readonly parameters?: FunctionSchema;
  };
  readonly scheduling?: Scheduling;
  /** Checks the arguments and runs the handler. @throws ToolError for invalid arguments */
  readonly run: ToolHandler<JsonObject>;
}

/**
 * Makes a tool. Its parameters become the function's declaration, and are checked before the handler runs.
 *
 * @throws Error when the parameters contain something that Google's schema language cannot express
 */
export function defineTool<Parameters extends z.ZodObject>(
  definition: ToolDefinition<Parameters>,
): DefinedTool {
  const { name, description, parameters, scheduling, run } = definition;
  const schema = schemaOf(parameters, name);
  return {
    [BRAND]: true,
    declaration: { name, description, ...(schema === undefined ? {} : { parameters: schema }) },
    ...(scheduling ? { scheduling } : {}),
    run: (args, context) => {
      const checked = parameters.safeParse(args);
      if (checked.success) return run(checked.data, context);
      throw new ToolError('invalid_arguments', describeIssues(checked.error));
    },
  };
}

/** A tool that runs in another thread, with the declaration that defineTool has made there. */
export function proxyTool(tool: Omit<DefinedTool, typeof BRAND>): DefinedTool {
  return { [BRAND]: true, ...tool };
}

export function isDefinedTool(value: unknown): value is DefinedTool {
  return typeof value === 'object' && value !== null && (value as Partial<DefinedTool>)[BRAND] === true;
}

/** Names the wrong arguments, so that the model can correct the call. */
function describeIssues(error: z.ZodError): string {
  return error.issues
    .slice(0, 10)
    .map(({ path, message }) => (path.length === 0 ? message : `${pathText(path)}: ${message}`))
    .join('; ');
}
