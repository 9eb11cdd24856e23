import { type DialogIdentifiers, LEASE_TTL_MS, type LiveCall } from '@trunkline/contracts';
import { createVirtualClock } from '@trunkline/sip/testing';
import { createTakeOver, GRACE_MS, type TakeOverOptions } from '../lost/take-over.js';
import { DIALOG } from './call-bench.js';
import { chargeBySecond } from './charge-by-second.js';
import { MemoryBus } from './memory-bus.js';
import { queuedRecord } from './queued-record.js';
import { createQuietLog } from './quiet-log.js';

/** Several dialers on one bus, of which a test lets some die. */
export function createSmallFleet() {
  const clock = createVirtualClock();
  const bus = new MemoryBus(clock);
  const byes: { by: string; dialog: DialogIdentifiers }[] = [];
  const beating = new Set<string>();

  const beat = async (dialerId: string): Promise<void> => {
    if (!beating.has(dialerId)) return;
    clock.after(LEASE_TTL_MS / 3, () => void beat(dialerId));
    const lease = {
      dialerId,
      sipAddress: '',
      startedAt: '2026-11-24T12:00:00.000Z',
      draining: false,
      trunks: {},
    };
    await bus.leases.renew(lease).catch(() => {});
  };

  return {
    clock,
    bus,
    byes,
    /** Begins to renew a lease. */
    live(dialerId: string): void {
      beating.add(dialerId);
      void beat(dialerId);
    },
    die(dialerId: string): void {
      beating.delete(dialerId);
    },
    /** A dialer that watches the others. */
    watch(dialerId: string, changes: Partial<TakeOverOptions> = {}) {
      const log = createQuietLog();
      const takeOver = createTakeOver({
        dialerId,
        source: `/trunkline/dialers/${dialerId}`,
        now: () => new Date('2026-11-24T12:00:00.000Z'),
        chargeFor: chargeBySecond,
        clock,
        leases: bus.leases,
        notes: bus.notes,
        fences: bus.fences,
        heldForMs: () => GRACE_MS,
        holds: () => false,
        hangUp: async (dialog) => void byes.push({ by: dialerId, dialog }),
        events: bus.events,
        onTaken: () => {},
        log,
        ...changes,
      });
      takeOver.start();
      return { takeOver, log };
    },
    /** Notes a call for a dialer: answered, unless told otherwise. */
    async note(owner: string, changes: Partial<LiveCall> = {}): Promise<LiveCall> {
      const record = { ...queuedRecord({ status: 'in-progress' }), sequence: 4 };
      const entry: LiveCall = { owner, record, dialog: DIALOG, ...changes };
      await bus.notes.put(entry);
      return entry;
    },
  };
}
