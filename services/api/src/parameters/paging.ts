import { z } from 'zod';
import { BadParameterError } from '../errors.js';
import type { Door } from '../represent/door.js';
import { integer, text } from './kinds-of-value.js';

const MAX_PAGE_SIZE = 1000;
const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE = 999_999_999;
/** The place of a call in a list: its Sid, and the number or name that the list is sorted by. */
const MAX_TOKEN_LENGTH = 2000;
const PAGE_SIZE_COMPLAINT = `must be a whole number from 1 to ${MAX_PAGE_SIZE}`;

/** The parameters of every paged list, to be spread into its set. */
export const pagingParameters = {
  Page: integer({ min: 0, max: MAX_PAGE }).optional(),
  PageSize: z
    .string()
    .meta({ type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE })
    .refine((given) => /^\d+$/.test(given), PAGE_SIZE_COMPLAINT)
    .transform(Number)
    .optional(),
  PageToken: text(MAX_TOKEN_LENGTH).optional(),
};

/** The names that page URIs carry themselves, and that are not repeated in them as filters are. */
export const PAGING_NAMES: readonly string[] = Object.keys(pagingParameters);

/** Which page is asked for. */
export interface Paging {
  page: number;
  pageSize: number;
  token: string | null;
}

/**
 * Which page of a list is asked for. A page size that is too large is refused, or taken as the largest where the door's
 * client library asks for more than there is.
 * @throws BadParameterError
 */
export function readPaging(
  query: { Page?: number | undefined; PageSize?: number | undefined; PageToken?: string | undefined },
  door: Door,
): Paging {
  const asked = query.PageSize ?? DEFAULT_PAGE_SIZE;
  const pageSize = door.clampsPageSize ? Math.min(asked, MAX_PAGE_SIZE) : asked;
  if (pageSize < 1 || pageSize > MAX_PAGE_SIZE) {
    throw new BadParameterError('PageSize', PAGE_SIZE_COMPLAINT);
  }
  return { page: query.Page ?? 0, pageSize, token: query.PageToken ?? null };
}
