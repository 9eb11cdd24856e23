import type { Trunk } from '@trunkline/contracts';
import { plainTrunk } from '@trunkline/contracts/testing';
import type { ChannelRequest, ChannelVerdict, HeldChannel } from '@trunkline/limits';
import type { Clock, SipResolver } from '@trunkline/sip';
import { createChannels } from '../trunks/channels.js';
import { createRoutes, type Routes } from '../trunks/routes.js';
import type { TrunkBook } from '../trunks/trunk-book.js';
import { createTrunkStates } from '../trunks/trunk-states.js';
import { createWaitingLine } from '../trunks/waiting-line.js';

/** A trunk for tests, whose transport is found out, with what a test wants different. */
export function trunkOf(changes: Partial<Trunk> = {}): Trunk {
  return plainTrunk({ transport: null, optionsIntervalSeconds: 60, ...changes });
}

/** Trunks as a test says; their passwords are open. */
export class MemoryBook implements TrunkBook {
  private readonly listeners = new Set<(kind: 'trunk') => void>();

  constructor(private all: readonly Trunk[] = []) {}

  trunksFor = () => this.all;
  trunks = () => this.all;
  passwordOf = ({ passwordSealed }: { passwordSealed: string | null }) => passwordSealed;

  onChange = (listener: (kind: 'trunk') => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  set(all: readonly Trunk[]): void {
    this.all = all;
    for (const tell of this.listeners) tell('trunk');
  }
}

/** Channels of one process, as a test says: `full` trunks have none, `waitMs` is everybody's turn. */
class MemoryLimits {
  readonly held: string[] = [];
  readonly kept: HeldChannel[][] = [];
  full = new Set<string>();
  waitMs = 0;

  takeChannel = async ({
    trunkSid,
    holder,
    maxChannels,
    maxWaitMs,
  }: ChannelRequest): Promise<ChannelVerdict> => {
    const taken = this.held.filter((key) => key.startsWith(trunkSid)).length;
    if (this.full.has(trunkSid) || taken >= (maxChannels ?? Number.POSITIVE_INFINITY))
      return { allowed: false, full: 'channels' };
    if (this.waitMs > maxWaitMs) return { allowed: false, full: 'pace', waitMs: this.waitMs };
    this.held.push(`${trunkSid} ${holder}`);
    return { allowed: true, waitMs: this.waitMs };
  };

  keepChannels = async (held: readonly HeldChannel[]): Promise<void> => void this.kept.push([...held]);

  releaseChannel = async ({ trunkSid, holder }: HeldChannel): Promise<void> => {
    const place = this.held.indexOf(`${trunkSid} ${holder}`);
    if (place !== -1) this.held.splice(place, 1);
  };
}

export interface TrunkBenchOptions {
  clock: Clock;
  now: () => Date;
  trunks?: readonly Trunk[];
  resolver?: SipResolver;
  random?: () => number;
}

/** Every name is its own address. */
export const plainResolver: SipResolver = {
  resolve: async ({ host, port }) => [{ host, port: port ?? 5060 }],
};

/** What chooses trunks for calls, with its channels and states in a test's hands. */
export function createTrunkBench({
  clock,
  now,
  trunks = [trunkOf()],
  resolver = plainResolver,
  random = () => 0,
}: TrunkBenchOptions) {
  const book = new MemoryBook(trunks);
  const limits = new MemoryLimits();
  const changes: string[] = [];
  const unresolved: string[] = [];
  const states = createTrunkStates({
    clock,
    now,
    onChange: (trunk, state, why) => changes.push(`${trunk.name} ${state}: ${why}`),
  });
  const channels = createChannels({ limits, clock });
  const line = createWaitingLine({ clock, random });
  const openRoutes = (call: { sid: string; accountSid: string }): Routes =>
    createRoutes({
      call,
      book,
      states,
      channels,
      line,
      resolver,
      clock,
      random,
      onUnresolved: (trunk) => unresolved.push(trunk.name),
    });
  return { book, limits, states, channels, changes, unresolved, openRoutes };
}
