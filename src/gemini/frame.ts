// Reads a frame of the service, unless it has more values than its parsing may cost.

/** Five times those of ten thousand calls. Millions, which a frame has room for, would block the event loop for a second. */
const MAX_VALUES = 250_000;

/** @throws where the text is no JSON object */
export function readFrame(text: string): object {
  if (hasTooManyValues(text)) throw new RangeError(`more than ${MAX_VALUES} values`);
  const message: unknown = JSON.parse(text);
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw new SyntaxError('not a JSON object');
  }
  return message;
}

/** Each value but the first of a list or an object follows a comma. Searched natively: most of a long text is one value. */
function hasTooManyValues(text: string): boolean {
  if (text.length <= MAX_VALUES) return false;
  let values = 0;
  for (const sign of ',[{')
    for (let at = text.indexOf(sign); at >= 0 && values <= MAX_VALUES; at = text.indexOf(sign, at + 1))
      values += 1;
  return values > MAX_VALUES;
}
