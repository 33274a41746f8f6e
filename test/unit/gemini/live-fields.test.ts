// Every field of `live`, one at a time: it reaches the wire through the real SDK, or the profile is refused by its name.
import { describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { buildConnect } from '../../../src/gemini/setup.js';
import { liveSchema } from '../../../src/profile/live-schema.js';
import { capabilitiesFor, checkProfile } from '../../../src/profile/model-capabilities.js';
import { parseProfile } from '../../../src/profile/profile.js';
import { captureSetup } from './capture-setup.js';

type Node = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly not?: object;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
};
type Field = readonly [path: string, live: Readonly<Record<string, unknown>>];

const REASONS =
  /is (only|not) supported by (Vertex AI|the Live API)|makes the SDK throw|cannot be written as JSON|1007/;

/** Takes everything that any model does, so that nothing but the wire itself stands in the way of a field. */
const MODEL = 'any-model';
/** Values that have to be of a form that the schema does not tell. */
const FORMS: Readonly<Record<string, unknown>> = {
  category: 'HARM_CATEGORY_HARASSMENT',
  systemInstruction: { parts: [{ text: 'Be brief.' }] },
  languageCode: 'de-DE',
  targetLanguageCode: 'pl',
  voiceName: 'Kore',
  triggerTokens: 25_600,
  targetTokens: 12_800,
  handle: 'handle-1',
  responseModalities: ['AUDIO'],
  parameters: { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
};

function sample(name: string, node: Node): unknown {
  if (name in FORMS) return FORMS[name];
  if (node.const !== undefined) return node.const;
  if (node.enum) return node.enum[0];
  if (node.anyOf) return sample(name, node.anyOf[0] ?? {});
  switch (node.type) {
    case 'boolean':
      return true;
    case 'integer':
    case 'number':
      return Math.max(node.minimum ?? 0, (node.exclusiveMinimum ?? -1) + 1, 1);
    case 'array':
      return [sample(name, node.items ?? {})];
    case 'object':
      return Object.fromEntries(
        (node.required ?? []).map((inner) => [inner, sample(inner, node.properties?.[inner] ?? {})]),
      );
    default:
      return 'text';
  }
}

/** Each leaf alone, with what stands around it. */
function fieldsOf(name: string, node: Node, put: (value: unknown) => Field[1], path: string): Field[] {
  const objects = [node, ...(node.anyOf ?? [])].find(({ properties }) => properties);
  if (node.type === 'array' && node.items?.properties) {
    return fieldsOf(name, node.items, (value) => put([value]), `${path}[0]`);
  }
  if (!objects?.properties || name in FORMS) return [[path, put(sample(name, node))]];
  return Object.entries(objects.properties).flatMap(([inner, child]) => {
    const around = sample(name, objects) as object;
    return fieldsOf(inner, child, (value) => put({ ...around, [inner]: value }), `${path}.${inner}`);
  });
}

const root = z.toJSONSchema(liveSchema, { io: 'input', unrepresentable: 'any' }) as Node;
const fields = Object.entries(root.properties ?? {}).flatMap(([name, node]) =>
  fieldsOf(name, node, (value) => ({ [name]: value }), `live.${name}`),
);

/** Every value with the name of the field that holds it. */
function leaves(value: unknown, name: string): string[] {
  if (Array.isArray(value)) return value.flatMap((inner) => leaves(inner, name));
  if (typeof value !== 'object' || value === null) return [`${name} ${String(value)}`];
  const entries = Object.entries(value);
  if (entries.length === 0) return [`${name} {}`];
  return entries.flatMap(([inner, held]) => leaves(held, inner));
}

/** The one field that the SDK calls otherwise there. */
function asVertexSays(leaf: string): string {
  return leaf.replace(/^modelSelectionConfig /, 'modelConfig ');
}

describe.each([
  ['the Gemini API', false],
  ['Vertex AI', true],
])('%s', (_, vertex) => {
  test.each(fields)('%s', async (path, live) => {
    const parsed = parseProfile({ metadata: { model: MODEL, live } });
    const check = parsed.ok && checkProfile(parsed.profile, capabilitiesFor(parsed.profile), { vertex });
    const problems = parsed.ok ? (check ? check.problems : []) : parsed.problems;
    if (!parsed.ok || problems.length > 0) {
      const [problem] = problems;
      // What also stands directly under `live` is named as it is there.
      const names = [path, path.replace('.generationConfig', '')];
      expect(names.some((name) => name.startsWith(problem?.path ?? '?'))).toBe(true);
      expect(problem?.message).toMatch(REASONS);
      return;
    }
    const { profile } = parsed;
    // Its session is the first that a call takes up.
    const handle = profile.live.sessionResumption?.handle;
    const options = { vertex, ...(handle === undefined ? {} : { handle }) };
    const connect = buildConnect(profile, capabilitiesFor(profile), options);
    using warnings = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { setup } = await captureSetup(connect, vertex);
    // Three fields need the SDK's own conversion for Vertex AI, and it warns of that way (generation-config.ts).
    const deprecated = [expect.stringContaining('generation_config` is deprecated')];
    for (const warning of warnings.mock.calls)
      expect({ vertex, warning }).toEqual({ vertex: true, warning: deprecated });
    const arrived = leaves(setup, 'setup');
    for (const leaf of leaves(live, 'live')) expect(arrived).toContain(vertex ? asVertexSays(leaf) : leaf);
  });
});

test('there is none that the walk through the schema has missed', () => {
  expect(fields.length).toBeGreaterThan(100);
  for (const name of Object.keys(liveSchema.shape))
    expect(
      fields.some(
        ([path]) =>
          path === `live.${name}` || path.startsWith(`live.${name}.`) || path.startsWith(`live.${name}[`),
      ),
    ).toBe(true);
});
