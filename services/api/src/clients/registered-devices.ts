import type { Location } from '@trunkline/contracts';
import type { RoutingPorts } from '../routing/routing-ports.js';

type DevicePorts = Pick<RoutingPorts, 'bus' | 'log'>;

/** The devices that are registered just now. Null while NATS is away: nobody knows, and that is no fault of the request. */
export async function readDevices(
  { bus, log }: DevicePorts,
  clientSid: string,
): Promise<Location['bindings'] | null> {
  if (!bus.isConnected()) return null;
  try {
    const bindings = (await bus.locations.read(clientSid))?.bindings ?? [];
    const now = new Date().toISOString();
    return bindings.filter(({ expiresAt }) => expiresAt > now);
  } catch (err) {
    log.warn({ err, clientSid }, 'the devices of a client cannot be read');
    return null;
  }
}

/** Takes away what was registered with what counts no more. Never throws: dialers look at the client all the same. */
export async function forgetDevices({ bus, log }: DevicePorts, clientSid: string): Promise<void> {
  try {
    await bus.locations.change(clientSid, ({ bindings }) =>
      bindings.length > 0 ? { clientSid, bindings: [] } : null,
    );
  } catch (err) {
    log.warn({ err, clientSid }, 'the devices of a client are not forgotten: they expire');
  }
}
