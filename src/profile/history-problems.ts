// Checks the order of function calls and responses in `history`: the service closes the session over a wrong one.
import type { Problem } from './problems.js';
import type { ProfileFields } from './schema.js';

type Turn = ProfileFields['history'][number];

const NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/;

export function historyProblems(history: readonly Turn[]): Problem[] {
  return history.flatMap((turn, index) => [
    ...partProblems(turn, index),
    ...answerProblems(turn, history[index + 1], index),
    ...callProblems(turn, history[index - 1], index),
    ...idProblems(turn, history[index - 1], index),
  ]);
}

function partProblems({ role, parts }: Turn, turn: number): Problem[] {
  return parts.flatMap(({ functionCall, functionResponse }, part) => {
    const path = `history[${turn}].parts[${part}]`;
    const found: Problem[] = [];
    for (const [field, value] of Object.entries({ functionCall, functionResponse })) {
      if (value !== undefined && !NAME.test(value.name))
        found.push({ path: `${path}.${field}.name`, message: 'must be the name of a function' });
    }
    if (functionCall && role !== 'model')
      found.push({ path: `${path}.functionCall`, message: 'must stand in a turn of the model' });
    if (functionResponse && role !== 'user')
      found.push({ path: `${path}.functionResponse`, message: 'must stand in a turn of the user' });
    return found;
  });
}

/** Each call needs a response with its name in the next turn. */
function answerProblems(turn: Turn, next: Turn | undefined, index: number): Problem[] {
  const answers = next ? namesOf(next, 'functionResponse') : [];
  const missing = without(namesOf(turn, 'functionCall'), answers);
  if (turn.role !== 'model' || missing.length === 0) return [];
  const message = `calls ${missing.join(', ')} without a functionResponse in the next turn`;
  return [{ path: `history[${index}]`, message }];
}

function callProblems(turn: Turn, before: Turn | undefined, index: number): Problem[] {
  const calls = before ? namesOf(before, 'functionCall') : [];
  const extra = without(namesOf(turn, 'functionResponse'), calls);
  if (turn.role !== 'user' || extra.length === 0) return [];
  const message = `answers ${extra.join(', ')}, which the turn before does not call`;
  return [{ path: `history[${index}]`, message }];
}

/** Ids may be left out; those that are given name each call once, and the answer that belongs to it. */
function idProblems({ parts }: Turn, before: Turn | undefined, index: number): Problem[] {
  const calls = before?.parts.flatMap(({ functionCall }) => functionCall ?? []) ?? [];
  const seen = new Set<string>();
  return parts.flatMap(({ functionCall, functionResponse }, part) => {
    const path = `history[${index}].parts[${part}]`;
    const found: Problem[] = [];
    for (const [field, value] of Object.entries({ functionCall, functionResponse })) {
      const id = value?.id;
      if (id === undefined) continue;
      if (seen.has(`${field} ${id}`))
        found.push({ path: `${path}.${field}.id`, message: 'stands in this turn twice' });
      seen.add(`${field} ${id}`);
    }
    const { id, name } = functionResponse ?? {};
    const ofName = calls.filter((call) => call.name === name);
    const mayBe = ofName.some((call) => call.id === id || call.id === undefined);
    if (id !== undefined && ofName.length > 0 && !mayBe)
      found.push({
        path: `${path}.functionResponse.id`,
        message: `is the id of no call of ${name} in the turn before; there are: ${ofName.map((call) => call.id).join(', ')}`,
      });
    return found;
  });
}

function namesOf({ parts }: Turn, field: 'functionCall' | 'functionResponse'): string[] {
  return parts.flatMap((part) => part[field]?.name ?? []);
}

function without(names: readonly string[], taken: readonly string[]): string[] {
  const left = [...taken];
  return names.filter((name) => {
    const at = left.indexOf(name);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
