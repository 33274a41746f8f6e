// A module tool to begin with: `npm run tool -- --new NAME` copies it into agent/tools. docs/tools.md is the guide.
import { defineTool, ToolError, z } from '../../src/index.js';

export const tool = defineTool({
  // What the model calls it. Profiles name the file: { "by": "module", "name": "order-status" }.
  name: 'order_status',
  // For the model: what it does, when to use it, what to ask first.
  description: 'Tells where an order is. Ask for the six digits on the receipt first.',
  // Becomes the declaration, checks the arguments, and gives `run` their types.
  parameters: z.object({
    number: z
      .string()
      .regex(/^\d{6}$/, 'must be the six digits on the receipt')
      .describe('The six digits on the receipt'),
    language: z.enum(['en', 'de']).default('en').describe('The language of the answer'),
  }),
  run: ({ number, language }, { signal, log }) => {
    // Pass `signal` on to whatever waits: it is aborted when nobody wants the answer any more.
    signal.throwIfAborted();
    log.info({ language }, 'an order is looked up');
    if (number === '000000') throw new ToolError('no_such_order', `there is no order ${number}`);
    return { number, state: language === 'de' ? 'unterwegs' : 'on its way' };
  },
});
