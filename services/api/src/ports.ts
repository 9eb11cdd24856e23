import type { Bus, CreateKeys, Fences, LiveCalls, Outbox } from '@trunkline/bus';
import type { Call, CallRecord, Charge, Fence } from '@trunkline/contracts';
import type { DialQueue } from '@trunkline/queue';
import type { Logger } from '@trunkline/runtime';
import type { AccountStore, RoutingStore, Store } from '@trunkline/store';
import type { KnownAccount } from './accounts/account-book.js';
import type { RecentCalls } from './calls/recent-calls.js';
import type { EmergencyNumbers } from './numbers/emergency-numbers.js';

/** Call history, as far as the api reads it. */
export type CallHistory = Pick<Store, 'readCall' | 'listCalls'>;

/** The account table, of which the api is the one writer. */
export type AccountTable = AccountStore;

/** The tables of trunks, numbers and clients, likewise. */
export type RoutingTable = RoutingStore;

/** All tables that the rest of the cluster is told of. */
export type DirectoryTable = AccountTable & RoutingTable;

/** The dial queue, as far as the api uses it. */
export type DialJobs = Pick<DialQueue, 'add' | 'peek' | 'remove'>;

/** The bus, as far as the api uses it. */
export interface CallBus
  extends Pick<Bus, 'isConnected' | 'waitUntilConnected' | 'publish' | 'requestEndCall'> {
  readonly fences: Pick<Fences, 'claim' | 'read'>;
  readonly liveCalls: Pick<LiveCalls, 'read' | 'find'>;
  readonly createKeys: Pick<CreateKeys, 'claim'>;
}

/** How many calls an account, and those above it, may have at once, counted for all processes together. */
export interface CallLimits {
  /**
   * Takes a place for a call of the account, for long enough to be accepted; a call that has one keeps it. `complaint` is
   * for the caller, which is the account or above it.
   */
  takeCall(
    asked: { account: KnownAccount; caller: KnownAccount },
    callSid: string,
  ): Promise<{ allowed: true } | { allowed: false; complaint: string }>;
  /** Keeps the place of a call that was accepted, until it is over. It never throws, and nobody waits for it. */
  keepCall(account: KnownAccount, callSid: string): void;
  /** Gives the place of a call back that was not accepted. It never throws, and nobody waits for it. */
  releaseCall(account: KnownAccount, callSid: string): void;
}

/** What the operations on calls work with. */
export interface CallPorts {
  history: CallHistory;
  jobs: DialJobs;
  bus: CallBus;
  /** Takes events that could not be published at once, and publishes them when it can. */
  outbox: Pick<Outbox, 'publish'>;
  recent: RecentCalls;
  limits: CallLimits;
  /** What a call that is over costs. */
  chargeFor: (call: Call) => Charge;
  /** Seals what nobody but a dialer may read, for one call. */
  sealer: { seal(text: string, callSid: string): Buffer };
  emergencies: EmergencyNumbers;
  /** Takes back calls of which nobody knows whether they were accepted. */
  withdraw: (record: CallRecord) => void;
  /** Goes on with a cancellation of which nobody knows whether its fence was taken. */
  finishCancel: (record: CallRecord, fence: Fence) => void;
  /** This process, as the owner of fences. */
  instance: string;
  /** The CloudEvents `source` of what is published. */
  source: string;
  now: () => Date;
  log: Pick<Logger, 'warn' | 'error'>;
  /** Counts accepted calls. */
  onAccepted: () => void;
}
