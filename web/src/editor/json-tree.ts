// Where in a JSON document a position is: the path to it, and where a path's value stands in the text.
import { ensureSyntaxTree, syntaxTree } from '@codemirror/language';
import type { EditorState } from '@codemirror/state';
import type { Path } from './schema-path.js';

type Node = ReturnType<ReturnType<typeof syntaxTree>['resolveInner']>;

/** The editor parses in small bites, so that the tree may end before the position that is asked about. */
const PARSE_MS = 200;

function treeOf(state: EditorState): ReturnType<typeof syntaxTree> {
  return ensureSyntaxTree(state, state.doc.length, PARSE_MS) ?? syntaxTree(state);
}

export interface Place {
  readonly path: Path;
  /** Whether a key is being written, or a value. */
  readonly what: 'key' | 'value';
  /** What is replaced by a completion. */
  readonly from: number;
  readonly to: number;
  /** The keys that the object has already. */
  readonly keys: readonly string[];
}

export function placeAt(state: EditorState, position: number): Place | undefined {
  const node = treeOf(state).resolveInner(position, -1);
  const inToken = /^(PropertyName|String|Number|True|False|Null|⚠)$/.test(node.name) && node.to >= position;
  const [from, to] = inToken
    ? [node.from, node.name === '⚠' ? position : node.to]
    : wordAround(state, position);
  const holder = inToken ? node.parent : enclosing(node, position);
  if (!holder) return undefined;
  if (node.name === 'PropertyName' && node.parent?.parent) {
    const object = node.parent.parent;
    return { path: pathTo(state, object), what: 'key', from, to, keys: keysOf(state, object) };
  }
  if (holder.name === 'Object') {
    return { path: pathTo(state, holder), what: 'key', from, to, keys: keysOf(state, holder) };
  }
  if (holder.name === 'Property') {
    return { path: pathTo(state, holder), what: 'value', from, to, keys: [] };
  }
  if (holder.name === 'Array') {
    return { path: [...pathTo(state, holder), 0], what: 'value', from, to, keys: [] };
  }
  return undefined;
}

/** The text of the value (or, for a key that is wrong, of the key) that a problem's path names. */
export function rangeOf(state: EditorState, path: string): { from: number; to: number } {
  const steps = parsePath(path);
  let node: Node | null = treeOf(state).topNode.firstChild;
  let key: Node | null = null;
  for (const step of steps) {
    const next: Node | null =
      node && (typeof step === 'number' ? elementOf(node, step) : propertyOf(state, node, step));
    if (!next) break;
    key = next.name === 'Property' ? next.getChild('PropertyName') : null;
    node = next.name === 'Property' ? next.lastChild : next;
  }
  const shown = key ?? (steps.length === 0 ? null : node);
  return shown ? { from: shown.from, to: shown.to } : { from: 0, to: Math.min(1, state.doc.length) };
}

/** As in `tools[0].run.url`, with unusual keys quoted. */
export function parsePath(path: string): Path {
  const steps: (string | number)[] = [];
  for (const [, index, quoted, plain] of path.matchAll(/\[(\d+)\]|("(?:[^"\\]|\\.)*")|([^.[\]"]+)/g)) {
    if (index !== undefined) steps.push(Number(index));
    else if (quoted !== undefined) steps.push(JSON.parse(quoted) as string);
    else if (plain !== undefined) steps.push(plain);
  }
  return steps;
}

function enclosing(node: Node, position: number): Node | null {
  for (let current: Node | null = node; current; current = current.parent) {
    if (current.name === 'Property' && isAfterColon(current, position)) return current;
    if (current.name === 'Object' || current.name === 'Array') {
      if (position > current.from && (position < current.to || current.lastChild?.type.isError))
        return current;
    }
  }
  return null;
}

function isAfterColon(property: Node, position: number): boolean {
  const name = property.getChild('PropertyName');
  const value = property.lastChild;
  const open = !value || value === name || value.name === 'PropertyName' || value.type.isError;
  return name !== null && position > name.to && open;
}

function wordAround(state: EditorState, position: number): [number, number] {
  const line = state.doc.lineAt(position);
  const before = line.text.slice(0, position - line.from).match(/["\w$.-]*$/)?.[0].length ?? 0;
  return [position - before, position];
}

function pathTo(state: EditorState, node: Node): Path {
  const steps: (string | number)[] = [];
  for (let current: Node | null = node; current; current = current.parent) {
    if (current.name === 'Property') steps.unshift(nameOf(state, current));
    if (current.parent?.name === 'Array') steps.unshift(0);
  }
  return steps;
}

function keysOf(state: EditorState, object: Node): string[] {
  return object.getChildren('Property').map((property) => nameOf(state, property));
}

function nameOf(state: EditorState, property: Node): string {
  const name = property.getChild('PropertyName');
  if (!name) return '';
  const text = state.sliceDoc(name.from, name.to);
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.replaceAll('"', '');
  }
}

function propertyOf(state: EditorState, object: Node, key: string): Node | null {
  return object.getChildren('Property').find((property) => nameOf(state, property) === key) ?? null;
}

function elementOf(array: Node, index: number): Node | null {
  const values: Node[] = [];
  for (let child = array.firstChild; child; child = child.nextSibling) {
    if (!/^[[\],]$/.test(child.name)) values.push(child);
  }
  return values[index] ?? null;
}
