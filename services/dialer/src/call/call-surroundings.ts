import type { CallEvent, EndReason } from '@trunkline/contracts';
import type { MediaSession } from '@trunkline/media';
import type { Clock, SipAddress, UserAgent } from '@trunkline/sip';
import type { Teller } from '../next-event.js';
import type { HostResolver } from '../resolve-host.js';
import type { PasswordOpener } from '../sip-login.js';
import type { Trunk } from '../trunks.js';
import type { MarkupRunner } from './call-control.js';
import type { CallEvents } from './call-events.js';
import type { HistoryOpener } from './call-history.js';
import type { CallLog } from './call-log.js';
import type { NoteStore } from './live-note.js';

/** The audio of one call, with a lifetime of its own. */
export type CallMedia = Pick<MediaSession, 'offer' | 'acceptAnswer' | 'answer' | 'start' | 'close'>;

/** Told what calls do, for the metrics. */
export interface CallMeter {
  inviteSent(): void;
  /** @param trunk host:port as configured */
  legEnded(trunk: string, reason: EndReason): void;
  published(event: CallEvent): void;
}

/** What all calls of a dialer work with. */
export interface CallSurroundings extends Teller {
  dialerId: string;
  clock: Clock;
  events: CallEvents;
  notes: NoteStore;
  /** False while it is unsure whether this dialer still owns its calls, or nothing can be written anyway. */
  mayNote: () => boolean;
  agent: Pick<UserAgent, 'invite'>;
  trunks: readonly Trunk[];
  resolver: HostResolver;
  /** How long a trunk may say nothing while there is another to try, ms. */
  patienceMs: number;
  /** A call that waited longer than this for its INVITE is not wanted any more. */
  jobMaxAgeMs: number;
  publicAddress: SipAddress;
  runMarkup: MarkupRunner;
  openHistory: HistoryOpener;
  openPassword: PasswordOpener;
  meter: CallMeter;
  log: CallLog;
}
