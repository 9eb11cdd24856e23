import type { CallRecord } from '@trunkline/contracts';
import { QueueUnavailableError } from '@trunkline/queue';
import type { DialJobs } from '../ports.js';

/** A dial queue that nobody takes jobs from, and that can be switched off. */
export class InMemoryJobs implements DialJobs {
  readonly jobs = new Map<string, CallRecord>();
  isAway = false;

  async add(job: CallRecord): Promise<void> {
    this.refuseWhenAway();
    this.jobs.set(job.call.sid, job);
  }

  async peek(callSid: string): Promise<CallRecord | null> {
    this.refuseWhenAway();
    return this.jobs.get(callSid) ?? null;
  }

  async remove(callSid: string): Promise<void> {
    this.refuseWhenAway();
    this.jobs.delete(callSid);
  }

  private refuseWhenAway(): void {
    if (this.isAway) throw new QueueUnavailableError('Redis is away');
  }
}
