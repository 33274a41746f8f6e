// The trace to which a call belongs, and what its tool calls hand on.
import { expect, test } from 'vitest';
import {
  parseTraceparent,
  type RecordedTrace,
  spanId,
  TraceContext,
  toolSpanName,
} from '../../../src/turns/trace-context.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';
const INCOMING = `00-${TRACE}-${PARENT}-01`;

function contextOf(options: Partial<ConstructorParameters<typeof TraceContext>[0]> = {}): {
  readonly context: TraceContext;
  readonly traces: RecordedTrace[];
} {
  const traces: RecordedTrace[] = [];
  const onTrace = (trace: RecordedTrace): void => void traces.push(trace);
  return { context: new TraceContext({ incoming: [], exported: true, onTrace, ...options }), traces };
}

test.each([
  ['of a sampled trace', INCOMING, { traceId: TRACE, parentId: PARENT, flags: '01' }],
  [
    'of one that is not recorded',
    `00-${TRACE}-${PARENT}-00`,
    { traceId: TRACE, parentId: PARENT, flags: '00' },
  ],
  ['of a later version', `01-${TRACE}-${PARENT}-03-more`, { traceId: TRACE, parentId: PARENT, flags: '01' }],
  ['without a trace', `00-${'0'.repeat(32)}-${PARENT}-01`, undefined],
  ['without a span', `00-${TRACE}-${'0'.repeat(16)}-01`, undefined],
  ['of the forbidden version', `ff-${TRACE}-${PARENT}-01`, undefined],
  ['in upper case', INCOMING.toUpperCase(), undefined],
  ['that is cut off', INCOMING.slice(0, 40), undefined],
  ['that is no text', 7, undefined],
])('a traceparent %s', (_name, text, expected) => {
  expect(parseTraceparent(text)).toEqual(expected);
});

test('the trace of the dispatch is continued, whatever a person brings', () => {
  const { context, traces } = contextOf({ incoming: ['nonsense', INCOMING] });
  context.person({ traceparent: `00-${'1'.repeat(32)}-${PARENT}-01` });
  expect(traces).toEqual([{ traceId: TRACE, parentId: PARENT, flags: '01' }]);
  const id = spanId(traces[0] as RecordedTrace, toolSpanName('call-1'));
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(context.ofTool('call-1')).toBe(`00-${TRACE}-${id}-01`);
  expect(context.ofTool('call-2')).not.toBe(context.ofTool('call-1'));
});

test('without one the first person decides: by an attribute, or the call gets a trace of its own', () => {
  const brought = contextOf();
  brought.context.person({ traceparent: INCOMING });
  expect(brought.traces).toMatchObject([{ traceId: TRACE }]);
  const own = contextOf();
  own.context.person({});
  own.context.person({ traceparent: INCOMING });
  expect(own.traces).toEqual([{ traceId: expect.stringMatching(/^[0-9a-f]{32}$/), flags: '01' }]);
});

test('where nothing is exported, an incoming context is handed on as it is, and none is made up', () => {
  const { context } = contextOf({ exported: false, incoming: [INCOMING] });
  expect(context.ofTool('call-1')).toBe(INCOMING);
  const none = contextOf({ exported: false });
  none.context.person({});
  expect(none.context.ofTool('call-1')).toBeUndefined();
  expect(none.traces).toEqual([]);
});

test('another process goes on with the same trace, and reports it to its worker', () => {
  const restored: RecordedTrace = { traceId: TRACE, flags: '01' };
  const { context, traces } = contextOf({ restored, incoming: [`00-${'1'.repeat(32)}-${PARENT}-01`] });
  expect(traces).toEqual([restored]);
  expect(context.ofTool('call-1')).toContain(TRACE);
});
