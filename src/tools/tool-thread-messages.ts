// Messages between a call's process and its thread for module tools, copied by structured clone.
import type { JsonObject, Scheduling } from '../session/port.js';
import { answerWith, type DefinedTool, type ToolContext } from './tool.js';

/** A tool's context without signal and log, which cannot be cloned and are created again in the thread. */
export type ClonedContext = Omit<ToolContext, 'signal' | 'log'>;

export type ToThread =
  | {
      readonly type: 'run';
      readonly id: number;
      readonly module: string;
      readonly args: JsonObject;
      readonly context: ClonedContext;
    }
  /** Requests the next result of a generator. */
  | { readonly type: 'next'; readonly id: number }
  /** Aborts a call. A thread that does not acknowledge with `aborted` is blocked. */
  | { readonly type: 'abort'; readonly id: number; readonly code: string; readonly message: string };

export interface ClonedTool {
  readonly module: string;
  readonly declaration: DefinedTool['declaration'];
  readonly scheduling?: Scheduling;
}

/** JSON; undefined and null stay distinct because they differ in meaning at a generator's end. */
export interface ClonedAnswer {
  readonly value: unknown;
  readonly scheduling?: Scheduling;
}

export function answeredValue({ value, scheduling }: ClonedAnswer): unknown {
  return scheduling ? answerWith(value, { scheduling }) : value;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export type FromThread =
  | { readonly type: 'loaded'; readonly tools: readonly ClonedTool[] }
  | { readonly type: 'not-loaded'; readonly message: string }
  /** The handler is being called. A call without this message can be run again in another thread. */
  | { readonly type: 'begun'; readonly id: number }
  | { readonly type: 'answer'; readonly id: number; readonly answer: ClonedAnswer }
  /** The handler is a generator, whose results are requested one by one. */
  | { readonly type: 'generator'; readonly id: number }
  | { readonly type: 'step'; readonly id: number; readonly done: boolean; readonly answer: ClonedAnswer }
  | { readonly type: 'threw'; readonly id: number; readonly code: string; readonly message: string }
  /** An error that is no ToolError: it is only logged. */
  | { readonly type: 'failed'; readonly id: number; readonly error: unknown }
  | { readonly type: 'aborted'; readonly id: number }
  | {
      readonly type: 'log';
      readonly id: number | undefined;
      readonly level: LogLevel;
      readonly fields: unknown;
      readonly message: string;
    };
