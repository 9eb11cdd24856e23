import type { Trunk } from '@trunkline/contracts';
import type { SipAddress, SipResolver } from '@trunkline/sip';
import { whereOf } from '../trunks/trunk-targets.js';

/**
 * Where a trunk's calls come from, as far as names tell: its host, and the proxy before it, either of which may have no address
 * that we could find. @throws ResolveError when neither has
 */
export async function resolveSources(trunk: Trunk, resolver: SipResolver): Promise<SipAddress[]> {
  const { host, port, transport, outboundProxy } = trunk;
  if (outboundProxy === null) return resolver.resolve(whereOf(trunk));
  const found = await Promise.allSettled([
    resolver.resolve(whereOf(trunk)),
    resolver.resolve({ host, port, transport }),
  ]);
  const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const [first] = found;
  if (addresses.length === 0 && first.status === 'rejected') throw first.reason;
  return addresses;
}
