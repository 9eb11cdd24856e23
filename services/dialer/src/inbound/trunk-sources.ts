import { BlockList, isIP } from 'node:net';
import type { Trunk } from '@trunkline/contracts';
import type { Clock, SipAddress, Timer } from '@trunkline/sip';
import type { CallLog } from '../call/call-log.js';

/** Which addresses belong to which trunks. */
export interface TrunkSources {
  /** The trunks whose requests come from there; none for a stranger. */
  at(host: string): readonly Trunk[];
  /** Whether that is where we send that trunk's calls: host and port. */
  isTargetOf(trunk: Trunk, from: SipAddress): boolean;
  start(): void;
  /** Reads the trunks anew, soon. */
  refresh(): void;
  stop(): void;
}

export interface TrunkSourcesOptions {
  trunks: () => readonly Trunk[];
  /** @throws when its name has no address */
  resolve: (trunk: Trunk) => Promise<readonly SipAddress[]>;
  clock: Clock;
  log: CallLog;
}

/** Carriers move by DNS. */
const REFRESH_MS = 60_000;
/** Many changes at once, as when the directory fills, cost one round. */
const SOON_MS = 200;
const AT_ONCE = 20;
/** Addresses out of ranges; of more all are looked up anew. */
export const MAX_REMEMBERED = 10_000;

export function createTrunkSources(options: TrunkSourcesOptions): TrunkSources {
  return new SourceBook(options);
}

interface KnownTrunk {
  trunk: Trunk;
  /** What `targets` were resolved from. */
  place: string;
  targets: readonly SipAddress[];
  /** Ranges, and single addresses that were written in other ways than sockets do. */
  ranges: BlockList;
}

class SourceBook implements TrunkSources {
  private known: KnownTrunk[] = [];
  /** By address; from `targets`. */
  private readonly byHost = new Map<string, readonly Trunk[]>();
  /** What `ranges` said of an address once. */
  private readonly inRange = new Map<string, readonly Trunk[]>();
  /** All ranges together: whether a stranger is worth a look at each. */
  private ranges = new BlockList();
  private timer: Timer | null = null;
  private isBusy = false;
  private isStopped = false;
  private isAskedAgain = false;

  constructor(private readonly options: TrunkSourcesOptions) {}

  at(host: string): readonly Trunk[] {
    const found = this.byHost.get(host) ?? this.inRange.get(host);
    if (found) return found;
    if (!holds(this.ranges, host)) return NO_TRUNKS;
    const trunks = this.known.flatMap(({ trunk, ranges }) => (holds(ranges, host) ? [trunk] : []));
    // Strangers are not remembered: there are as many as anybody likes, and in a wide range hardly fewer.
    if (this.inRange.size >= MAX_REMEMBERED) this.inRange.clear();
    if (trunks.length > 0) this.inRange.set(host, trunks);
    return trunks;
  }

  isTargetOf(trunk: Trunk, from: SipAddress): boolean {
    const known = this.known.find((one) => one.trunk.sid === trunk.sid);
    return known?.targets.some(({ host, port }) => host === from.host && port === from.port) ?? false;
  }

  start(): void {
    void this.turn();
  }

  refresh(): void {
    if (this.isBusy) this.isAskedAgain = true;
    else this.after(SOON_MS);
  }

  stop(): void {
    this.isStopped = true;
    this.timer?.cancel();
  }

  private after(ms: number): void {
    this.timer?.cancel();
    if (!this.isStopped) this.timer = this.options.clock.after(ms, () => void this.turn());
  }

  private async turn(): Promise<void> {
    this.isBusy = true;
    this.isAskedAgain = false;
    try {
      this.take(await this.lookUp());
    } finally {
      this.isBusy = false;
      this.after(this.isAskedAgain ? SOON_MS : REFRESH_MS);
    }
  }

  private async lookUp(): Promise<KnownTrunk[]> {
    const todo = this.options.trunks().filter(({ enabled }) => enabled);
    const found: KnownTrunk[] = [];
    const workers = Array.from({ length: Math.min(AT_ONCE, todo.length) }, async () => {
      for (let next = todo.shift(); next; next = todo.shift()) found.push(await this.know(next));
    });
    await Promise.all(workers);
    return found;
  }

  /** A name that has no address for a while keeps those that it had. */
  private async know(trunk: Trunk): Promise<KnownTrunk> {
    const place = placeOf(trunk);
    const ranges = rangesOf(trunk.inboundAddresses);
    try {
      return { trunk, place, ranges, targets: await this.options.resolve(trunk) };
    } catch (err) {
      this.options.log.debug({ trunk: trunk.name, err }, 'a trunk has no address');
      const before = this.known.find((one) => one.trunk.sid === trunk.sid && one.place === place);
      return { trunk, place, ranges, targets: before?.targets ?? [] };
    }
  }

  private take(known: KnownTrunk[]): void {
    this.known = known;
    this.ranges = rangesOf(known.flatMap(({ trunk }) => trunk.inboundAddresses));
    this.byHost.clear();
    this.inRange.clear();
    const hosts = new Set(known.flatMap(({ targets }) => targets.map(({ host }) => host)));
    for (const host of hosts) {
      const trunks = known.filter(
        ({ targets, ranges }) => targets.some((one) => one.host === host) || holds(ranges, host),
      );
      this.byHost.set(
        host,
        trunks.map(({ trunk }) => trunk),
      );
    }
  }
}

function placeOf({ host, port, transport, outboundProxy }: Trunk): string {
  return JSON.stringify([host, port, transport, outboundProxy]);
}

function rangesOf(addresses: readonly string[]): BlockList {
  const list = new BlockList();
  for (const written of addresses) addRange(list, written.trim());
  return list;
}

const NO_TRUNKS: readonly Trunk[] = [];
const BITS = { ipv4: 32, ipv6: 128 } as const;

/** IPv4 addresses as IPv6 writes them (RFC 4291 §2.5.5.2). */
const MAPPED = { first: '::ffff:0:0', prefix: 96 } as const;
const MAPPED_RANGE = new BlockList();
MAPPED_RANGE.addSubnet(MAPPED.first, MAPPED.prefix, 'ipv6');

/** What is no address, or IPv4 in disguise, was refused by the api; should one come all the same, it stands for nobody. */
function addRange(list: BlockList, written: string): void {
  const [address = '', bits] = written.split('/', 2);
  const family = familyOf(address);
  if (family === null) return;
  try {
    const prefix = bits === undefined ? BITS[family] : prefixOf(bits);
    if (family === 'ipv6' && meetsMapped(address, prefix)) return;
    list.addSubnet(address, prefix, family);
  } catch {
    // A prefix out of range.
  }
}

/** A list holds IPv4 addresses against such a range too, and may find each of them in it. */
function meetsMapped(address: string, prefix: number): boolean {
  const range = new BlockList();
  range.addSubnet(address, prefix, 'ipv6');
  return range.check(MAPPED.first, 'ipv6') || MAPPED_RANGE.check(address, 'ipv6');
}

/** NaN, which no list takes, for what is no number: an empty one would be 0, and hold everybody. */
function prefixOf(bits: string): number {
  return /^\d+$/.test(bits) ? Number(bits) : Number.NaN;
}

function holds(list: BlockList, host: string): boolean {
  const family = familyOf(host);
  return family !== null && list.check(host, family);
}

function familyOf(address: string): 'ipv4' | 'ipv6' | null {
  const version = isIP(address);
  if (version === 0) return null;
  return version === 4 ? 'ipv4' : 'ipv6';
}
