import { isSid, type SidPrefix } from '@trunkline/contracts';
import { NotFoundError } from '../errors.js';

/** One kind of thing that a path names by its Sid. */
export interface PathThing {
  prefix: SidPrefix;
  /** The name in the path: `TrunkSid`. */
  parameter: string;
  /** In a sentence: `trunk`. */
  noun: string;
}

/** The Sid in the path, in lower case. @throws NotFoundError when it is none of that kind */
export function readPathSid(
  { prefix, parameter, noun }: PathThing,
  path: Readonly<Record<string, string>>,
): string {
  const given = path[parameter] ?? '';
  if (isSid(prefix, given)) return prefix + given.slice(2).toLowerCase();
  throw new NotFoundError(`There is no ${noun} ${given.slice(0, 34)}`);
}

/** What was looked for. @throws NotFoundError when it is not there */
export function found<T>({ noun }: Pick<PathThing, 'noun'>, sid: string, thing: T | null): T {
  if (thing === null) throw new NotFoundError(`There is no ${noun} ${sid}`);
  return thing;
}
