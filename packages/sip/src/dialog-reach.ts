import { BlockList, isIPv6 } from 'node:net';

/**
 * True when `host` is known in a smaller surrounding than `other`: a phone behind NAT names an address that means nothing
 * where its packets come from. Both are IP addresses; IPv6 without brackets.
 */
export function isNearerThan(host: string, other: string): boolean {
  return host !== other && reachOf(host) < reachOf(other);
}

/** 0: on the same machine, 1: on the same link, 2: in the same private network, 3: everywhere. */
function reachOf(host: string): number {
  return host.includes(':') ? reachOfV6(host) : reachOfV4(host);
}

/** RFC 1122 §3.2.1.3, RFC 3927, RFC 1918, RFC 6598. What is sent to "this host", 0.0.0.0, comes back to the own one. */
function reachOfV4(host: string): number {
  const [first, second] = host.split('.', 2).map(Number);
  if (first === undefined || second === undefined) return 3;
  if (first === 127 || first === 0) return 0;
  if (first === 169 && second === 254) return 1;
  const isPrivate =
    first === 10 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second < 128);
  return isPrivate ? 2 : 3;
}

/** However it is written; an IPv4 address in IPv6 is what it is in IPv4. */
function reachOfV6(host: string): number {
  const reach = NETWORKS_V6.findIndex((list) => list.check(host, 'ipv6'));
  return reach < 0 ? NETWORKS_V6.length : reach;
}

/** RFC 4291 §2.5.2, §2.5.3, §2.5.6, RFC 4193, and those of IPv4. */
const NETWORKS_V6 = [
  listOf(['::', 127], ['127.0.0.0', 8], ['0.0.0.0', 8]),
  listOf(['fe80::', 10], ['169.254.0.0', 16]),
  listOf(['fc00::', 7], ['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['100.64.0.0', 10]),
] as const;

function listOf(...networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, prefix] of networks)
    list.addSubnet(address, prefix, isIPv6(address) ? 'ipv6' : 'ipv4');
  return list;
}
