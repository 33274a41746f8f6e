// Merges a profile's layers, later over earlier, like JSON Merge Patch (RFC 7396).

const MAX_DEPTH = 64;

type JsonRecord = Readonly<Record<string, unknown>>;

/**
 * Objects merge field by field; lists and single values replace; `null` removes the value of an earlier layer.
 * The layers are not changed.
 */
export function mergeLayers(layers: readonly JsonRecord[]): JsonRecord {
  return layers.reduce<JsonRecord>((merged, layer) => mergeObjects(merged, layer), {});
}

function mergeObjects(base: JsonRecord, patch: JsonRecord): JsonRecord {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      merged.delete(key);
    } else if (isRecord(value)) {
      const below = merged.get(key);
      merged.set(key, mergeObjects(isRecord(below) ? below : {}, value));
    } else {
      merged.set(key, value);
    }
  }
  // fromEntries defines fields instead of assigning them, so that `__proto__` stays an ordinary (unknown) field.
  return Object.fromEntries(merged);
}

/** Whether a value nests so deep that recursion over it could overflow the stack. */
export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= MAX_DEPTH; depth += 1) {
    level = level.flatMap((entry) =>
      typeof entry === 'object' && entry !== null ? Object.values(entry) : [],
    );
    if (level.length === 0) return false;
  }
  return true;
}

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
