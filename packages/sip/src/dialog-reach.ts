import { BlockList, isIP } from 'node:net';

/** How far an address is known, nearest first: RFC 1122 §3.2.1.3, RFC 3927, RFC 1918 with RFC 6598, and their IPv6 kin. */
const NEARER = [
  listOf(['127.0.0.0', 8, 'ipv4'], ['::1', 128, 'ipv6']),
  listOf(['169.254.0.0', 16, 'ipv4'], ['fe80::', 10, 'ipv6']),
  listOf(
    ['10.0.0.0', 8, 'ipv4'],
    ['172.16.0.0', 12, 'ipv4'],
    ['192.168.0.0', 16, 'ipv4'],
    ['100.64.0.0', 10, 'ipv4'],
    ['fc00::', 7, 'ipv6'],
  ),
] as const;

/**
 * True when `host` is known in a smaller surrounding than `other`: a phone behind NAT names an address that means nothing
 * where its packets come from. Both are IP addresses; IPv6 without brackets.
 */
export function isNearerThan(host: string, other: string): boolean {
  return reachOf(host) < reachOf(other);
}

function reachOf(host: string): number {
  const family = isIP(host) === 6 ? 'ipv6' : 'ipv4';
  const at = NEARER.findIndex((list) => list.check(host, family));
  return at < 0 ? NEARER.length : at;
}

function listOf(...subnets: [string, number, 'ipv4' | 'ipv6'][]): BlockList {
  const list = new BlockList();
  for (const [net, prefix, family] of subnets) list.addSubnet(net, prefix, family);
  return list;
}
