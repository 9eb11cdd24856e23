import { type CallRecord, isFinalStatus, isSid, supersedes } from '@trunkline/contracts';
import { NotFoundError } from '../errors.js';
import type { CallPorts } from '../ports.js';

/** Whom reading a call asks. */
export type ReadPorts = Pick<CallPorts, 'history' | 'recent' | 'bus' | 'jobs'>;

/**
 * The newest that is known of one call of the account. History knows nearly all of them; a call that it does not have
 * (yet) is looked for where it lives: in this process, at the dialer that holds it, in the queue.
 * @throws NotFoundError when everybody could be asked and nobody knows it, or when its record was deleted; otherwise the
 * error of whom could not be asked
 */
export async function getCall(ports: ReadPorts, accountSid: string, callSid: string): Promise<CallRecord> {
  if (!isSid('CA', callSid)) throw noSuchCall();
  const { record } = await findCall(ports, accountSid, `CA${callSid.slice(2).toLowerCase()}`);
  if (record === null || record.call.dateDeleted !== null) throw noSuchCall();
  return record;
}

/** What was found of a call. */
export interface FoundCall {
  /** Also of a call whose record was deleted. */
  record: CallRecord | null;
  /** Somebody decides it, or did, though there may be no record of it yet. Only looked for when history has none. */
  isTaken: boolean;
}

/**
 * The same for a Sid that is surely one; nothing is found only when everybody could be asked.
 * @throws the error of whom could not be asked
 */
export async function findCall(ports: ReadPorts, accountSid: string, sid: string): Promise<FoundCall> {
  const recent = ports.recent.find(sid);
  const history = await attempt(ports.history.readCall(accountSid, sid));
  if (history.value) {
    return { record: newest([history.value, recent], accountSid) ?? history.value, isTaken: true };
  }
  const live = await readLive(ports, sid);
  const found = newest([recent, live.held, live.job], accountSid);
  if (found && !(history.error && isOutdated(found, live))) return { record: found, isTaken: live.isTaken };
  const unasked = history.error ?? live.error;
  if (unasked) throw unasked;
  return { record: null, isTaken: live.isTaken };
}

interface LiveState {
  /** As the dialer that holds it noted it last. */
  held: CallRecord | null;
  job: CallRecord | null;
  isTaken: boolean;
  error: Error | null;
}

async function readLive({ bus, jobs }: ReadPorts, callSid: string): Promise<LiveState> {
  const [held, job] = await Promise.all([attempt(readHeld(bus, callSid)), attempt(jobs.peek(callSid))]);
  return {
    held: held.value?.record ?? null,
    job: job.value,
    isTaken: held.value?.isTaken ?? false,
    error: held.error ?? job.error,
  };
}

async function readHeld(
  bus: ReadPorts['bus'],
  callSid: string,
): Promise<{ isTaken: boolean; record: CallRecord | null }> {
  const claim = await bus.fences.read(callSid);
  if (!claim) {
    // The fence of a call that has lived longer than fences do is gone.
    const found = await bus.liveCalls.find(callSid);
    return { isTaken: found !== null, record: found?.entry.record ?? null };
  }
  const live = claim.fence.kind === 'dialer' ? await bus.liveCalls.read(claim.fence.owner, callSid) : null;
  return { isTaken: true, record: live?.entry.record ?? null };
}

/** A call that somebody took and nobody holds is over, or nearly: how it ended is only in history. */
function isOutdated({ call }: CallRecord, { isTaken, held }: LiveState): boolean {
  return isTaken && held === null && !isFinalStatus(call.status);
}

function newest(records: readonly (CallRecord | null)[], accountSid: string): CallRecord | null {
  let best: CallRecord | null = null;
  for (const record of records) {
    if (record?.call.accountSid !== accountSid) continue;
    if (best === null || supersedes(record, best)) best = record;
  }
  return best;
}

async function attempt<T>(asked: Promise<T | null>): Promise<{ value: T | null; error: Error | null }> {
  try {
    return { value: await asked, error: null };
  } catch (error) {
    return { value: null, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

function noSuchCall(): NotFoundError {
  return new NotFoundError('There is no such call');
}
