import type { Call, CallRecord } from '@trunkline/contracts';
import {
  addressKey,
  BadCursorError,
  type CallPage,
  type ListOrder,
  type ListRequest,
  StoreUnavailableError,
} from '@trunkline/store';
import type { CallHistory } from '../ports.js';
import { passesFilter } from './passes-filter.js';

/** Call history that a test writes, and that can be switched off. It filters, sorts and pages as the store does. */
export class InMemoryHistory implements CallHistory {
  readonly records = new Map<string, CallRecord>();
  isAway = false;

  add(...records: CallRecord[]): void {
    for (const record of records) this.records.set(record.call.sid, record);
  }

  async readCall(accountSid: string, callSid: string): Promise<CallRecord | null> {
    this.refuseWhenAway();
    const record = this.records.get(callSid);
    return record?.call.accountSid === accountSid ? record : null;
  }

  async listCalls(accountSid: string, { filter, sort, at, pageSize }: ListRequest): Promise<CallPage> {
    this.refuseWhenAway();
    const all = [...this.records.values()]
      .map(({ call }) => call)
      .filter((call) => call.accountSid === accountSid && call.dateDeleted === null)
      .filter((call) => passesFilter(call, filter))
      .sort(compareBy(sort));
    const start = startOf(all, { at, sort, pageSize });
    const end = 'before' in at ? placeIn(all, at.before, sort) : start + pageSize;
    const calls = all.slice(start, end);
    const [first, last] = [calls[0], calls.at(-1)];
    const cursors = first && last ? { first: cursorOf(first, sort), last: cursorOf(last, sort) } : null;
    return { calls, total: all.length, start, cursors };
  }

  private refuseWhenAway(): void {
    if (this.isAway) throw new StoreUnavailableError('Postgres is away');
  }
}

type Compare = (one: Call, other: Call) => number;

function startOf(all: readonly Call[], { at, sort, pageSize }: Omit<ListRequest, 'filter'>): number {
  if ('page' in at) return at.page * pageSize;
  if ('before' in at) return Math.max(0, placeIn(all, at.before, sort) - pageSize);
  const place = placeIn(all, at.after, sort);
  const call = readCursor(at.after, sort);
  return all[place]?.sid === call.sid ? place + 1 : place;
}

/** How many calls stand before the cursor's, which need not be there any more. */
function placeIn(all: readonly Call[], cursor: string, sort: ListOrder): number {
  const call = readCursor(cursor, sort);
  return all.filter((one) => compareBy(sort)(one, call) < 0).length;
}

function cursorOf(call: Call, sort: ListOrder): string {
  return Buffer.from(JSON.stringify({ sort, call })).toString('base64url');
}

function readCursor(cursor: string, sort: ListOrder): Call {
  const parsed = parse(cursor);
  if (JSON.stringify(parsed?.sort) !== JSON.stringify(sort)) throw new BadCursorError('not of this order');
  return (parsed as { call: Call }).call;
}

function parse(cursor: string): { sort: ListOrder; call: Call } | null {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return null;
  }
}

const VALUES: Record<ListOrder['by'], (call: Call) => string | number | null> = {
  DateCreated: ({ sid }) => sid,
  StartTime: ({ startTime }) => startTime,
  EndTime: ({ endTime }) => endTime,
  From: ({ from }) => addressKey(from),
  To: ({ to }) => addressKey(to),
  Direction: ({ direction }) => direction,
  Status: ({ status }) => status,
  Duration: ({ durationSeconds }) => durationSeconds,
  Price: ({ price }) => (price === null ? null : Number(price)),
};

/** What is absent comes last; the second key is the Sid, newest first. */
function compareBy({ by, descending }: ListOrder): Compare {
  return (one, other) => {
    const [a, b] = [VALUES[by](one), VALUES[by](other)];
    if (a === b) return one.sid < other.sid ? 1 : one.sid > other.sid ? -1 : 0;
    if (a === null || b === null) return a === null ? 1 : -1;
    return a < b === descending ? 1 : -1;
  };
}
