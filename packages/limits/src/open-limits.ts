import { CallPlaces } from './call-places.js';
import type { Limits, LimitsOptions } from './limits.js';
import { openRedis } from './redis-link.js';
import { RequestCounter } from './request-counter.js';
import { TrunkChannels } from './trunk-channels.js';

/** Opens the limits. It connects by itself, and again for ever; it can be opened while Redis is away. */
export function openLimits({ url, namespace, onError }: LimitsOptions): Limits {
  const link = openRedis(url, onError);
  const prefix = namespace === '' ? 'trunkline:limits' : `trunkline:${namespace}:limits`;
  const requests = new RequestCounter(link, `${prefix}:requests`);
  const calls = new CallPlaces(link, `${prefix}:calls`);
  const channels = new TrunkChannels(link, `${prefix}:trunks`);
  return {
    takeRequest: (accountSid, perSecond) => requests.take(accountSid, perSecond),
    takeCall: (callSid, places) => calls.take(callSid, places),
    keepCall: (callSid, accountSids) => calls.keep(callSid, accountSids),
    releaseCalls: (held) => calls.release(held),
    takeChannel: (request) => channels.take(request),
    keepChannels: (held) => channels.keep(held),
    releaseChannel: (held) => channels.release(held),
    close: () => link.close(),
  };
}
