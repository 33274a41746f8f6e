// Any value of JSON as text. String() throws on {"toString":1}, which anybody can write into a profile.

/** A text as it is; any other value as JSON. */
export function jsonText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}
