import type { Trunk } from '@trunkline/contracts';
import type { SipAddress } from '@trunkline/sip';
import { allowedOf, resolveTrunk, type TrunkFinder } from '../trunks/trunk-targets.js';

/**
 * Where a trunk's calls come from, as far as names tell: its host, and the proxy before it, either of which may have no address
 * that we could find. @throws ResolveError, ForbiddenTargetError when neither has
 */
export async function resolveSources(trunk: Trunk, finder: TrunkFinder): Promise<SipAddress[]> {
  const { host, port, transport, outboundProxy } = trunk;
  if (outboundProxy === null) return resolveTrunk(trunk, finder);
  const found = await Promise.allSettled([
    resolveTrunk(trunk, finder),
    finder.resolver.resolve({ host, port, transport }).then((found) => allowedOf(trunk, found, finder)),
  ]);
  const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  const [first] = found;
  if (addresses.length === 0 && first.status === 'rejected') throw first.reason;
  return addresses;
}
