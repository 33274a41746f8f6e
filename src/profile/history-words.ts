// Function calls and their answers in `history`, put into words: a session that did not make the calls does not take them.
import type { Profile } from './profile.js';

type History = Profile['history'];
type Turn = History[number];
type Part = Turn['parts'][number];

/** As the model would tell it. */
export function callInWords(name: string, args: string, response: string): string {
  return `(I called ${name}(${args}) and got ${response}.)`;
}

/** Each call becomes a text of the model with its answer; what was the answer's turn keeps only what else it said. */
export function historyInWords(history: History): History {
  if (!history.some(({ parts }) => parts.some(isOfCall))) return history;
  const turns = history.map((turn, index) => inWords(turn, history[index + 1]));
  return joined(turns.filter(({ parts }) => parts.length > 0));
}

function isOfCall({ functionCall, functionResponse }: Part): boolean {
  return functionCall !== undefined || functionResponse !== undefined;
}

function inWords({ role, parts }: Turn, next: Turn | undefined): Turn {
  const answers = next?.parts.flatMap(({ functionResponse }) => functionResponse ?? []) ?? [];
  const words = parts.flatMap((part): Part[] => {
    if (!isOfCall(part)) return [part];
    // The signature is of the call, and means nothing beside words.
    const { functionCall, functionResponse: _, thoughtSignature: __, thought: ___, ...rest } = part;
    const others = Object.keys(rest).length > 0 ? [rest] : [];
    if (!functionCall) return others;
    const { id, name, args = {} } = functionCall;
    const isById = id !== undefined && answers.some((answer) => answer.id === id);
    const at = answers.findIndex((answer) => (isById ? answer.id === id : answer.name === name));
    // Each answer is of one call.
    const [answer] = at < 0 ? [] : answers.splice(at, 1);
    const response = JSON.stringify(answer?.response ?? {});
    return [...others, { text: callInWords(name, JSON.stringify(args), response) }];
  });
  return { role, parts: words };
}

/** Two turns of one role in a row are one. */
function joined(turns: History): History {
  const together: Turn[] = [];
  for (const { role, parts } of turns) {
    const last = together.at(-1);
    if (last?.role === role) together[together.length - 1] = { role, parts: [...last.parts, ...parts] };
    else together.push({ role, parts });
  }
  return together;
}
