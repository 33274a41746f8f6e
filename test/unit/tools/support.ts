// What tests of tools share: a quiet logger, and a runner whose answers are kept.

import type { Participant } from '../../../src/room/port.js';
import type { JsonObject } from '../../../src/session/port.js';
import type { ToolContext, ToolHandler } from '../../../src/tools/tool.js';
import {
  type AnsweredCall,
  type RunnableTool,
  ToolRunner,
  type ToolRunnerOptions,
} from '../../../src/tools/tool-runner.js';
import type { Logger } from '../../../src/util/log.js';

export const quiet: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => quiet,
};

export const ana: Participant = { identity: 'ana', kind: 'standard' };

export interface RunnerUnderTest {
  readonly runner: ToolRunner;
  readonly answers: AnsweredCall[];
}

export function toolOf(
  name: string,
  run: ToolHandler<JsonObject>,
  more: Partial<RunnableTool> = {},
): RunnableTool {
  return { name, run, timeoutMs: 15_000, nonBlocking: true, severalAnswers: true, ...more };
}

export function runnerOf(
  tools: readonly RunnableTool[],
  more: Partial<ToolRunnerOptions> = {},
): RunnerUnderTest {
  const answers: AnsweredCall[] = [];
  const runner = new ToolRunner({
    find: (name) => tools.find((tool) => tool.name === name),
    names: () => tools.map(({ name }) => name),
    schedulingPlace: 'top-level',
    room: 'kitchen',
    conversation: 'c1',
    speaker: () => ana,
    participants: () => [ana],
    by: () => 'voice',
    data: () => ({ userId: '42' }),
    approve: () => Promise.resolve({ state: 'allowed', by: 'ana' }),
    onAnswer: (answered) => answers.push(answered),
    log: quiet,
    ...more,
  });
  return { runner, answers };
}

export function contextOf(more: Partial<ToolContext> = {}): ToolContext {
  return {
    callId: 'call-1',
    idempotencyKey: 'a'.repeat(64),
    signal: new AbortController().signal,
    room: 'kitchen',
    participant: ana,
    participants: [ana],
    by: 'voice',
    data: { userId: '42' },
    log: quiet,
    ...more,
  };
}
