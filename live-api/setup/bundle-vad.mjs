// Puts the voice activity model into the package before it is packed: an installed package is spared the framework
// that the model comes with in a clone (some 200 packages for one file).
import { fileURLToPath } from 'node:url';
import { copyVadModel } from './copy-vad-model.mjs';

copyVadModel(fileURLToPath(new URL('../models', import.meta.url)));
