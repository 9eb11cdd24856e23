import { type Call, type CallRecord, isFinalStatus, mintSid } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { mintCallSidAt } from './call-sid.js';

/** What a call says at one time. */
export interface LifeState extends Pick<Call, 'status' | 'answeredBy' | 'price' | 'sipCode'> {
  /** ms from its creation to the answer, and to its end after that. */
  talk: number | null;
  end: number;
  /** It has the times that `answered` and `talk` say, not those of its status. */
  isOdd: boolean;
  answered: boolean;
  deleted: boolean;
}

/** A call, state by state. */
export interface Life extends Pick<Call, 'to' | 'from' | 'direction' | 'parentCallSid' | 'metadata'> {
  /** ms from CENTRE. */
  at: number;
  /** It is another account's. */
  stranger: boolean;
  states: LifeState[];
}

/** A boundary of the largest buckets, and so of all. */
export const CENTRE = 0x19a * 2 ** 32;

const iso = (ms: number) => new Date(ms).toISOString();

/** The records of each life, in the order of their batches. */
export function recordsOf(lives: readonly Life[], accountSid: string): CallRecord[][] {
  const other = mintSid('AC');
  return lives.map((one) => {
    const at = CENTRE + one.at;
    const { to, from, direction, parentCallSid, metadata } = one;
    const account = one.stranger ? other : accountSid;
    const known = { to, from, direction, parentCallSid, metadata, accountSid: account, dateCreated: iso(at) };
    const call = queuedCall({ ...known, sid: mintCallSidAt(at) });
    return one.states.map((now, index) => ({
      call: { ...call, ...changesOf(now, at) },
      sequence: index + 1,
    }));
  });
}

function changesOf(now: LifeState, at: number): Partial<Call> {
  const { status, talk, end, isOdd, answered, answeredBy, price, sipCode, deleted } = now;
  const final = isFinalStatus(status);
  const hasStart = isOdd
    ? answered
    : status === 'in-progress' || status === 'completed' || (status === 'failed' && answered);
  const hasEnd = isOdd ? talk !== null : final;
  return {
    status,
    startTime: hasStart ? iso(at + (talk ?? 0)) : null,
    endTime: hasEnd ? iso(at + (talk ?? 0) + end) : null,
    durationSeconds: hasEnd ? Math.floor(end / 1000) : null,
    answeredBy,
    price,
    sipCode,
    dateDeleted: final && deleted ? iso(at + 2 ** 32) : null,
  };
}
