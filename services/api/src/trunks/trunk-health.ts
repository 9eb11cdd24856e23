import type { Lease, TrunkHealth } from '@trunkline/contracts';
import type { StoredTrunk } from '@trunkline/store';
import type { RoutingPorts } from '../routing/routing-ports.js';

/** How a trunk looks from one dialer. */
export interface DialerHealth extends TrunkHealth {
  dialer: string;
}

/** A trunk with how it looks from where calls leave. */
export interface ShownTrunk {
  trunk: StoredTrunk;
  /** Of every dialer that has it; empty while none is known. */
  health: readonly DialerHealth[];
}

/** The trunks as the dialers see them just now. While NATS is away nobody knows, and that is no fault of the request. */
export async function withHealth(
  { bus, log }: Pick<RoutingPorts, 'bus' | 'log'>,
  trunks: readonly StoredTrunk[],
): Promise<ShownTrunk[]> {
  const leases = await readLeases({ bus, log });
  return trunks.map((trunk) => ({ trunk, health: healthOf(trunk.sid, leases) }));
}

/** One word for all dialers: the best that any of them says; `disabled` when nobody is to use it. */
export function stateOf({ trunk, health }: ShownTrunk): TrunkHealth['state'] | 'disabled' {
  if (!trunk.enabled) return 'disabled';
  return BEST_FIRST.find((state) => health.some((one) => one.state === state)) ?? 'unknown';
}

/** Whether any dialer is registered there; null where none is to be, or nobody knows. */
export function isRegistered({ trunk, health }: ShownTrunk): boolean | null {
  const told = health.map(({ registered }) => registered).filter((one) => one !== null);
  return trunk.register && told.length > 0 ? told.includes(true) : null;
}

const BEST_FIRST = ['up', 'suspended', 'down', 'unknown'] as const;

async function readLeases({ bus, log }: Pick<RoutingPorts, 'bus' | 'log'>): Promise<Lease[]> {
  if (!bus.isConnected()) return [];
  try {
    return await bus.leases.list();
  } catch (err) {
    log.warn({ err }, 'what dialers know of trunks cannot be read');
    return [];
  }
}

function healthOf(trunkSid: string, leases: readonly Lease[]): DialerHealth[] {
  return leases
    .flatMap(({ dialerId, trunks }) => {
      const health = trunks[trunkSid];
      return health ? [{ dialer: dialerId, ...health }] : [];
    })
    .sort((one, other) => (one.dialer < other.dialer ? -1 : 1));
}
