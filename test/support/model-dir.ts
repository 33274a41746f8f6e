// Where set-up puts the recognition model of the local Live API.
import { fileURLToPath } from 'node:url';

export const MODEL_DIR = fileURLToPath(new URL('../../.cache/models/moonshine-tiny-en', import.meta.url));
