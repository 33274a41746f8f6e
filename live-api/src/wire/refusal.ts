// Close codes and reasons of the real service.

/** A WebSocket close frame has room for this many bytes of reason; the service cuts its words there. */
export const MAX_REASON_BYTES = 123;

/** Thrown where a client's message is refused; the connection is closed with its code and words. */
export class Refusal extends Error {
  readonly code: number;

  constructor(code: number, reason: string) {
    super(reason);
    this.name = 'Refusal';
    this.code = code;
  }
}

/** The words as they fit into a close frame; never cuts through a character. */
export function closeReason(words: string): string {
  const bytes = Buffer.from(words);
  if (bytes.length <= MAX_REASON_BYTES) return words;
  let end = MAX_REASON_BYTES;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}

/** A close reason has no room for more of a wrong value than this. */
const MAX_SHOWN = 200;

const shown = (value: unknown) =>
  typeof value === 'object' ? '{…}' : (JSON.stringify(value)?.slice(0, MAX_SHOWN) ?? String(value));

export const refusals = {
  invalidArgument: () => new Refusal(1007, 'Request contains an invalid argument.'),
  keyNotValid: () => new Refusal(1007, 'API key not valid. Please pass a valid API key.'),
  keyExpired: () => new Refusal(1007, 'API key expired. Please renew the API key.'),
  noKey: () =>
    new Refusal(
      1008,
      "Method doesn't allow unregistered callers (callers without established identity). Please use API Key or other form of API consumer identity to call this API.",
    ),
  unknownName: (name: string, path: string) =>
    new Refusal(
      1007,
      `Invalid JSON payload received. Unknown name ${JSON.stringify(name)}${path ? ` at '${path}'` : ''}: Cannot find field.`,
    ),
  invalidValue: (path: string, type: string, value: unknown) =>
    new Refusal(1007, `Invalid value at '${path}' (${type}), ${shown(value)}`),
  base64: (path: string, data: string) =>
    new Refusal(
      1007,
      `Invalid value at '${path}' (TYPE_BYTES), Base64 decoding failed for ${JSON.stringify(data)}`,
    ),
  notJson: (text: string) =>
    new Refusal(1007, `Invalid JSON payload received. Unexpected token.\n${text}\n^`),
  oneof: (path: string) =>
    new Refusal(1007, `Invalid value at '${path}' (oneof), oneof field 'message_type' is already set.`),
  setupFirst: () => new Refusal(1007, 'setup must be the first message and only the first'),
  modality: (names: readonly string[]) =>
    new Refusal(
      1007,
      `The requested combination of response modalities (${names.join(', ')}) is not supported by the model.`,
    ),
  mediaChunks: () =>
    new Refusal(1007, 'realtime_input.media_chunks is deprecated. Use audio, video, or text instead.'),
  explicitActivity: () =>
    new Refusal(
      1007,
      'Explicit activity control is not supported when automatic activity detection is enabled.',
    ),
  thinkingLevel: (level = '') =>
    new Refusal(1007, `Thinking level ${level && `${level} `}is not supported for this model.`),
  scheduling: () => new Refusal(1007, 'Function response scheduling is not supported for this model.'),
  modelNotFound: (model: string, version: string) =>
    new Refusal(
      1008,
      `${model} is not found for API version ${version}, or is not supported for bidiGenerateContent. Call ListModels to see the list of available models and their supported methods.`,
    ),
  sessionNotFound: () => new Refusal(1008, 'BidiGenerateContent session not found'),
  sessionExpired: () => new Refusal(1008, 'BidiGenerateContent session expired'),
  internal: () => new Refusal(1011, 'Internal error encountered.'),
  deadline: () => new Refusal(1011, 'Deadline expired before operation could complete.'),
} as const;
