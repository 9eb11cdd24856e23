import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { CallRecord } from '@trunkline/contracts';
import { backoffMs } from '@trunkline/runtime';
import type { CallPorts } from '../ports.js';
import { cancelEvent } from './conclude-call.js';

export type WithdrawalPorts = Pick<CallPorts, 'bus' | 'outbox' | 'instance' | 'source' | 'now' | 'log'>;

/**
 * Takes back calls whose acceptance was never confirmed: the client was told no, and will ask again, so that a call
 * which arrived all the same must not ring. It ends as a queued call is ended: by its fence, once the bus is back. Should
 * a dialer have been faster, nothing is done.
 */
export class Withdrawals {
  private readonly pending = new Map<string, CallRecord>();
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;

  constructor(
    private readonly ports: WithdrawalPorts,
    private readonly capacity = 10_000,
  ) {}

  size(): number {
    return this.pending.size;
  }

  add(record: CallRecord): void {
    if (this.pending.size >= this.capacity) {
      this.ports.log.error({ callSid: record.call.sid }, 'too many calls to take back: this one may ring');
      return;
    }
    this.pending.set(record.call.sid, record);
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
  }

  /** Waits until nothing is left to take back, or until the time is up; then it gives up. False when something was left. */
  async stop(timeoutMs: number): Promise<boolean> {
    const { signal } = this.stopping;
    await Promise.race([this.running, delay(timeoutMs, undefined, { signal }).catch(() => {})]);
    this.stopping.abort();
    return this.pending.size === 0;
  }

  private async run(): Promise<void> {
    for (let failures = 0; this.pending.size > 0 && !this.stopping.signal.aborted; ) {
      const [record] = this.pending.values();
      if (!record) return;
      try {
        await this.takeBack(record);
        this.pending.delete(record.call.sid);
        failures = 0;
      } catch (err) {
        if (failures === 0)
          this.ports.log.warn({ err, waiting: this.pending.size }, 'calls wait to be taken back');
        await delay(backoffMs(failures, BACKOFF), undefined, { signal: this.stopping.signal }).catch(
          () => {},
        );
        failures += 1;
      }
    }
  }

  /** Without its StatusCallback: the client never learned of this call. */
  private async takeBack({ call, sequence }: CallRecord): Promise<void> {
    const { bus, outbox, instance, now, log } = this.ports;
    const at = now().toISOString();
    const claimed = await bus.fences.claim(call.sid, {
      owner: instance,
      kind: 'api',
      claimId: randomUUID(),
      at,
    });
    if (!claimed.won) return;
    outbox.publish(cancelEvent(this.ports, { call: { ...call, statusCallback: null }, sequence }));
    log.warn({ callSid: call.sid }, 'a call whose acceptance was not confirmed is taken back');
  }
}

const BACKOFF = { firstMs: 200, maxMs: 5000 };
