import type { z } from 'zod';

/**
 * The parameters that a request may have: one schema that validates, types and documents them. Its keys are the names,
 * exactly as clients write them (`StatusCallback`, `StartTime<`). It is given texts, lists of texts for repeatable names,
 * and for a map (`Metadata`) an object of texts.
 */
export interface ParameterSet<T> {
  schema: z.ZodType<T>;
  /** Every name, in the order in which faults are complained of. */
  names: readonly string[];
  /** Those of the names that may be given several times. */
  repeatable: readonly string[];
  /** Those given as `Name.key=value` or `Name[key]=value` for any number of keys. */
  maps: readonly string[];
}
