import { toListedCall } from '../call-columns.js';
import type { Connection, Database } from '../database.js';
import { CountTree, FEW_ROWS } from '../listing/count-tree.js';
import { countedFilter, isCounted } from '../listing/counted-filter.js';
import { FIRST_ROWS, listFirstPages, type ReadPage } from '../listing/list-first-pages.js';
import { listInOrder } from '../listing/list-in-order.js';
import type { CallFilter, CallPage, ListRequest } from '../listing/list-request.js';
import { type PageCursor, readCursor, writeCursor } from '../listing/page-cursor.js';
import { readRows } from '../listing/read-rows.js';
import { asksForMetadata, type Condition, isAskable, rowConditions } from '../listing/row-conditions.js';
import { type SidRange, sidFloor } from '../listing/sid-range.js';
import { isStorableText } from '../storable-text.js';

/** From how many rows on the counters are asked; a test makes them few. */
export interface ListTuning {
  fewRows: number;
  firstRows: number;
}

const TUNING: ListTuning = { fewRows: FEW_ROWS, firstRows: FIRST_ROWS };

/** One page of an account's calls and the total, all of one moment. Throws BadCursorError. */
export async function listCalls(
  database: Database,
  { accountSid, request, tuning = TUNING }: { accountSid: string; request: ListRequest; tuning?: ListTuning },
): Promise<CallPage> {
  const { sort } = request;
  const conditions = rowConditions(request.filter);
  const list: List = { accountSid, request, place: placeOf(request), conditions, tuning };
  const { rows, total, start } =
    isAskable(request.filter, conditions) && isStorableText(accountSid)
      ? await readList(database, list)
      : { rows: [], total: 0, start: 'page' in list.place ? list.place.page * request.pageSize : 0 };
  const calls = rows.map(toListedCall);
  const [first, last] = [calls[0], calls.at(-1)];
  const cursors = first && last ? { first: writeCursor(sort, first), last: writeCursor(sort, last) } : null;
  return { calls, total, start, cursors };
}

type Place = { page: number } | { after: PageCursor } | { before: PageCursor };

interface List {
  accountSid: string;
  request: ListRequest;
  place: Place;
  conditions: readonly Condition[];
  tuning: ListTuning;
}

function placeOf({ at, sort }: ListRequest): Place {
  if ('after' in at) return { after: readCursor(sort, at.after) };
  return 'before' in at ? { before: readCursor(sort, at.before) } : at;
}

function readList(database: Database, list: List): Promise<ReadPage> {
  const { accountSid, conditions, place, request } = list;
  const { sort, pageSize, filter } = request;
  if ('page' in place && isAmongFirst(list)) {
    const start = place.page * pageSize;
    const { descending } = sort;
    const counted = countedFilter(filter);
    return listFirstPages(database, { accountSid, filter: counted, conditions, descending, start, pageSize });
  }
  return database.readSnapshot((connection) => readListIn(connection, list));
}

/** Whether the list is all calls of the account or of one address, newest or oldest first, and the page near its beginning. */
function isAmongFirst({ conditions, place, request, tuning }: List): boolean {
  const { filter, sort, pageSize } = request;
  if (!('page' in place) || (place.page + 1) * pageSize > tuning.firstRows) return false;
  if (sort.by !== 'DateCreated' || filter.dateCreated !== undefined) return false;
  return conditions.length <= 1 && conditions.every(({ id }) => id === 't' || id === 'f');
}

async function readListIn(connection: Connection, list: List): Promise<ReadPage> {
  const { accountSid, conditions, place, request, tuning } = list;
  const { filter, sort, pageSize } = request;
  if (asksForMetadata(conditions)) return readTagged(connection, list);
  const { descending } = sort;
  const countedList = { accountSid, filter: countedFilter(filter), conditions, descending, ...tuning };
  const hasCounters = await isScopeCounted(connection, accountSid, countedList.filter.scope);
  const counted = hasCounters && isCounted(filter);
  const isTimed = [filter.startTime, filter.endTime].some((range) => range !== undefined);
  // Without a time there is nothing that the counters could narrow but what an index narrows better.
  const isNarrowed = hasCounters && isTimed;
  const tree = counted || isNarrowed ? await CountTree.read(connection, countedList) : null;
  if (tree !== null && counted && sort.by === 'DateCreated') {
    const { start, count } = await partOf(tree, place, pageSize);
    const rows = await readRows(connection, countedList, await tree.locate(start, count));
    return { rows, total: tree.total, start };
  }
  const hull = tree?.hull ?? createdHull(filter);
  const total = counted && tree ? tree.total : null;
  const ordered = {
    accountSid,
    conditions,
    byMetadata: false,
    hull,
    order: sort,
    at: place,
    pageSize,
    total,
  };
  return listInOrder(connection, ordered);
}

function createdHull(filter: CallFilter): SidRange {
  const { fromMs, untilMs } = countedFilter(filter).created;
  return { from: sidFloor(fromMs), until: sidFloor(untilMs) };
}

/** The calls with some metadata may be one or all of the account's: they are looked for where nothing else narrows more. */
async function readTagged(connection: Connection, list: List): Promise<ReadPage> {
  const { accountSid, conditions, place, request } = list;
  const { sort, pageSize, filter } = request;
  const narrow = await narrowHull(connection, list);
  const hull = narrow ?? createdHull(filter);
  const ordered = { accountSid, conditions, hull, order: sort, at: place, pageSize, total: null };
  return listInOrder(connection, { ...ordered, byMetadata: narrow === null });
}

/** So many calls between the times of a filter, in FEW_ROWS, are looked at rather than all that have its metadata. */
const NARROW = 10;

/** Where the calls are, if there are few of them even without the metadata: of a parent, an address that is not busy, or a short time. */
async function narrowHull(connection: Connection, list: List): Promise<SidRange | null> {
  const { accountSid, request, tuning } = list;
  const { parentCallSid, startTime, endTime, dateCreated } = request.filter;
  const { scope } = countedFilter(request.filter);
  if (parentCallSid !== undefined || !(await isScopeCounted(connection, accountSid, scope)))
    return createdHull(request.filter);
  const times: CallFilter = {
    ...(startTime && { startTime }),
    ...(endTime && { endTime }),
    ...(dateCreated && { dateCreated }),
  };
  if (Object.keys(times).length === 0) return null;
  const timed = { accountSid, filter: countedFilter(times), conditions: rowConditions(times) };
  const tree = await CountTree.read(connection, { ...timed, descending: true, ...tuning });
  return tree.total <= NARROW * tuning.fewRows ? tree.hull : null;
}

async function partOf(
  tree: CountTree,
  place: Place,
  pageSize: number,
): Promise<{ start: number; count: number }> {
  if ('page' in place) return { start: place.page * pageSize, count: pageSize };
  if ('after' in place) return { start: await tree.rank(place.after.sid, true), count: pageSize };
  const end = await tree.rank(place.before.sid, false);
  const start = Math.max(0, end - pageSize);
  return { start, count: end - start };
}

const IS_COUNTED = 'select from call_addresses where account_sid = $1 and scope = $2 and counted';

/** Whether there are counters: always of the whole account, and of its busy addresses. */
async function isScopeCounted(connection: Connection, accountSid: string, scope: string): Promise<boolean> {
  if (scope === '') return true;
  const statement = { name: 'is-address-counted', text: IS_COUNTED, values: [accountSid, scope] };
  return (await connection.run(statement)).rowCount > 0;
}
