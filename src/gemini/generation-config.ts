// `generationConfig` on its way around the SDK, which warns of it on the console at each connection.
import type { LiveConnectConfig } from '@google/genai';
import { GENERATION_FIELDS } from '../profile/live-schema.js';

type Fields = Readonly<Record<string, unknown>>;

export interface SplitConfig {
  readonly config: LiveConnectConfig;
  /** What only `setup.generationConfig` of the first frame can carry. */
  readonly generation: Fields | undefined;
}

/** What Vertex AI takes in another form, which the SDK knows: these go its way, and it warns. */
const CONVERTED_FOR_VERTEX = ['modelSelectionConfig', 'responseFormat', 'responseJsonSchema'];

/** A field of the config itself counts more than the same one of its generationConfig. */
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
