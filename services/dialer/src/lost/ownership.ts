import { type Fence, LEASE_TTL_MS, type LiveCall } from '@trunkline/contracts';
import type { Clock, Timer } from '@trunkline/sip';
import type { CallLog } from '../call/call-log.js';
import type { HeldCalls } from '../call/live-calls.js';
import type { PlacedCall } from '../call/place-call.js';

/** Whether the calls that this process holds are still its own: the others take them over while its lease is lost. */
export interface Ownership {
  /** False from the loss of the lease until every call was looked up again. */
  isSure(): boolean;
  leaseGained(): void;
  leaseLost(): void;
}

export interface OwnershipOptions {
  dialerId: string;
  calls: Pick<HeldCalls, 'all'>;
  notes: { read(owner: string, callSid: string): Promise<{ entry: LiveCall } | null> };
  fences: { read(callSid: string): Promise<{ fence: Fence } | null> };
  clock: Clock;
  onSure: (sure: boolean) => void;
  log: CallLog;
}

const RETRY_MS = 1_000;
/**
 * A dialer that saw us gone just before we came back may take a call just after we looked: hence a second look, and no
 * note before it, which would hide the takeover.
 */
const SECOND_LOOK_MS = LEASE_TTL_MS / 2;

export function createOwnership(options: OwnershipOptions): Ownership {
  return new CheckedOwnership(options);
}

class CheckedOwnership implements Ownership {
  private sure = false;
  private hasLease = false;
  private looksLeft = 0;
  private timer: Timer | null = null;

  constructor(private readonly options: OwnershipOptions) {}

  isSure(): boolean {
    return this.sure;
  }

  leaseGained(): void {
    this.hasLease = true;
    this.looksLeft = this.options.calls.all().length === 0 ? 1 : 2;
    void this.look();
  }

  leaseLost(): void {
    this.hasLease = false;
    this.timer?.cancel();
    this.setSure(false);
  }

  private async look(): Promise<void> {
    try {
      await this.disownLost();
      if (!this.hasLease) return;
      this.looksLeft -= 1;
      if (this.looksLeft > 0) this.later(SECOND_LOOK_MS);
      else this.setSure(true);
    } catch (err) {
      this.options.log.warn({ err }, 'could not look up whether our calls are still ours');
      if (this.hasLease) this.later(RETRY_MS);
    }
  }

  private later(ms: number): void {
    this.timer?.cancel();
    this.timer = this.options.clock.after(ms, () => void this.look());
  }

  private async disownLost(): Promise<void> {
    await Promise.all(
      this.options.calls.all().map(async (call) => {
        if (call.stateName() === 'ended' || (await this.isOurs(call))) return;
        this.options.log.warn({ callSid: call.sid }, 'another dialer has taken this call over: hanging up');
        call.feed({ kind: 'disowned' });
      }),
    );
  }

  /** A call without note and without fence was not taken over: the buckets themselves were lost. */
  private async isOurs(call: PlacedCall): Promise<boolean> {
    const { dialerId, notes, fences } = this.options;
    const wasNoted = call.isNoted();
    const note = await notes.read(dialerId, call.sid);
    if (note) return note.entry.owner === dialerId;
    const held = await fences.read(call.sid);
    if (!held) return true;
    return !wasNoted && held.fence.claimId === call.claimId;
  }

  private setSure(sure: boolean): void {
    if (sure === this.sure) return;
    this.sure = sure;
    this.options.onSure(sure);
  }
}
