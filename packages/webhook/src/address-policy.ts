import ipaddr from 'ipaddr.js';

/** Says why an IP address may not be called, or null when it may. */
export type AddressPolicy = (address: string) => string | null;

/** For installations whose customers' servers are in the same network. */
export const anyAddress: AddressPolicy = () => null;

/**
 * Only addresses of the public Internet. What IPv6 carries an IPv4 address inside of it (RFC 4291 §2.5.5.2 mapped, RFC
 * 6052 NAT64) is judged by that address. Every other special range (IANA's registries) is refused, and so is what IANA
 * has not given out: of IPv6 only 2000::/3 is. Azure's metadata server stands in a public range.
 */
export const publicAddresses: AddressPolicy = (address) => {
  if (!ipaddr.isValid(address)) return 'not an IP address';
  const parsed = withoutWrapping(ipaddr.parse(address));
  if (METADATA.has(parsed.toString())) return 'a metadata address';
  const range = parsed.range();
  if (range === 'unicast' && parsed instanceof ipaddr.IPv6 && !parsed.match(GLOBAL_UNICAST))
    return 'an address outside of 2000::/3';
  return range === 'unicast' ? null : (NAMES[range] ?? `a reserved address (${range})`);
};

/** RFC 4291 §2.4. Outside of it are also the IPv4-compatible ::/96, which some systems still route as IPv4. */
const GLOBAL_UNICAST: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

const METADATA = new Set([
  '168.63.129.16',
  '169.254.169.254',
  '100.100.100.200',
  '192.0.0.192',
  'fd00:ec2::254',
]);

const NAMES: Record<string, string> = {
  private: 'a private address',
  uniqueLocal: 'a private address',
  loopback: 'a loopback address',
  linkLocal: 'a link-local address',
  carrierGradeNat: 'a carrier-grade NAT address',
  multicast: 'a multicast address',
  broadcast: 'the broadcast address',
  unspecified: 'the unspecified address',
};

function withoutWrapping(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const bytes = address.toByteArray();
  return NAT64_PREFIX.every((byte, n) => bytes[n] === byte) ? ipaddr.fromByteArray(bytes.slice(12)) : address;
}

/** 64:ff9b::/96, RFC 6052 §2.1. */
const NAT64_PREFIX = [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0];
