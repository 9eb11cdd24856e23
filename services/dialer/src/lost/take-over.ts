import type { Call, DialogIdentifiers, Fence, Lease, LiveCall } from '@trunkline/contracts';
import { LEASE_TTL_MS } from '@trunkline/contracts';
import type { Clock, Timer } from '@trunkline/sip';
import type { CallEvents } from '../call/call-events.js';
import type { CallLog } from '../call/call-log.js';
import type { Teller } from '../next-event.js';
import { endLostCall } from './end-lost-call.js';

/** A note as it is kept, with what a compare-and-set needs. */
export interface FoundNote {
  entry: LiveCall;
  revision: number;
  key: string;
}

/** The notes of all dialers. */
export interface NoteShelf {
  list(): Promise<FoundNote[]>;
  takeOver(key: string, entry: LiveCall, revision: number): Promise<number | null>;
  removeAt(key: string, revision: number): Promise<boolean>;
}

/** Watches for dialers that die, and ends the calls that they leave behind. */
export interface TakeOver {
  start(): void;
  stop(): void;
}

export interface TakeOverOptions extends Teller {
  dialerId: string;
  clock: Clock;
  leases: { list(): Promise<Lease[]> };
  notes: NoteShelf;
  fences: { claim(callSid: string, fence: Fence): Promise<unknown> };
  /** How long our own lease has been held, ms. */
  heldForMs: () => number;
  /** Whether this process holds that call. */
  holds: (callSid: string) => boolean;
  /** Sends a BYE on another's dialog; resolves when it is answered or given up. */
  hangUp: (dialog: DialogIdentifiers, call: Call) => Promise<void>;
  events: CallEvents;
  onTaken: () => void;
  log: CallLog;
}

const POLL_MS = 2_000;
const SWEEP_MS = 60_000;
const AT_ONCE = 20;
/**
 * After the brokers were away every lease has run out, also those of dialers that live and are just coming back: nobody
 * counts as dead before they had the time to.
 */
export const GRACE_MS = LEASE_TTL_MS;

export function createTakeOver(options: TakeOverOptions): TakeOver {
  return new OrphanWatch(options);
}

class OrphanWatch implements TakeOver {
  private timer: Timer | null = null;
  private isStopped = false;
  private known = new Set<string>();
  private nextSweepMs = 0;
  private readonly busy = new Set<string>();

  constructor(private readonly options: TakeOverOptions) {}

  start(): void {
    this.nextSweepMs = this.options.clock.nowMs();
    void this.turn();
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }

  private async turn(): Promise<void> {
    try {
      if (this.options.heldForMs() >= GRACE_MS) await this.look();
      else this.known.clear();
    } catch (err) {
      this.nextSweepMs = this.options.clock.nowMs();
      this.options.log.warn({ err }, 'could not look for the calls of lost dialers');
    }
    if (!this.isStopped) this.timer = this.options.clock.after(POLL_MS, () => void this.turn());
  }

  private async look(): Promise<void> {
    const living = await this.living();
    const gone = [...this.known].filter((id) => !living.has(id));
    this.known = living;
    for (const dialerId of gone) this.options.log.info({ lost: dialerId }, 'a dialer is gone');
    const nowMs = this.options.clock.nowMs();
    if (gone.length === 0 && nowMs < this.nextSweepMs) return;
    this.nextSweepMs = nowMs + SWEEP_MS;
    await this.sweep();
  }

  /**
   * Through all notes, since one that was taken over is still kept under its first owner. The leases are read after the
   * notes: whoever wrote a note and has no lease now is gone.
   */
  private async sweep(): Promise<void> {
    const found = await this.options.notes.list();
    if (found.length === 0) return;
    const living = await this.living();
    const orphans = found.filter((note) => this.isOrphan(note, living));
    const workers = Array.from({ length: Math.min(AT_ONCE, orphans.length) }, async () => {
      for (let next = orphans.shift(); next; next = orphans.shift()) await this.take(next);
    });
    await Promise.all(workers);
  }

  /** A note in our own name of a call that we do not hold is a takeover that stopped half way. */
  private isOrphan({ entry, key }: FoundNote, living: ReadonlySet<string>): boolean {
    const { dialerId, holds } = this.options;
    if (this.busy.has(key) || holds(entry.record.call.sid)) return false;
    return entry.owner === dialerId || !living.has(entry.owner);
  }

  private async take(note: FoundNote): Promise<void> {
    const { notes, dialerId, log } = this.options;
    const { sid: callSid, to } = note.entry.record.call;
    const entry = { ...note.entry, owner: dialerId };
    this.busy.add(note.key);
    try {
      const revision = await notes.takeOver(note.key, entry, note.revision);
      if (revision === null) {
        this.busy.delete(note.key);
        return;
      }
      log.info({ callSid, to, lost: note.entry.owner, answered: entry.dialog !== null }, 'call taken over');
      this.options.onTaken();
      void this.finish(note.key, entry, revision);
    } catch (err) {
      this.busy.delete(note.key);
      log.warn({ callSid, err }, 'a takeover failed; it is tried again');
    }
  }

  /**
   * Tells the end and hangs up. Before the answer nothing can be hung up: a CANCEL belongs to the transaction of the
   * process that is gone (RFC 3261 §9.1). That phone rings until its own network gives up, and an answer gets no ACK.
   */
  private async finish(key: string, { record, dialog }: LiveCall, revision: number): Promise<void> {
    const { events, notes, hangUp, log } = this.options;
    const callSid = record.call.sid;
    try {
      if (record.call.direction === 'inbound') await this.leaveFence(callSid);
      events.publish(endLostCall(record, this.options));
      await Promise.all([events.settled(callSid), dialog && hangUp(dialog, record.call)]);
      await notes.removeAt(key, revision);
    } catch (err) {
      log.warn({ callSid, err }, 'a takeover was not finished; it is tried again');
    } finally {
      this.busy.delete(key);
    }
  }

  /**
   * A call that came has no fence. Without one, and with its note gone, a dialer that was thought dead would take it for its
   * own still when it comes back.
   */
  private async leaveFence(callSid: string): Promise<void> {
    const { fences, dialerId, now } = this.options;
    const claimId = `took-over-${dialerId}`;
    await fences.claim(callSid, { owner: dialerId, kind: 'dialer', claimId, at: now().toISOString() });
  }

  private async living(): Promise<Set<string>> {
    return new Set((await this.options.leases.list()).map(({ dialerId }) => dialerId));
  }
}
