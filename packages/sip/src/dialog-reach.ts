/**
 * True when `host` is known in a smaller surrounding than `other`: a phone behind NAT names an address that means nothing
 * where its packets come from. Both are IP addresses; IPv6 without brackets.
 */
export function isNearerThan(host: string, other: string): boolean {
  return host !== other && reachOf(host) < reachOf(other);
}

/** 0: on the same machine, 1: on the same link, 2: in the same private network, 3: everywhere. */
function reachOf(host: string): number {
  return host.includes(':') ? reachOfV6(host.toLowerCase()) : reachOfV4(host);
}

/** RFC 1122 §3.2.1.3, RFC 3927, RFC 1918, RFC 6598. */
function reachOfV4(host: string): number {
  const [first, second] = host.split('.', 2).map(Number);
  if (first === undefined || second === undefined) return 3;
  if (first === 127) return 0;
  if (first === 169 && second === 254) return 1;
  const isPrivate =
    first === 10 ||
    (first === 172 && second >= 16 && second < 32) ||
    (first === 192 && second === 168) ||
    (first === 100 && second >= 64 && second < 128);
  return isPrivate ? 2 : 3;
}

/** RFC 4291 §2.5.3, §2.5.6, RFC 4193; an IPv4 address in IPv6 is what it is in IPv4. */
function reachOfV6(host: string): number {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(host)?.[1];
  if (mapped !== undefined) return reachOfV4(mapped);
  if (host === '::1') return 0;
  if (/^fe[89ab]/.test(host)) return 1;
  return /^f[cd]/.test(host) ? 2 : 3;
}
