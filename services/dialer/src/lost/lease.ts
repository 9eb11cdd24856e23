import { LEASE_TTL_MS, type Lease } from '@trunkline/contracts';
import type { Clock, Timer } from '@trunkline/sip';
import type { CallLog } from '../call/call-log.js';

/** Where leases are kept. */
export interface LeaseStore {
  renew(lease: Lease): Promise<void>;
  release(dialerId: string): Promise<void>;
}

/** This dialer's proof that it lives. Without it the others take its calls over. */
export interface LeaseKeeper {
  /** Begins to renew. */
  start(): void;
  /** For how long it has been held without a gap, ms; 0 when it is not. */
  heldForMs(): number;
  /** Says in the lease, for operators, that this dialer takes no new calls. */
  setDraining(): Promise<void>;
  /** Gives it up, so that the others need not wait for its end. */
  release(): Promise<void>;
}

export interface LeaseOptions {
  lease: Omit<Lease, 'draining' | 'trunks'>;
  /** How the trunks look from here. */
  trunks?: () => Lease['trunks'];
  store: LeaseStore;
  clock: Clock;
  onGained: () => void;
  onLost: () => void;
  log: CallLog;
}

const RENEW_MS = LEASE_TTL_MS / 3;
/** We give it up this much before the server does: clocks drift, and a datagram is quicker than a timer. */
const MARGIN_MS = 500;

export function createLeaseKeeper(options: LeaseOptions): LeaseKeeper {
  return new RenewedLease(options);
}

class RenewedLease implements LeaseKeeper {
  private heldSinceMs: number | null = null;
  private isDraining = false;
  private isOver = false;
  private renewTimer: Timer | null = null;
  private lossTimer: Timer | null = null;

  constructor(private readonly options: LeaseOptions) {}

  start(): void {
    void this.turn();
  }

  heldForMs(): number {
    return this.heldSinceMs === null ? 0 : this.options.clock.nowMs() - this.heldSinceMs;
  }

  async setDraining(): Promise<void> {
    this.isDraining = true;
    if (!this.isOver) await this.renew();
  }

  async release(): Promise<void> {
    this.isOver = true;
    this.renewTimer?.cancel();
    this.lossTimer?.cancel();
    this.heldSinceMs = null;
    await this.options.store.release(this.options.lease.dialerId);
  }

  /** The next turn is set before this one is through, so that a slow answer costs none. */
  private async turn(): Promise<void> {
    if (this.isOver) return;
    this.renewTimer = this.options.clock.after(RENEW_MS, () => void this.turn());
    await this.renew();
  }

  private async renew(): Promise<void> {
    const sentAtMs = this.options.clock.nowMs();
    try {
      await this.options.store.renew({
        ...this.options.lease,
        draining: this.isDraining,
        trunks: this.options.trunks?.() ?? {},
      });
      if (!this.isOver) this.hold(sentAtMs);
    } catch (err) {
      this.options.log.warn({ err }, 'the lease could not be renewed');
    }
  }

  /** Counted from when the renewal was sent: the server counts from when it came, which is later. */
  private hold(sentAtMs: number): void {
    const { clock, onGained } = this.options;
    const leftMs = sentAtMs + LEASE_TTL_MS - MARGIN_MS - clock.nowMs();
    if (leftMs <= 0) return;
    this.lossTimer?.cancel();
    this.lossTimer = clock.after(leftMs, () => this.lose());
    if (this.heldSinceMs !== null) return;
    this.heldSinceMs = clock.nowMs();
    onGained();
  }

  private lose(): void {
    this.heldSinceMs = null;
    this.options.log.error({}, 'the lease is lost: no new calls until it is back');
    this.options.onLost();
  }
}
