// Schema of `live.tools`: function declarations and built-in tools of the service.
import { z } from 'zod';
import { anyObject, optional, strict } from './fields.js';

/** Limit of a function's name: LiveKit allows 64 bytes for RPC methods, Google 128 characters. */
export const MAX_RPC_METHOD = 64;

export const behavior = z.enum(['BLOCKING', 'NON_BLOCKING']);

export const functionDeclaration = strict({
  name: z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_.:-]{0,127}$/,
      'must start with a letter or _ and have at most 128 letters, digits, _ . : or -',
    ),
  description: optional(z.string()),
  /** Google's schema, or JSON Schema where it holds `$schema`. */
  parameters: optional(anyObject),
  parametersJsonSchema: optional(anyObject),
  response: optional(anyObject),
  responseJsonSchema: optional(anyObject),
  behavior: optional(behavior),
});

/** An entry of `live.tools`. The content of built-in tools is passed on unchecked. */
export const liveTool = strict({
  functionDeclarations: optional(z.array(functionDeclaration)),
  googleSearch: optional(anyObject),
  googleSearchRetrieval: optional(anyObject),
  codeExecution: optional(anyObject),
  urlContext: optional(anyObject),
  googleMaps: optional(anyObject),
  fileSearch: optional(anyObject),
  computerUse: optional(anyObject),
  mcpServers: optional(z.array(anyObject)),
  retrieval: optional(anyObject),
  enterpriseWebSearch: optional(anyObject),
  exaAiSearch: optional(anyObject),
  parallelAiSearch: optional(anyObject),
});

export type FunctionDeclarationField = z.infer<typeof functionDeclaration>;
export type LiveToolField = z.infer<typeof liveTool>;
