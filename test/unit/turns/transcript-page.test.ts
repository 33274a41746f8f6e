// Pages of get_transcript: each fits an RPC answer, together they are the whole, whatever the turns hold.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallRecord } from '../../../src/turns/call-record.js';
import { transcriptPage } from '../../../src/turns/transcript-page.js';

/** What LiveKit takes as an RPC answer. */
const MAX_BYTES = 15 * 1024;

function transcriptOf(texts: readonly string[]) {
  const record = new CallRecord();
  for (const [index, text] of texts.entries()) {
    record.add({ type: 'event', at: index, event: { type: 'turn', turn: index + 1, phase: 'started' } });
    record.add({ type: 'agent', at: index, turn: index + 1, text });
  }
  return record.transcript;
}

test('pages follow each other without a gap, and each fits', () => {
  const text = fc.oneof(
    fc.string(),
    fc.integer({ min: 0, max: 20_000 }).map((length) => 'ж'.repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(text, { maxLength: 40 }), (texts) => {
      const transcript = transcriptOf(texts);
      const ids: (number | null)[] = [];
      let from: number | null = 0;
      while (from !== null) {
        const page = transcriptPage(transcript, { from });
        expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThanOrEqual(MAX_BYTES);
        expect(page.total).toBe(texts.length);
        ids.push(...page.turns.map(({ id }) => id));
        if (page.next !== null) expect(page.next).toBeGreaterThan(from);
        from = page.next;
      }
      expect(ids).toEqual(texts.map((_, index) => index + 1));
    }),
    { numRuns: 60 },
  );
});

test('behind the end there is nothing', () => {
  expect(transcriptPage(transcriptOf(['a']), { from: 5 })).toEqual({ turns: [], total: 1, next: null });
});
