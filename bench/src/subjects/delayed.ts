// Subject for checking the measurements themselves: the bare loop with everything held back.
import { runBare } from './bare-bridge.js';
import { DELAY_MS } from './delay.js';
import { serve } from './serve.js';

serve((settings) => runBare(settings, { delayMs: DELAY_MS }));
