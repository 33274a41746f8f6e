// Completion from the profile's JSON Schema: keys with what they mean, and the values that are named.
import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  pickedCompletion,
} from '@codemirror/autocomplete';
import { placeAt } from './json-tree.js';
import { keysAt, type Schema, valuesAt } from './schema-path.js';

export function completeFrom(schema: Schema): (context: CompletionContext) => CompletionResult | null {
  return ({ state, pos, explicit }) => {
    const place = placeAt(state, pos);
    if (!place) return null;
    const { path, what, from, to, keys } = place;
    if (!explicit && from === pos) return null;
    const options =
      what === 'key'
        ? keyOptions(schema, path, keys, state.sliceDoc(to, to + 4))
        : valueOptions(schema, path);
    return options.length === 0 ? null : { from, to, options, filter: true };
  };
}

function keyOptions(
  schema: Schema,
  path: Parameters<typeof keysAt>[1],
  present: readonly string[],
  after: string,
): Completion[] {
  return keysAt(schema, path)
    .filter(({ key }) => key !== '$schema' && !present.includes(key))
    .map(({ key, description, value }) => ({
      label: `"${key}"`,
      type: 'property',
      info: description,
      // A key that has its value already keeps it.
      apply: /^\s*:/.test(after) ? `"${key}"` : insert(`"${key}": ${value}`, value === '' ? 0 : 1),
    }));
}

/** Leaves the cursor within the brackets or quotes of the fresh value. */
function insert(text: string, before: number): NonNullable<Completion['apply']> {
  return (view, completion, from, to) => {
    view.dispatch({
      changes: { from, to, insert: text },
      selection: { anchor: from + text.length - before },
      annotations: pickedCompletion.of(completion),
      userEvent: 'input.complete',
    });
  };
}

function valueOptions(schema: Schema, path: Parameters<typeof valuesAt>[1]): Completion[] {
  return valuesAt(schema, path).map((label) => ({ label, type: 'enum' }));
}
