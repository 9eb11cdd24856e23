import { z } from 'zod';
import { kindOf, type ParameterKind } from './parameter-kind.js';

/**
 * The parameters that a request may have: one schema that validates, types and documents them. Its keys are the names,
 * exactly as clients write them (`StatusCallback`, `StartTime<`). It is given texts without blanks around them, lists of
 * texts for repeatable names, and for a map (`Metadata`) an object of texts; nothing for what is absent or empty, but for
 * what an empty value clears.
 */
export interface ParameterSet<T> {
  schema: z.ZodType<T>;
  /** Every name, in the order in which faults are complained of. */
  names: readonly string[];
  /** Those of the names that may be given several times. */
  repeatable: ReadonlySet<string>;
  /** Those given as `Name.key=value` or `Name[key]=value` for any number of keys. */
  maps: ReadonlySet<string>;
  /** Those with a number or a name, in which a `+` may have arrived as a blank. */
  addresses: ReadonlySet<string>;
  /** Those in whose text lines may end and tabs may stand. */
  multiline: ReadonlySet<string>;
  /** Those that an empty value takes away: they are given it, and a list an empty one. */
  clearable: ReadonlySet<string>;
}

/**
 * A set of parameters, from a schema for each name, in the order of complaints. Which are repeatable, maps, addresses or
 * have lines follows from the schemas that `list()`, `map()`, `address()`, `multiline()` and `clearable()` make. What may be absent is `.optional()` or has a
 * `.default()`. Messages are complaints that follow the parameter's name: `must be GET or POST`.
 */
export function parameterSet<Shape extends z.ZodRawShape>(
  shape: Shape,
): ParameterSet<z.output<z.ZodObject<Shape>>> {
  const names = Object.keys(shape);
  const ofKind = (...kinds: ParameterKind[]) =>
    new Set(names.filter((name) => kinds.some((kind) => kind === kindOf(shape[name] as z.ZodType))));
  return {
    schema: z.object(shape) as unknown as z.ZodType<z.output<z.ZodObject<Shape>>>,
    names,
    repeatable: ofKind('list', 'clearable-list'),
    maps: ofKind('map'),
    addresses: ofKind('address'),
    multiline: ofKind('multiline'),
    clearable: ofKind('clearable', 'clearable-list'),
  };
}
