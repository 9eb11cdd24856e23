import type { Call, Trunk } from '@trunkline/contracts';
import type { MediaSession } from '@trunkline/media';
import type { Clock, Credentials, UserAgent } from '@trunkline/sip';
import type { Teller } from '../next-event.js';
import type { PasswordOpener } from '../sip-login.js';
import type { MarkupRunner } from './call-control.js';
import type { CallEvents } from './call-events.js';
import type { HistoryOpener } from './call-history.js';
import type { CallLog } from './call-log.js';
import type { CallMeter } from './call-meter.js';
import type { NoteStore } from './live-note.js';
import type { Leg, LegOptions } from './place-leg.js';

/** The audio of one call, with a lifetime of its own. */
export type CallMedia = Pick<MediaSession, 'offer' | 'acceptAnswer' | 'answer' | 'start' | 'close'>;

/** What all calls of a dialer work with. */
export interface CallSurroundings extends Teller {
  dialerId: string;
  clock: Clock;
  events: CallEvents;
  notes: NoteStore;
  /** False while it is unsure whether this dialer still owns its calls, or nothing can be written anyway. */
  mayNote: () => boolean;
  agent: Pick<UserAgent, 'invite'>;
  /** The way to a client's devices, for a call that takes no trunk. */
  createClientLeg: (call: Call, options: LegOptions) => Leg;
  /** What a trunk that asks is told. */
  credentialsOf: (trunk: Trunk) => Credentials | null;
  /** How long a trunk may say nothing while there is another to try, ms. */
  patienceMs: number;
  /** A call that waited longer than this for its INVITE is not wanted any more. */
  jobMaxAgeMs: number;
  /** Where trunks reach us. */
  publicAddress: { host: string; port: number };
  runMarkup: MarkupRunner;
  openHistory: HistoryOpener;
  openPassword: PasswordOpener;
  meter: CallMeter;
  log: CallLog;
}
