// Subject: a bare rtc-node loop that does nothing but bridge.
import { runBare } from './bare-bridge.js';
import { serve } from './serve.js';

serve((settings) => runBare(settings));
