import type { Bus, Outbox } from '@trunkline/bus';
import type { Limits } from '@trunkline/limits';
import type { MediaClock, PortPool } from '@trunkline/media';
import type { Logger, Metrics } from '@trunkline/runtime';
import type { Transport, UserAgent } from '@trunkline/sip';
import type { WebhookClient } from '@trunkline/webhook';
import type { CallMedia } from '../call/call-surroundings.js';
import type { HeldCalls } from '../call/live-calls.js';
import type { DialerConfig } from '../config.js';
import type { Door } from '../inbound/open-door.js';
import type { Admission } from '../jobs/admission.js';
import type { LeaseKeeper } from '../lost/lease.js';
import type { Ownership } from '../lost/ownership.js';
import type { DialerMeter } from '../metrics.js';
import type { Teller } from '../next-event.js';
import type { PasswordOpener } from '../sip-login.js';
import type { Trunks } from '../trunks/open-trunks.js';
import type { Books } from './open-books.js';

/** What the calls' audio shares. */
export interface Audio {
  ports: PortPool;
  clock: MediaClock;
  /** @throws NotAdmittingError when no port is free */
  open: () => Promise<CallMedia>;
}

/** What the dialer is built on. */
export interface DialerBase extends Books {
  config: DialerConfig;
  log: Logger;
  metrics: Metrics;
  bus: Bus;
  transport: Transport;
  admission: Admission;
}

/** What the dialer's parts have in common. */
export interface DialerParts extends DialerBase {
  meter: DialerMeter;
  agent: UserAgent;
  door: Door;
  limits: Limits;
  trunks: Trunks;
  audio: Audio;
  outbox: Outbox;
  webhooks: WebhookClient;
  calls: HeldCalls;
  lease: LeaseKeeper;
  ownership: Ownership;
  /** How this process tells what happens to calls. */
  teller: Teller;
  openPassword: PasswordOpener;
}
