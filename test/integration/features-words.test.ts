// What is said and written, and what a model knows, in real rooms, exactly as docs/protocol.md has it.
import { testFeatures } from '../support/feature-suite.js';
import { GENERATION } from '../support/features/generation.js';
import { MEMORY } from '../support/features/memory.js';
import { VOICE } from '../support/features/speech.js';
import { TEXT } from '../support/features/text.js';

testFeatures([MEMORY, TEXT, VOICE, GENERATION], { speech: 'tones', pace: 'prompt' });
