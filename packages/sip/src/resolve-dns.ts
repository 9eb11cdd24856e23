import type { NaptrRecord, RecordWithTtl, SrvRecord } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';

/** What is asked of DNS; each rejects with the `code` of node:dns when there is no answer. */
export interface SipDns {
  resolveNaptr(name: string): Promise<NaptrRecord[]>;
  resolveSrv(name: string): Promise<SrvRecord[]>;
  resolve4(name: string): Promise<RecordWithTtl[]>;
  resolve6(name: string): Promise<RecordWithTtl[]>;
  /** What the machine itself knows: its hosts file, its search domains. */
  lookup(name: string, family: 4 | 6): Promise<string[]>;
}

export interface SystemDnsOptions {
  /** Addresses of DNS servers, as `192.0.2.53` or `[2001:db8::53]:5353`; the machine's own unless told. */
  servers?: readonly string[];
  /** How long one try may take, ms; there are two. */
  timeoutMs?: number;
}

const TIMEOUT_MS = 1000;
const TRIES = 2;

/** DNS as this machine has it. */
export function systemDns(options: SystemDnsOptions = {}): SipDns {
  const resolver = new Resolver({ timeout: options.timeoutMs ?? TIMEOUT_MS, tries: TRIES });
  if (options.servers && options.servers.length > 0) resolver.setServers(options.servers);
  return {
    resolveNaptr: (name) => resolver.resolveNaptr(name),
    resolveSrv: (name) => resolver.resolveSrv(name),
    resolve4: (name) => resolver.resolve4(name, { ttl: true }),
    resolve6: (name) => resolver.resolve6(name, { ttl: true }),
    async lookup(name, family) {
      return (await lookup(name, { family, all: true })).map(({ address }) => address);
    },
  };
}

/** DNS was reached, and says that there is no such record: as good an answer as any. */
export function isNoRecord(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOTFOUND' || code === 'ENODATA';
}
