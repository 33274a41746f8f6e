// Speech that is recognised, in real rooms, exactly as docs/protocol.md has it.
import { testFeatures } from '../support/feature-suite.js';
import { HEARING } from '../support/features/speech.js';
import { MODEL_DIR } from '../support/model-dir.js';

testFeatures([HEARING], { modelDir: MODEL_DIR, atOnce: 3 });
