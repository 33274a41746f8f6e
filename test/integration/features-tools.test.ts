// Functions and what Google runs itself, in real rooms, exactly as docs/protocol.md has it.
import { testFeatures } from '../support/feature-suite.js';
import { FUNCTION_ANSWERS, FUNCTIONS } from '../support/features/functions.js';
import { SERVICE_TOOLS } from '../support/features/service-tools.js';

testFeatures([FUNCTIONS, FUNCTION_ANSWERS, SERVICE_TOOLS], { speech: 'tones', pace: 'prompt' });
