import { isIP } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { NoPublicAddressError } from './errors.js';

const ANY_ADDRESS = new Set(['0.0.0.0', '::']);

/**
 * The address that goes into Via, Contact and SDP: what was configured, or the one we bind to, or the machine's first
 * address of that IP version that is not loopback.
 * @throws NoPublicAddressError, saying what is wrong with SIP_PUBLIC_ADDRESS, when there is none, or it is of the other IP
 * version than `bind`
 */
export function choosePublicAddress(
  configured: string | undefined,
  bind: string,
  interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>,
): string {
  if (configured !== undefined) return assertSameVersion(configured, bind);
  if (!ANY_ADDRESS.has(bind)) return bind;
  const family = `IPv${isIP(bind)}`;
  const found = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    .find((one) => one.family === family && !one.internal && !isLinkLocal(one.address));
  if (!found)
    throw new NoPublicAddressError(
      `is not set, and this machine has no ${family} address but loopback: give the one that trunks reach`,
    );
  return found.address;
}

function assertSameVersion(configured: string, bind: string): string {
  if (isIP(configured) === isIP(bind)) return configured;
  throw new NoPublicAddressError(
    `is IPv${isIP(configured)}, and SIP_BIND is IPv${isIP(bind)}: both must be of one version`,
  );
}

/** Means nothing to anybody beyond the next router (RFC 4291 §2.5.6). */
function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}
