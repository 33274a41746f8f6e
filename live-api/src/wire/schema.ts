// A small language for message types, enough of proto JSON to check what clients send.

export type FieldType =
  | {
      readonly kind:
        | 'string'
        | 'bool'
        | 'int'
        | 'int64'
        | 'number'
        | 'bytes'
        | 'any'
        | 'struct'
        | 'duration'
        | 'timestamp';
    }
  | { readonly kind: 'enum'; readonly type: string; readonly values: readonly string[] }
  | { readonly kind: 'list'; readonly of: FieldType }
  | { readonly kind: 'map'; readonly of: FieldType }
  /** A function, so that types can contain themselves. */
  | { readonly kind: 'message'; readonly fields: () => Fields };

/** Fields by their camelCase names. */
export type Fields = Readonly<Record<string, FieldType>>;

export const string = { kind: 'string' } as const;
export const bool = { kind: 'bool' } as const;
export const int = { kind: 'int' } as const;
export const int64 = { kind: 'int64' } as const;
export const number = { kind: 'number' } as const;
export const bytes = { kind: 'bytes' } as const;
export const any = { kind: 'any' } as const;
export const struct = { kind: 'struct' } as const;
export const duration = { kind: 'duration' } as const;
export const timestamp = { kind: 'timestamp' } as const;

/** `type` is the name that Google's error messages give, after `type.googleapis.com/google.ai.generativelanguage.VERSION.`. */
export const oneOf = (type: string, ...values: string[]): FieldType => ({ kind: 'enum', type, values });
export const list = (of: FieldType): FieldType => ({ kind: 'list', of });
export const map = (of: FieldType): FieldType => ({ kind: 'map', of });
export const message = (fields: Fields | (() => Fields)): FieldType => ({
  kind: 'message',
  fields: typeof fields === 'function' ? fields : () => fields,
});
export const empty = message({});
