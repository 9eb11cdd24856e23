import type { z } from 'zod';

/** How a parameter is collected from the request before its schema sees it; plain text when it has no kind. */
export type ParameterKind = 'list' | 'map' | 'address' | 'multiline' | 'clearable' | 'clearable-list';

const kinds = new WeakMap<object, ParameterKind>();

/** Notes how a parameter with this schema is collected. */
export function withKind<T extends z.ZodType>(kind: ParameterKind, schema: T): T {
  kinds.set(schema, kind);
  return schema;
}

/** The kind of a schema, also inside `.optional()`, `.default()`, `.transform()` and their like. */
export function kindOf(schema: z.ZodType): ParameterKind | null {
  const kind = kinds.get(schema);
  if (kind) return kind;
  const { innerType, in: input } = schema._zod.def as { innerType?: z.ZodType; in?: z.ZodType };
  const inner = innerType ?? input;
  return inner ? kindOf(inner) : null;
}
