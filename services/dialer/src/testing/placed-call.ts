import type { Call, CallRecord } from '@trunkline/contracts';
import { placeCall } from '../call/place-call.js';
import {
  type BenchChanges,
  type CallBench,
  createCallBench,
  createSilentMedia,
  DIALOG,
} from './call-bench.js';
import { passTime, settle } from './pass-time.js';
import { queuedRecord } from './queued-record.js';

/** A call that is placed on a bench, and what a test does to it. */
export async function start(
  changes: BenchChanges = {},
  record: CallRecord = queuedRecord(),
  prepare: (bench: CallBench) => void = () => {},
) {
  const bench = createCallBench(changes);
  prepare(bench);
  const media = createSilentMedia();
  const routes = bench.trunks.openRoutes(record.call);
  const call = placeCall({ record, claimId: 'claim-1', media, routes }, bench.surroundings);
  await settle();
  const { sid } = record.call;
  const invite = (n = 0) => {
    const sent = bench.invites[n];
    if (!sent) throw new Error(`INVITE ${n} did not leave`);
    return sent;
  };
  const ring = (n = 0) =>
    invite(n).handlers.onProvisional({
      status: 180,
      reason: 'Ringing',
      remoteTag: 'b',
      contentType: null,
      reliable: false,
      body: Buffer.alloc(0),
    });
  const answer = (sdp = 'their answer', n = 0) =>
    invite(n).handlers.onAnswered({
      status: 200,
      reason: 'OK',
      remoteTag: 'b',
      body: Buffer.from(sdp),
      contentType: 'application/sdp',
      dialog: DIALOG,
    });
  const isOver = async () => {
    await passTime(bench.clock, 100);
    return Promise.race([call.over.then(() => true), settle().then(() => false)]);
  };
  const last = () => bench.bus.told.at(-1)?.data;
  return { ...bench, media, call, sid, invite, ring, answer, isOver, last };
}

/** A call with other instructions. */
export function instructed(changes: Partial<Call['instructions']>): CallRecord {
  const record = queuedRecord();
  record.call.instructions = { ...record.call.instructions, ...changes };
  return record;
}
