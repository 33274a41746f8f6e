// generationConfig: what the SDK takes directly, what goes into the first frame, and what only the SDK can convert.
import { Modality } from '@google/genai';
import { expect, test } from 'vitest';
import { splitGeneration } from '../../../src/gemini/generation-config.js';

const responseModalities = [Modality.AUDIO];

test('without one nothing changes', () => {
  const config = { responseModalities };
  expect(splitGeneration(config, false)).toEqual({ config, generation: undefined });
});

test('its fields that stand in the config itself go there, and do not replace what is there', () => {
  const generationConfig = { temperature: 0.9, topP: 0.5, stopSequences: ['end'] };
  expect(splitGeneration({ responseModalities, temperature: 0.2, generationConfig }, false)).toEqual({
    config: { responseModalities, temperature: 0.2, topP: 0.5 },
    generation: { stopSequences: ['end'] },
  });
});

test('what Vertex AI wants in another form is left to the SDK, there alone', () => {
  const generationConfig = { responseJsonSchema: { type: 'object' }, candidateCount: 1 };
  expect(splitGeneration({ generationConfig }, true)).toEqual({
    config: { generationConfig: { responseJsonSchema: { type: 'object' } } },
    generation: { candidateCount: 1 },
  });
  expect(splitGeneration({ generationConfig }, false)).toEqual({ config: {}, generation: generationConfig });
});
