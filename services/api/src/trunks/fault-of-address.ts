import { BlockList, isIP } from 'node:net';

interface Network {
  address: string;
  prefix: number;
}

/** Where nobody is: nothing can be sent there, and nothing comes from there. */
const NOWHERE: readonly [Network, string][] = [
  [{ address: '0.0.0.0', prefix: 8 }, 'the unspecified address'],
  [{ address: '::', prefix: 128 }, 'the unspecified address'],
  [{ address: '224.0.0.0', prefix: 4 }, 'a multicast address'],
  [{ address: 'ff00::', prefix: 8 }, 'a multicast address'],
  [{ address: '240.0.0.0', prefix: 4 }, 'a broadcast or reserved address'],
];

/** IPv4 addresses as IPv6 writes them (RFC 4291 §2.5.5.2). */
const MAPPED: Network = { address: '::ffff:0:0', prefix: 96 };

/** What is wrong with an IP address at which one host should be, in words that follow its name; null when nothing is. */
export function faultOfAddress(address: string): string | null {
  return faultOfRange({ address, prefix: isIP(address) === 4 ? 32 : 128 });
}

/**
 * The same of a range. With IPv4 in IPv6's notation a narrow one, by its prefix, could mean every IPv4 address, so that it
 * is written as IPv4 or not at all.
 */
export function faultOfRange(range: Network): string | null {
  const [, what] = NOWHERE.find(([nowhere]) => overlap(range, nowhere)) ?? [];
  if (what !== undefined) return `cannot be ${what}`;
  return overlap(range, MAPPED) ? 'has IPv4 in the notation of IPv6: write it as 192.0.2.1' : null;
}

/** Of two ranges that have anything in common one holds the other's first address. */
function overlap(one: Network, other: Network): boolean {
  return (
    isIP(one.address) === isIP(other.address) && (holds(one, other.address) || holds(other, one.address))
  );
}

function holds({ address, prefix }: Network, other: string): boolean {
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, prefix, family);
  return list.check(other, family);
}
