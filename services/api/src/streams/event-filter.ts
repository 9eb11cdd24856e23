import { type CallEvent, type CallEventName, type CallStatus, eventName } from '@trunkline/contracts';

/** Which events a reader wants; all that are given must hold, an absent one holds always. */
export interface EventFilter {
  event: readonly CallEventName[] | null;
  status: readonly CallStatus[] | null;
  direction: readonly CallEvent['data']['direction'][] | null;
  to: string | null;
  from: string | null;
  /** Every pair. */
  metadata: Readonly<Record<string, string>>;
}

/** Makes what tells whether an event is wanted. */
export function createMatcher(filter: EventFilter): (event: CallEvent) => boolean {
  const { event: names, status, direction } = filter;
  const to = filter.to === null ? null : addressKey(filter.to);
  const from = filter.from === null ? null : addressKey(filter.from);
  const pairs = Object.entries(filter.metadata);
  return (event) => {
    const call = event.data;
    return (
      (names === null || names.includes(eventName(event))) &&
      (status === null || status.includes(call.status)) &&
      (direction === null || direction.includes(call.direction)) &&
      (to === null || addressKey(call.to) === to) &&
      (from === null || addressKey(call.from) === from) &&
      pairs.every(([key, value]) => call.metadata[key] === value)
    );
  };
}

/** A number is the same with and without its `+`; a name has one form. */
function addressKey(address: string): string {
  return /^\+\d+$/.test(address) ? address.slice(1) : address;
}
