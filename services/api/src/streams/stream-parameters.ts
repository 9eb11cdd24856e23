import { CALL_EVENTS, CALL_STATUSES } from '@trunkline/contracts';
import { z } from 'zod';
import { soughtAddress } from '../calls/address-parameters.js';
import { metadata } from '../calls/metadata-parameter.js';
import { BadParameterError } from '../errors.js';
import { list } from '../parameters/kinds-of-value.js';
import { parameterSet } from '../parameters/parameter-set.js';
import type { EventFilter } from './event-filter.js';

const DIRECTIONS = ['inbound', 'outbound-api', 'outbound-dial'] as const;

const LAST_EVENT_ID = /^\d{1,15}$/;
const NO_EVENT_ID = 'must be the id of an event of this stream';

const lastEventId = z
  .string()
  .regex(LAST_EVENT_ID, NO_EVENT_ID)
  .describe('Goes on after this event; the header Last-Event-ID does the same, and wins')
  .optional();

/** The parameters of the stream of an account's events. */
export const accountStreamParameters = parameterSet({
  Event: list(CALL_EVENTS).optional().describe('Only events with these names'),
  Status: list(CALL_STATUSES).optional().describe('Only events after which the call has such a status'),
  Direction: list(DIRECTIONS).optional().describe('Only events of calls in these directions'),
  To: soughtAddress().optional().describe('Only events of calls to this number or name'),
  From: soughtAddress().optional().describe('Only events of calls from this number or name'),
  Metadata: metadata().optional().describe('Only events of calls with all these pairs'),
  LastEventId: lastEventId,
});
export type AccountStreamQuery = z.output<typeof accountStreamParameters.schema>;

/** The parameters of the stream of one call's events. */
export const callStreamParameters = parameterSet({ LastEventId: lastEventId });
export type CallStreamQuery = z.output<typeof callStreamParameters.schema>;

/** The header that both read, for the document. */
export const STREAM_HEADERS = { 'Last-Event-ID': 'Goes on after this event; a browser sends it by itself' };

/** What the query asks for. */
export function filterOf(query: AccountStreamQuery): EventFilter {
  return {
    event: query.Event ?? null,
    status: query.Status ?? null,
    direction: query.Direction ?? null,
    to: query.To ?? null,
    from: query.From ?? null,
    metadata: query.Metadata ?? {},
  };
}

/**
 * The last event that the reader has, or null when it begins. The header is what a browser sends when it connects again,
 * to the same address as before, so it is the newer one.
 * @throws BadParameterError
 */
export function resumeAfter(header: string | null, parameter: string | undefined): number | null {
  const given = header?.trim() || parameter;
  if (given === undefined) return null;
  if (!LAST_EVENT_ID.test(given)) throw new BadParameterError('Last-Event-ID', NO_EVENT_ID);
  return Number(given);
}
