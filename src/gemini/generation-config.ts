// Sends `generationConfig` past the SDK, which prints a warning for it at each connection.
import type { LiveConnectConfig } from '@google/genai';
import { GENERATION_FIELDS } from '../profile/live-schema.js';

type Fields = Readonly<Record<string, unknown>>;

export interface SplitConfig {
  readonly config: LiveConnectConfig;
  /** Fields that are merged into `setup.generationConfig` of the first frame. */
  readonly generation: Fields | undefined;
}

/** Fields that the SDK converts for Vertex AI: they go through the SDK in spite of its warning. */
const CONVERTED_FOR_VERTEX = ['modelSelectionConfig', 'responseFormat', 'responseJsonSchema'];

/** A field of the config itself takes precedence over the same field of its generationConfig. */
export function splitGeneration(config: LiveConnectConfig, vertex: boolean): SplitConfig {
  const { generationConfig, ...rest } = config;
  if (generationConfig === undefined) return { config, generation: undefined };
  const fields = Object.entries(generationConfig);
  const named = (names: readonly string[]) => fields.filter(([name]) => names.includes(name));
  const converted = vertex ? named(CONVERTED_FOR_VERTEX) : [];
  const direct = named(GENERATION_FIELDS);
  const others = fields.filter((field) => !converted.includes(field) && !direct.includes(field));
  return {
    config: {
      ...Object.fromEntries(direct),
      ...rest,
      ...(converted.length > 0 ? { generationConfig: Object.fromEntries(converted) } : {}),
    },
    generation: others.length > 0 ? Object.fromEntries(others) : undefined,
  };
}
