// Texts as the service takes them: it closes a session over half a surrogate pair, wherever that stands.

/** The same value where all of its texts are well formed already; otherwise a copy. Of plain JSON. */
export function wellFormed<T>(value: T): T {
  return (typeof value === 'string' ? value.toWellFormed() : inside(value)) as T;
}

function inside(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const entries: unknown[] = value.map(wellFormed);
    return entries.some((entry, index) => entry !== value[index]) ? entries : value;
  }
  // Instances, as those of the SDK's or of buffers, hold no words of people.
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  const before = Object.entries(value);
  const after = before.map(([key, entry]) => [key.toWellFormed(), wellFormed(entry)] as const);
  const isSame = after.every(
    ([key, entry], index) => key === before[index]?.[0] && entry === before[index]?.[1],
  );
  return isSame ? value : Object.fromEntries(after);
}
