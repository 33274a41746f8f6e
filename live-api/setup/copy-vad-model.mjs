// Copies the voice activity model, with its licence, out of the package that brings it.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const LICENSE = `silero_vad.onnx is the voice activity model of Silero VAD (https://github.com/snakers4/silero-vad).

MIT License

Copyright (c) 2020-present Silero Team

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/** Copies the model into this folder, unless it is there. @param {string} folder */
export function copyVadModel(folder) {
  if (existsSync(join(folder, 'LICENSE'))) return;
  const plugin = createRequire(import.meta.url).resolve('@livekit/agents-plugin-silero');
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(dirname(plugin), 'silero_vad.onnx'), join(folder, 'silero_vad.onnx'));
  writeFileSync(join(folder, 'LICENSE'), LICENSE);
}
