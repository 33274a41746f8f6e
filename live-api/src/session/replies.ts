// Converts the answerer's replies into plans.
import type { Answer, JsonObject } from '../answerer-port.js';
import type { SessionConfig } from '../models/check-setup.js';
import type { Conversation, PendingCall } from './conversation.js';
import type { Plan, PlannedCall, Step } from './plan.js';

/** The plan for something that the user said or wrote; an empty text is speech without words. */
export function reply(text: string, config: SessionConfig, conversation: Conversation): Plan {
  if (config.model.task === 'transcribe') return { steps: [] };
  if (config.model.task === 'translate') return { steps: text === '' ? [] : [{ do: 'say', text }] };
  const steps = answerSteps(conversation.answerer.answer(text), config);
  return { steps: config.thoughts ? [thought(text), ...steps] : steps };
}

const GIVEN_UP = /\b(stop|cancel|never ?mind|forget (it|that|about)|no need|leave it)\b/i;

/** Interrupted calls are repeated after the answer, unless they were cancelled or the answer contains a call. */
export function withDropped(plan: Plan, text: string, dropped: readonly PlannedCall[]): Plan {
  const calls = plan.steps.some((step) => step.do === 'calls');
  if (dropped.length === 0 || calls || GIVEN_UP.test(text)) return plan;
  return { ...plan, steps: [...plan.steps, { do: 'calls', calls: dropped }] };
}

function answerSteps(answer: Answer, { model }: SessionConfig): Step[] {
  if (answer.kind === 'look') return [{ do: 'look' }];
  if (answer.kind === 'text') {
    const { text, before = [], after } = answer;
    return [
      ...before.map((part): Step => ({ do: 'parts', parts: [part] })),
      { do: 'say', text },
      ...(after ? [{ do: 'content', content: after } as const] : []),
    ];
  }
  const { name, args } = answer;
  const call: Step = { do: 'calls', calls: [{ name, args }] };
  if (!model.tools.codeBeforeCall) return [call];
  const code = `print(default_api.${name}(${pythonArguments(args)}))`;
  return [{ do: 'parts', parts: [{ executableCode: { language: 'PYTHON', code } }] }, call];
}

const thought = (text: string): Step => ({
  do: 'parts',
  parts: [
    {
      text: `**Considering the request**\n\nThe user says: ${text} I am working out the answer.`,
      thought: true,
    },
  ],
});

export function toolReply(call: PendingCall, response: JsonObject, conversation: Conversation): Step[] {
  const prompt = { kind: 'tool-response', name: call.name, text: JSON.stringify(response) } as const;
  const scripted = conversation.script?.plan(prompt);
  if (scripted) return [...scripted.steps];
  return [{ do: 'say', text: conversation.answerer.answerToolResult(call.name, response) }];
}

const pythonArguments = (args: JsonObject) =>
  Object.entries(args)
    .map(([name, value]) => `${name}=${python(value)}`)
    .join(', ');

function python(value: unknown): string {
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return value === null || value === undefined ? 'None' : JSON.stringify(value);
}
