import type { Bus, Fences, LiveCalls, Outbox } from '@trunkline/bus';
import type { CallRecord, Fence } from '@trunkline/contracts';
import type { DialQueue } from '@trunkline/queue';
import type { Logger } from '@trunkline/runtime';
import type { Store } from '@trunkline/store';
import type { RecentCalls } from './calls/recent-calls.js';

/** Call history, as far as the api reads it. */
export type CallHistory = Pick<Store, 'readCall' | 'listCalls'>;

/** The account table, of which the api is the one writer. */
export type AccountTable = Pick<Store, 'listAccounts' | 'ensureAccount'>;

/** The dial queue, as far as the api uses it. */
export type DialJobs = Pick<DialQueue, 'add' | 'peek' | 'remove'>;

/** The bus, as far as the api uses it. */
export interface CallBus
  extends Pick<Bus, 'isConnected' | 'waitUntilConnected' | 'publish' | 'requestEndCall'> {
  readonly fences: Pick<Fences, 'claim' | 'read'>;
  readonly liveCalls: Pick<LiveCalls, 'read' | 'find'>;
}

/** What the operations on calls work with. */
export interface CallPorts {
  history: CallHistory;
  jobs: DialJobs;
  bus: CallBus;
  /** Takes events that could not be published at once, and publishes them when it can. */
  outbox: Pick<Outbox, 'publish'>;
  recent: RecentCalls;
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
