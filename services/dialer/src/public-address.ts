import { isIP } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { NoPublicAddressError } from './errors.js';

const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

/**
 * The address that goes into Via, Contact and SDP: what was configured, or the one we bind to, or the machine's first
 * IPv4 address that is not loopback.
 * @throws NoPublicAddressError when there is none
 */
export function choosePublicAddress(
  configured: string | undefined,
  bind: string,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
): string {
  if (configured !== undefined) return configured;
  if (isIP(bind) !== 0 && !ANY_ADDRESS.has(bind)) return bind;
  const found = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  if (!found) throw new NoPublicAddressError();
  return found.address;
}
