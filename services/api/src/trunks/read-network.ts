import { BlockList, isIP } from 'node:net';
import { faultOfAddress, faultOfRange } from './fault-of-address.js';

/** The widest ranges of customers' trunks: who could claim half the Internet would have it heard, and its floods not counted. */
const MIN_OWN_PREFIX = { 4: 24, 6: 48 } as const;

/** The widest ranges that a trunk's calls may come from: what is wider would be anybody. */
const MIN_PREFIX = { 4: 8, 6: 16 } as const;

/** What is wrong with an IP address or a CIDR range, in words that follow its name; null when nothing is. */
export function faultOfNetwork(given: string): string | null {
  const [address = '', prefix, ...rest] = given.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || rest.length > 0) return NO_NETWORK;
  if (prefix === undefined) return faultOfAddress(address);
  if (!/^\d{1,3}$/.test(prefix)) return NO_NETWORK;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  try {
    new BlockList().addSubnet(address, Number(prefix), kind);
  } catch {
    return NO_NETWORK;
  }
  const min = MIN_PREFIX[family === 4 ? 4 : 6];
  if (Number(prefix) < min) return `has a range that is too wide: /${min} is the widest`;
  return faultOfRange({ address, prefix: Number(prefix) });
}

const NO_NETWORK = 'must be IP addresses, or ranges such as 192.0.2.0/24';

/** What is wrong with a range that an account below another gives itself; null when nothing is, or it is no range. */
export function faultOfOwnNetwork(given: string): string | null {
  const [address = '', prefix] = given.split('/');
  const min = MIN_OWN_PREFIX[isIP(address) === 4 ? 4 : 6];
  if (prefix === undefined || Number(prefix) >= min) return null;
  return `has a range that is too wide: /${min} is the widest that an account below another can set`;
}
