import { Resolver } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { WebhookError } from './errors.js';

/** An address that a name stands for. */
export interface HostAddress {
  address: string;
  family: 4 | 6;
}

export type HostResolver = (host: string) => Promise<HostAddress[]>;

export interface NameSources {
  /** Asks DNS itself. */
  resolver: Resolver;
  /** The system's own lookup: the hosts file, search domains. It takes one of the process's four threads. */
  systemLookup: HostResolver;
}

/** When one family has been found, so long is waited for the other; some name servers never answer about AAAA. */
const OTHER_FAMILY_MS = 300;
/** Of the process's four threads, which also read files and look up our own servers. */
const MAX_SYSTEM_LOOKUPS = 2;
const MAX_WAITING_LOOKUPS = 256;

/**
 * Creates a resolver. Names with a dot are asked of DNS directly; what it does not know goes to the system's own
 * lookup, of which only two are under way at once, so that a customer's slow name server cannot fill its threads for
 * everyone. Many who ask for the same name at once share one question.
 */
export function createHostResolver(sources: Partial<NameSources> = {}): HostResolver {
  const resolver = sources.resolver ?? new Resolver({ timeout: 1500, tries: 2 });
  const systemLookup = boundLookups(sources.systemLookup ?? lookupInSystem);
  const asking = new Map<string, Promise<HostAddress[]>>();
  return (host) => {
    const ask = () => findAddresses(host, { resolver, systemLookup }).finally(() => asking.delete(host));
    const asked = asking.get(host) ?? ask();
    asking.set(host, asked);
    return asked;
  };
}

async function findAddresses(host: string, { resolver, systemLookup }: NameSources): Promise<HostAddress[]> {
  const hasDot = host.replace(/\.$/, '').includes('.');
  const found = hasDot ? await askBothFamilies(resolver, host) : [];
  return found.length > 0 ? found : systemLookup(host);
}

/** IPv4 before IPv6, whichever comes first. */
function askBothFamilies(resolver: Resolver, host: string): Promise<HostAddress[]> {
  return new Promise((resolve) => {
    const found: HostAddress[] = [];
    let open = 2;
    let patience: NodeJS.Timeout | undefined;
    const finish = () => {
      clearTimeout(patience);
      resolve(found.sort((a, b) => a.family - b.family));
    };
    const take = (addresses: HostAddress[]) => {
      found.push(...addresses);
      open -= 1;
      if (open === 0) finish();
      else if (found.length > 0) patience = setTimeout(finish, OTHER_FAMILY_MS);
    };
    const takeFamily = (family: 4 | 6) => (error: Error | null, addresses: string[]) =>
      take(error ? [] : addresses.map((address) => ({ address, family })));
    resolver.resolve4(host, takeFamily(4));
    resolver.resolve6(host, takeFamily(6));
  });
}

async function lookupInSystem(host: string): Promise<HostAddress[]> {
  const known = await lookup(host, { all: true });
  return known.map(({ address }) => ({ address, family: isIP(address) as 4 | 6 }));
}

/** Lets only a few be under way; the others wait in line, and what is too many for that is refused. */
function boundLookups(look: HostResolver): HostResolver {
  const waiting: (() => void)[] = [];
  let underWay = 0;
  const next = () => {
    underWay -= 1;
    waiting.shift()?.();
  };
  const begin = (host: string) => {
    underWay += 1;
    return look(host).finally(next);
  };
  return (host) => {
    if (underWay < MAX_SYSTEM_LOOKUPS) return begin(host);
    if (waiting.length >= MAX_WAITING_LOOKUPS)
      return Promise.reject(
        new WebhookError(`too many names are looked up before ${host}`, { retryable: true }),
      );
    return new Promise((resolve) => waiting.push(() => resolve(begin(host))));
  };
}
