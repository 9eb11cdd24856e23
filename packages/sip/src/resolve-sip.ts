import type { NaptrRecord, SrvRecord } from 'node:dns';
import { isIP } from 'node:net';
import type { Clock } from './clock.js';
import { ResolveError } from './errors.js';
import { type SipDns, systemDns } from './resolve-dns.js';
import { type Found, ResolveMemory } from './resolve-memory.js';
import { orderServers } from './resolve-order.js';
import { defaultPortOf, type SipAddress, type SipProtocol } from './transport.js';

/** What a SIP URI says about its server. */
export interface ResolveRequest {
  /** A name or an address; IPv6 with brackets or without. */
  host: string;
  /** Null: not told, so that DNS may say it (SRV). */
  port: number | null;
  /** Null: not told, so that DNS may say it (NAPTR, SRV). */
  transport: 'udp' | 'tcp' | 'tls' | null;
  /** A `sips:` URI: TLS, whatever else is said. */
  secure?: boolean;
}

export interface SipResolver {
  /** Where to send, in the order in which to try; never empty. @throws ResolveError when there is nothing */
  resolve(what: ResolveRequest): Promise<SipAddress[]>;
}

export interface SipResolverOptions {
  clock: Clock;
  /** The machine's own unless told. */
  dns?: SipDns;
  /** Of the addresses that we can send to; `any`: IPv4 first. 4 unless told. */
  family?: 4 | 6 | 'any';
  /** What we speak, the liked before the less liked. */
  protocols: readonly SipProtocol[];
  /** How long one question may take, ms; a name may need three in a row. */
  deadlineMs?: number;
  /** 0 to 1, 1 excluded. */
  random?: () => number;
}

const DEADLINE_MS = 2500;

/** node:dns tells no TTL of NAPTR and SRV records, nor does the hosts file have any. */
const FIXED_TTL_MS = 60_000;
const MIN_TTL_MS = 1000;
const MAX_TTL_MS = 3_600_000;

/** Nobody would wait for more to fail. */
const MAX_TARGETS = 32;

/** Finds the servers of a SIP URI (RFC 3263 §4): NAPTR says by what, SRV says where, A and AAAA say the addresses. */
export function createSipResolver(options: SipResolverOptions): SipResolver {
  const search = new Search(options);
  return { resolve: (what) => search.resolve(what) };
}

/** One way to a service: by what, and under which name its servers are listed. */
interface Way {
  protocol: SipProtocol;
  service: string;
}

class Search {
  private readonly memory: ResolveMemory;
  private readonly dns: SipDns;
  private readonly random: () => number;
  /** Of a `sip:` URI that does not say. */
  private readonly usual: SipProtocol;
  private readonly families: readonly (4 | 6)[];

  constructor(private readonly options: SipResolverOptions) {
    this.memory = new ResolveMemory(options.clock, options.deadlineMs ?? DEADLINE_MS);
    this.dns = options.dns ?? systemDns();
    this.usual = options.protocols.includes('UDP') ? 'UDP' : (options.protocols[0] ?? 'UDP');
    this.random = options.random ?? Math.random;
    this.families = options.family === 'any' ? [4, 6] : [options.family ?? 4];
  }

  async resolve(what: ResolveRequest): Promise<SipAddress[]> {
    const host = what.host.replace(/^\[(.*)\]$/, '$1');
    const targets = await this.find({ ...what, host });
    const distinct = new Map(targets.map((one) => [`${one.protocol} ${one.host} ${one.port}`, one]));
    if (distinct.size === 0) throw new ResolveError(host, this.lackOf(host));
    return [...distinct.values()].slice(0, MAX_TARGETS);
  }

  private async find(what: ResolveRequest): Promise<SipAddress[]> {
    const { host, port } = what;
    const protocol = protocolAskedFor(what);
    const certain = protocol ?? (what.secure ? 'TLS' : this.usual);
    if (isIP(host) !== 0)
      return this.speaksTo(host) ? this.reach(what, [{ protocol: certain, host, port }]) : [];
    // A name of one word is the machine's own, or of its search domains, of which node:dns knows nothing.
    if (port !== null || isOneWord(host))
      return this.reach(what, await this.addressesOf(host, port, certain));
    const listed = await this.listed(await this.waysTo(what, protocol));
    if (listed.length > 0) return this.reach(what, listed);
    return this.reach(what, await this.addressesOf(host, null, certain));
  }

  private speaksTo(address: string): boolean {
    return this.families.includes(isIP(address) === 6 ? 6 : 4);
  }

  private lackOf(host: string): string {
    const spoken = this.families.map((family) => `IPv${family}`).join(' and ');
    if (isIP(host) !== 0 && !this.speaksTo(host))
      return `is no ${spoken} address, and SIP is sent over ${spoken} here`;
    return `has no ${spoken} address to send SIP to`;
  }

  /** RFC 3263 §4.1: NAPTR, or without any what we speak ourselves. */
  private async waysTo({ host, secure }: ResolveRequest, protocol: SipProtocol | null): Promise<Way[]> {
    if (protocol) return [{ protocol, service: `${SRV_PREFIX[protocol]}.${host}` }];
    const spoken = secure ? ['TLS' as const] : this.options.protocols;
    const told = (await this.pointersOf(host)).filter((way) => spoken.includes(way.protocol));
    if (told.length > 0) return told;
    return spoken.map((one) => ({ protocol: one, service: `${SRV_PREFIX[one]}.${host}` }));
  }

  private async pointersOf(host: string): Promise<Way[]> {
    const records = await this.memory.recall(`NAPTR ${host}`, () => untimed(this.dns.resolveNaptr(host)));
    return [...records]
      .sort((a, b) => a.order - b.order || a.preference - b.preference)
      .flatMap((record) => wayOf(record) ?? []);
  }

  /** The servers of each way in turn, the first way first. */
  private async listed(ways: readonly Way[]): Promise<Target[]> {
    const found = await Promise.all(ways.map((way) => this.serversOf(way)));
    return found.flat();
  }

  private async serversOf({ protocol, service }: Way): Promise<Target[]> {
    const records = await this.memory.recall<SrvRecord>(`SRV ${service}`, () =>
      untimed(this.dns.resolveSrv(service)),
    );
    // A lone dot is a service that is not offered (RFC 2782).
    const offered = records.filter(({ name }) => name !== '' && name !== '.').slice(0, MAX_TARGETS);
    const ordered = orderServers(offered, this.random);
    return (
      await Promise.all(ordered.map(({ name, port }) => this.addressesOf(name, port, protocol)))
    ).flat();
  }

  private async addressesOf(name: string, port: number | null, protocol: SipProtocol): Promise<Target[]> {
    if (isIP(name) !== 0) return this.speaksTo(name) ? [{ protocol, host: name, port }] : [];
    const found = await Promise.all(this.families.map((family) => this.addresses(name, family)));
    return found.flat().map((host) => ({ protocol, host, port }));
  }

  private addresses(name: string, family: 4 | 6): Promise<readonly string[]> {
    return this.memory.recall(`${family} ${name}`, () => this.askAddresses(name, family));
  }

  /** DNS first, for it says how long that is good; then what only the machine knows. */
  private async askAddresses(name: string, family: 4 | 6): Promise<Found<string>> {
    if (isOneWord(name)) return { records: await this.dns.lookup(name, family), ttlMs: FIXED_TTL_MS };
    try {
      const records = await (family === 4 ? this.dns.resolve4(name) : this.dns.resolve6(name));
      const ttlMs = Math.min(...records.map(({ ttl }) => ttl * 1000));
      return {
        records: records.map(({ address }) => address),
        ttlMs: Math.min(MAX_TTL_MS, Math.max(MIN_TTL_MS, ttlMs)),
      };
    } catch (error) {
      const records = await this.dns.lookup(name, family).catch(() => {
        throw error;
      });
      return { records, ttlMs: FIXED_TTL_MS };
    }
  }

  /** What we do not speak cannot be reached. A certificate is asked for by the name that the URI has (RFC 5922 §7.1). */
  private reach({ host }: ResolveRequest, targets: readonly Target[]): SipAddress[] {
    return targets
      .filter(({ protocol }) => this.options.protocols.includes(protocol))
      .map((target) => ({
        host: target.host,
        port: target.port ?? defaultPortOf(target.protocol),
        protocol: target.protocol,
        ...(target.protocol === 'TLS' ? { serverName: host } : {}),
      }));
  }
}

function isOneWord(name: string): boolean {
  return !name.includes('.');
}

interface Target {
  protocol: SipProtocol;
  host: string;
  /** Null: the usual one. */
  port: number | null;
}

const PROTOCOLS = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' } as const;

/** RFC 3263 §4.2. */
const SRV_PREFIX: Record<SipProtocol, string> = { UDP: '_sip._udp', TCP: '_sip._tcp', TLS: '_sips._tcp' };

/** RFC 3263 §4.1; null: to be found out. */
function protocolAskedFor({ transport, secure }: ResolveRequest): SipProtocol | null {
  if (transport === null) return null;
  return secure ? 'TLS' : PROTOCOLS[transport];
}

const SERVICES: ReadonlyMap<string, SipProtocol> = new Map([
  ['SIP+D2U', 'UDP'],
  ['SIP+D2T', 'TCP'],
  ['SIPS+D2T', 'TLS'],
]);

/** Null for another service, or one that is rewritten by a pattern, which SIP never is. */
function wayOf({ flags, service, regexp, replacement }: NaptrRecord): Way | null {
  const protocol = SERVICES.get(service.toUpperCase());
  if (!protocol || flags.toLowerCase() !== 's' || regexp !== '' || replacement === '') return null;
  return { protocol, service: replacement };
}

async function untimed<T>(records: Promise<T[]>): Promise<Found<T>> {
  return { records: await records, ttlMs: FIXED_TTL_MS };
}
