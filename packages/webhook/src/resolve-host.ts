import { Resolver } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';

/** An address that a name stands for. */
export interface HostAddress {
  address: string;
  family: 4 | 6;
}

export type HostResolver = (host: string) => Promise<HostAddress[]>;

/**
 * Creates a resolver. Names with a dot are asked of DNS directly, since the system's own lookup runs in four threads
 * that a customer's slow name server could fill for everyone; what DNS does not know (the hosts file, search domains)
 * goes there still. Many who ask for the same name at once share one question.
 */
export function createHostResolver(): HostResolver {
  const resolver = new Resolver({ timeout: 1500, tries: 2 });
  const asking = new Map<string, Promise<HostAddress[]>>();
  return (host) => {
    const asked = asking.get(host) ?? ask(resolver, host).finally(() => asking.delete(host));
    asking.set(host, asked);
    return asked;
  };
}

async function ask(resolver: Resolver, host: string): Promise<HostAddress[]> {
  if (host.replace(/\.$/, '').includes('.')) {
    const found = await Promise.all([query(resolver, host, 4), query(resolver, host, 6)]);
    if (found.some((addresses) => addresses.length > 0)) return found.flat();
  }
  const known = await lookup(host, { all: true });
  return known.map(({ address }) => ({ address, family: isIP(address) as 4 | 6 }));
}

function query(resolver: Resolver, host: string, family: 4 | 6): Promise<HostAddress[]> {
  return new Promise((resolve) => {
    const take = (error: Error | null, addresses: string[]) =>
      resolve(error ? [] : addresses.map((address) => ({ address, family })));
    if (family === 4) resolver.resolve4(host, take);
    else resolver.resolve6(host, take);
  });
}
