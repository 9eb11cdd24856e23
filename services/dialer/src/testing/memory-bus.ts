import { LiveCallTakenError } from '@trunkline/bus';
import {
  type CallEvent,
  eventName,
  type Fence,
  LEASE_TTL_MS,
  type Lease,
  type LiveCall,
  type Location,
} from '@trunkline/contracts';
import type { Clock } from '@trunkline/sip';

interface Kept<T> {
  value: T;
  revision: number;
  atMs: number;
}

/** What dialers share, in memory: as many dialers as a test wants, on one clock, and an outage at will. */
export class MemoryBus {
  readonly told: CallEvent[] = [];
  isAway = false;
  private revision = 0;
  private readonly fencesKept = new Map<string, Kept<Fence>>();
  private readonly leasesKept = new Map<string, Kept<Lease>>();
  private readonly locationsKept = new Map<string, Location>();
  private readonly notesKept = new Map<string, Kept<LiveCall>>();

  constructor(private readonly clock: Clock) {}

  readonly leases = {
    renew: async (lease: Lease): Promise<void> => this.keep(this.leasesKept, lease.dialerId, lease),
    release: async (dialerId: string): Promise<void> => this.drop(this.leasesKept, dialerId),
    list: async (): Promise<Lease[]> => {
      await this.reach();
      return [...this.leasesKept.values()]
        .filter(({ atMs }) => this.clock.nowMs() - atMs < LEASE_TTL_MS)
        .map(({ value }) => value);
    },
  };

  readonly fences = {
    claim: async (callSid: string, fence: Fence) => {
      await this.reach();
      const before = this.fencesKept.get(callSid);
      if (before) return { won: false as const, held: before.value, revision: before.revision };
      this.set(this.fencesKept, callSid, fence);
      return { won: true as const };
    },
    read: async (callSid: string) => {
      await this.reach();
      const kept = this.fencesKept.get(callSid);
      return kept ? { fence: kept.value, revision: kept.revision } : null;
    },
    takeOver: async (callSid: string, fence: Fence, revision: number): Promise<boolean> => {
      await this.reach();
      if (this.fencesKept.get(callSid)?.revision !== revision) return false;
      this.set(this.fencesKept, callSid, fence);
      return true;
    },
  };

  readonly notes = {
    put: async (entry: LiveCall): Promise<void> => {
      await this.reach();
      const key = `${entry.owner}.${entry.record.call.sid}`;
      const owner = this.notesKept.get(key)?.value.owner ?? entry.owner;
      if (owner !== entry.owner) throw new LiveCallTakenError(`${key} is ${owner}'s now`);
      this.set(this.notesKept, key, structuredClone(entry));
    },
    remove: async (owner: string, callSid: string): Promise<void> =>
      this.drop(this.notesKept, `${owner}.${callSid}`),
    read: async (owner: string, callSid: string) => {
      await this.reach();
      return this.found(`${owner}.${callSid}`);
    },
    list: async () => {
      await this.reach();
      return [...this.notesKept.keys()].flatMap((key) => this.found(key) ?? []);
    },
    takeOver: async (key: string, entry: LiveCall, revision: number): Promise<number | null> => {
      await this.reach();
      if (this.notesKept.get(key)?.revision !== revision) return null;
      this.set(this.notesKept, key, entry);
      return this.revision;
    },
    removeAt: async (key: string, revision: number): Promise<boolean> => {
      await this.reach();
      if (this.notesKept.get(key)?.revision !== revision) return false;
      this.notesKept.delete(key);
      return true;
    },
  };

  readonly locations = {
    read: async (clientSid: string): Promise<Location | null> => {
      await this.reach();
      return this.locationsKept.get(clientSid) ?? null;
    },
    change: async (clientSid: string, change: (before: Location) => Location | null): Promise<Location> => {
      await this.reach();
      const before = this.locationsKept.get(clientSid) ?? { clientSid, bindings: [] };
      const after = change(before) ?? before;
      this.locationsKept.set(clientSid, after);
      return after;
    },
  };

  readonly events = {
    publish: (event: CallEvent): void => {
      if (!this.told.some(({ id }) => id === event.id)) this.told.push(event);
    },
    settled: async (_callSid: string): Promise<void> => {},
  };

  /** What was told of one call: names in order. */
  namesOf(callSid: string): string[] {
    return this.told.filter(({ subject }) => subject === callSid).map(eventName);
  }

  note(owner: string, callSid: string): LiveCall | null {
    return this.notesKept.get(`${owner}.${callSid}`)?.value ?? null;
  }

  private found(key: string) {
    const kept = this.notesKept.get(key);
    return kept ? { entry: kept.value, revision: kept.revision, key } : null;
  }

  private async reach(): Promise<void> {
    if (this.isAway) throw Object.assign(new Error('the bus is away'), { retryable: true });
  }

  private async keep<T>(map: Map<string, Kept<T>>, key: string, value: T): Promise<void> {
    await this.reach();
    this.set(map, key, value);
  }

  private set<T>(map: Map<string, Kept<T>>, key: string, value: T): void {
    this.revision += 1;
    map.set(key, { value, revision: this.revision, atMs: this.clock.nowMs() });
  }

  private async drop<T>(map: Map<string, Kept<T>>, key: string): Promise<void> {
    await this.reach();
    map.delete(key);
  }
}
