// Values that cannot be made into text (`String({"toString":1})` throws) at every place of a profile: refused by name.
import { expect, test } from 'vitest';
import { readProfile } from '../../../src/bridge/checked-profile.js';
import { NO_TOOL_DEPLOYMENT } from '../../../src/tools/deployment.js';

const ODD: readonly unknown[] = [
  { toString: 1, valueOf: 1 },
  [{ toString: null, valueOf: null }],
  { __proto__: null, toJSON: 1, toString: 'x' },
];
const RULES = { deployment: NO_TOOL_DEPLOYMENT, vertex: false };

/** Each place that is read as a name, a type or a number. */
const PLACES: Readonly<Record<string, (odd: unknown) => object>> = {
  profile: (odd) => ({ profile: odd }),
  model: (odd) => ({ model: odd }),
  voice: (odd) => ({ voice: odd }),
  control: (odd) => ({ control: odd }),
  'events.types': (odd) => ({ events: { types: odd } }),
  'live.tools': (odd) => ({ live: { tools: odd } }),
  'live.thinkingConfig': (odd) => ({ live: { thinkingConfig: { thinkingLevel: odd } } }),
  'history.role': (odd) => ({ history: [{ role: odd, parts: [{ text: 'x' }] }] }),
  'history.call': (odd) => ({
    history: [{ role: 'model', parts: [{ functionCall: { name: odd, args: odd } }] }],
  }),
  'tools.name': (odd) => ({ tools: [{ declaration: { name: odd } }] }),
  'tools.run': (odd) => ({ tools: [{ declaration: { name: 'f' }, run: odd }] }),
  'tools.type': (odd) => ({ tools: [{ declaration: { name: 'f', parameters: { type: odd } } }] }),
  'tools.types': (odd) => ({
    tools: [{ declaration: { name: 'f', parameters: { type: ['string', odd] } } }],
  }),
  'tools.format': (odd) => ({
    tools: [
      {
        declaration: {
          name: 'f',
          parameters: { type: 'object', properties: { a: { type: 'string', format: odd } } },
        },
      },
    ],
  }),
  'tools.required': (odd) => ({
    tools: [
      {
        declaration: {
          name: 'f',
          parameters: { type: 'object', properties: { a: { type: 'string' } }, required: [odd] },
        },
      },
    ],
  }),
  'tools.json': (odd) => ({
    tools: [
      {
        declaration: {
          name: 'f',
          parametersJsonSchema: { type: odd, properties: { a: { type: odd } }, required: [odd] },
        },
      },
    ],
  }),
  'mcp.tools': (odd) => ({ mcp: { orders: { tools: [odd] } } }),
  'see.source': (odd) => ({ see: { source: odd } }),
  'leave.deleteRoom': (odd) => ({ leave: { deleteRoom: odd } }),
};

test.each(Object.entries(PLACES))('%s', (place, profile) => {
  for (const odd of ODD) {
    const read = readProfile(JSON.stringify(profile(odd)), undefined, RULES);
    // A format that the service does not take is put into the description; JSON schemas are the service's to judge.
    if (place === 'tools.format' || place === 'tools.json') expect(read.ok).toBe(true);
    else expect(read).toMatchObject({ ok: false, problems: expect.arrayContaining([expect.anything()]) });
  }
});
