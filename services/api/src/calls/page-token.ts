import { createHash } from 'node:crypto';
import type { PagePlace } from '@trunkline/store';
import { BadParameterError } from '../errors.js';

/** What makes two lists the same, whatever page of them: whose calls, which, in which order. */
export type ListIdentity = readonly unknown[];

/** The token of the page after, or before, the call that a cursor of the store stands for. */
export function writePageToken(side: 'after' | 'before', cursor: string, list: ListIdentity): string {
  return PREFIXES[side] + markOf(list) + cursor;
}

/** Where the page of a token begins. @throws BadParameterError when it is no token, or of another list */
export function readPageToken(token: string, list: ListIdentity): PagePlace {
  const prefix = token.slice(0, PREFIX_LENGTH);
  const mark = token.slice(PREFIX_LENGTH, PREFIX_LENGTH + MARK_LENGTH);
  const cursor = token.slice(PREFIX_LENGTH + MARK_LENGTH);
  if (mark !== markOf(list)) throw badPageToken();
  if (prefix === PREFIXES.after) return { after: cursor };
  if (prefix === PREFIXES.before) return { before: cursor };
  throw badPageToken();
}

export function badPageToken(): BadParameterError {
  return new BadParameterError('PageToken', 'is none that was given out for this list');
}

const PREFIXES = { after: 'PA', before: 'PB' };
const PREFIX_LENGTH = 2;
/** 48 bits: a mistake is to be noticed. Nothing is kept secret by it: a token only tells a place in one's own list. */
const MARK_LENGTH = 8;

function markOf(list: ListIdentity): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, MARK_LENGTH);
}
