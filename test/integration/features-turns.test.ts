// Who speaks and who is interrupted, in real rooms, exactly as docs/protocol.md has it.
import { testFeatures } from '../support/feature-suite.js';
import { INTERRUPTIONS } from '../support/features/interruptions.js';
import { LISTENING } from '../support/features/listening.js';

testFeatures([INTERRUPTIONS, LISTENING], { speech: 'tones', pace: 'prompt' });
