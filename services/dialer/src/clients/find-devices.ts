import type { Binding, Location } from '@trunkline/contracts';
import type { SipAddress } from '@trunkline/sip';

/** One device of a client, and how an INVITE gets there. */
export interface Device {
  /** The Request-URI. */
  contact: string;
  target: SipAddress;
  /** Values of Route: the dialer that holds its connection, when that is another. */
  routes: string[];
  q: number;
  /** How it is reached, in a few words. */
  way: string;
}

export interface DeviceFinder {
  nowMs: number;
  dialerId: string;
  isAlive: (dialerId: string) => boolean;
  edgeRoute: (binding: { source: SipAddress; dialerAddress: string }) => string;
}

/**
 * The devices of a client that can be reached, in groups of equal q, the highest first. Those of another dialer are reached
 * through it, since a NAT lets nobody else in. When it is gone, a device is asked where it was last seen, which may help where
 * there is no NAT; a stream has gone with it.
 */
export function findDevices(location: Location | null, finder: DeviceFinder): Device[][] {
  const alive = (location?.bindings ?? []).filter(({ expiresAt }) => Date.parse(expiresAt) > finder.nowMs);
  const devices = alive.flatMap((binding) => wayTo(binding, finder) ?? []);
  const ranks = [...new Set(devices.map(({ q }) => q))].sort((a, b) => b - a);
  return ranks.map((rank) => devices.filter(({ q }) => q === rank));
}

function wayTo(
  { contact, source, dialerId, dialerAddress, q }: Binding,
  finder: DeviceFinder,
): Device | null {
  const device = { contact, q };
  if (dialerId === finder.dialerId)
    return { ...device, target: addressOf(source), routes: [], way: 'registered here' };
  if (finder.isAlive(dialerId)) {
    const target = readHostPort(dialerAddress);
    if (target === null) return null;
    const route = finder.edgeRoute({ source: addressOf(source), dialerAddress });
    return { ...device, target, routes: [route], way: `registered at ${dialerId}` };
  }
  if (source.protocol !== 'UDP') return null;
  return {
    ...device,
    target: addressOf(source),
    routes: [],
    way: `registered at ${dialerId}, which is gone`,
  };
}

function addressOf({ protocol, host, port, connection }: Binding['source']): SipAddress {
  return { protocol, host, port, ...(connection === undefined ? {} : { connection }) };
}

/** `192.0.2.1:5060`, `[2001:db8::1]:5060` */
function readHostPort(text: string): SipAddress | null {
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(text) ?? [];
  return host === undefined ? null : { host, port: Number(port) };
}
