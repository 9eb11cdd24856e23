import { type CallRecord, supersedes } from '@trunkline/contracts';

/**
 * The last calls that this process accepted or ended: what it answered with must be found by the next request, also when
 * it comes before the recorder has written it. Bounded by their number; the oldest make room.
 */
export class RecentCalls {
  private readonly records = new Map<string, CallRecord>();

  constructor(private readonly capacity = 10_000) {}

  remember(record: CallRecord): void {
    const { sid } = record.call;
    const current = this.records.get(sid);
    if (current && !supersedes(record, current)) return;
    this.records.delete(sid);
    this.records.set(sid, record);
    if (this.records.size <= this.capacity) return;
    const [oldest] = this.records.keys();
    if (oldest !== undefined) this.records.delete(oldest);
  }

  find(callSid: string): CallRecord | null {
    return this.records.get(callSid) ?? null;
  }
}
