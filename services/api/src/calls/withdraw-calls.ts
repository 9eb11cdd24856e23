import { setTimeout as delay } from 'node:timers/promises';
import type { CallRecord, Fence } from '@trunkline/contracts';
import { backoffMs } from '@trunkline/runtime';
import type { CallPorts } from '../ports.js';
import { concludeLater, endInQueue } from './conclude-call.js';
import { mintFence } from './mint-fence.js';

export type WithdrawalPorts = Pick<
  CallPorts,
  'bus' | 'outbox' | 'recent' | 'jobs' | 'instance' | 'source' | 'now' | 'chargeFor' | 'log'
>;

interface Withdrawal {
  record: CallRecord;
  /** The same in every attempt. */
  fence: Fence;
}

/**
 * Ends queued calls by their fences, once the bus answers again. Should a dialer have been faster, nothing is done. There
 * are two kinds: calls whose acceptance was never confirmed, since the client was told no, and will ask again, so that a
 * call which arrived all the same must not ring; and calls whose cancellation was asked for, and whose fence may be this
 * process's, so that it must know.
 */
export class Withdrawals {
  private readonly pending = new Map<string, Withdrawal>();
  private readonly stopping = new AbortController();
  private running: Promise<void> | null = null;

  constructor(
    private readonly ports: WithdrawalPorts,
    private readonly capacity = 10_000,
  ) {}

  size(): number {
    return this.pending.size;
  }

  /** Of a call whose acceptance was never confirmed. Without its StatusCallback: the client never learned of it. */
  takeBack({ call, sequence }: CallRecord): void {
    const record = { call: { ...call, statusCallback: null }, sequence };
    this.add({ record, fence: mintFence(this.ports) });
  }

  /** Of a call that this fence, which may have been taken or not, is to end. */
  finishCancel(record: CallRecord, fence: Fence): void {
    this.add({ record, fence });
  }

  /** Waits until nothing is left to end, or until the time is up; then it gives up. False when something was left. */
  async stop(timeoutMs: number): Promise<boolean> {
    const { signal } = this.stopping;
    await Promise.race([this.running, delay(timeoutMs, undefined, { signal }).catch(() => {})]);
    this.stopping.abort();
    return this.pending.size === 0;
  }

  private add(withdrawal: Withdrawal): void {
    const { sid } = withdrawal.record.call;
    if (this.pending.size >= this.capacity) {
      this.ports.log.error({ callSid: sid }, 'too many calls to take back: this one may ring');
      return;
    }
    this.pending.set(sid, withdrawal);
    this.running ??= this.run();
  }

  private async run(): Promise<void> {
    let failures = 0;
    while (!this.stopping.signal.aborted) {
      const [next] = this.pending.values();
      if (!next) break;
      if (await this.attempt(next, failures === 0)) failures = 0;
      else {
        await this.pause(failures);
        failures += 1;
      }
    }
    // At once and not a turn later, when one that is added now would still count on this loop.
    this.running = null;
  }

  /** False when it is to be tried again, after the others. */
  private async attempt(withdrawal: Withdrawal, isFirst: boolean): Promise<boolean> {
    const { log } = this.ports;
    const { sid } = withdrawal.record.call;
    try {
      await this.withdraw(withdrawal);
    } catch (err) {
      this.pending.delete(sid);
      if ((err as { retryable?: boolean }).retryable === true) {
        this.pending.set(sid, withdrawal);
        if (isFirst) log.warn({ err, waiting: this.pending.size }, 'calls wait to be taken back');
        return false;
      }
      log.error({ err, callSid: sid }, 'a call cannot be taken back: it may ring');
      return true;
    }
    if (this.pending.get(sid) === withdrawal) this.pending.delete(sid);
    return true;
  }

  private async withdraw({ record, fence }: Withdrawal): Promise<void> {
    const { bus, log } = this.ports;
    const callSid = record.call.sid;
    const claimed = await bus.fences.claim(callSid, fence);
    if (!claimed.won) return;
    concludeLater(this.ports, endInQueue(this.ports, record));
    log.warn({ callSid }, 'a call is taken back after its request was answered');
  }

  /** Until the bus is back, which may be any moment, or with a growing distance while it is there and fails. */
  private async pause(failures: number): Promise<void> {
    const { bus } = this.ports;
    const { signal } = this.stopping;
    if (!bus.isConnected()) await bus.waitUntilConnected(RECONNECT_CHECK_MS);
    else await delay(backoffMs(failures, BACKOFF), undefined, { signal }).catch(() => {});
  }
}

const BACKOFF = { firstMs: 200, maxMs: 5000 };
/** How long stopping may wait for the loop to notice. */
const RECONNECT_CHECK_MS = 1000;
