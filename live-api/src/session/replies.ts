// Turns what the answerer says into plans.
import type { Answer, JsonObject } from '../answerer-port.js';
import type { SessionConfig } from '../models/check-setup.js';
import type { Conversation, PendingCall } from './conversation.js';
import type { Plan, Step } from './plan.js';

const NO_WORDS = 'I can hear you, but I could not make out any words.';

/** The plan for something that the user said or wrote; an empty text is speech without words. */
export function reply(text: string, config: SessionConfig, conversation: Conversation): Plan {
  if (config.model.task === 'transcribe') return { steps: [] };
  if (config.model.task === 'translate') return { steps: text === '' ? [] : [{ do: 'say', text }] };
  if (text === '') return { steps: [{ do: 'say', text: NO_WORDS }] };
  return { steps: answerSteps(conversation.answerer.answer(text), config) };
}

function answerSteps(answer: Answer, { model }: SessionConfig): Step[] {
  if (answer.kind === 'text') return [{ do: 'say', text: answer.text }];
  const { name, args } = answer;
  const call: Step = { do: 'calls', calls: [{ name, args }] };
  if (!model.tools.codeBeforeCall) return [call];
  const code = `print(default_api.${name}(${pythonArguments(args)}))`;
  return [{ do: 'parts', parts: [{ executableCode: { language: 'PYTHON', code } }] }, call];
}

export function toolReply(call: PendingCall, response: JsonObject, conversation: Conversation): Step[] {
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
