import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';

/**
 * A resource identifier: a two-letter prefix and the 32 lower-case hex digits of a UUIDv7 (RFC 9562 §5.7), so that
 * Sids of one kind sort by the time they were minted.
 */
export type SidPrefix = 'AC' | 'CA' | 'CF' | 'CL' | 'NO' | 'PN' | 'RE' | 'RT' | 'SK' | 'TK';

/** Mints a Sid. Sids of one process are strictly increasing, also within a millisecond. */
export function mintSid(prefix: SidPrefix): string {
  return prefix + uuidv7().replaceAll('-', '');
}

/** True for a well-formed Sid of that kind; hex digits may be in either case, since clients send both. */
export function isSid(prefix: SidPrefix, value: string): boolean {
  return value.length === 34 && value.startsWith(prefix) && HEX_32.test(value.slice(2));
}

/** The schema of a Sid of one kind, as it travels in messages. */
export function sidSchema(prefix: SidPrefix): z.ZodString {
  return z.string().regex(new RegExp(`^${prefix}[0-9a-f]{32}$`), `must be ${prefix} and 32 hex digits`);
}

const HEX_32 = /^[0-9a-f]{32}$/i;
