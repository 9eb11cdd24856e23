import {
  type CallEnd,
  type DialogState,
  type OutgoingCall,
  type OutgoingCallHandlers,
  type Provisional,
  Q850_NORMAL_CLEARING,
  type UserAgent,
} from '@trunkline/sip';
import { calleeUri } from '../addresses.js';
import type { HostResolver } from '../resolve-host.js';
import { formatHostPort, type Trunk } from '../trunks.js';
import type { AttemptWatch } from './attempts.js';
import type { CallLog } from './call-log.js';
import type { CallInput } from './call-machine.js';
import type { CallMeter } from './call-surroundings.js';
import { type Outcome, outcomeOf } from './outcome.js';

/** What an answered leg brought. */
export interface LegAnswer {
  /** Empty when the far end gave none, not even early. */
  sdp: string;
  dialog: DialogState;
}

/** The way to the phone: one INVITE after another, over one trunk after another, until one is answered. */
export interface Leg {
  /** Sends an INVITE over the next trunk. */
  next(): void;
  cancel(): void;
  hangUp(): void;
  /** Sends nothing more; for a call that ended before its INVITE left. */
  abandon(): void;
}

export interface LegOptions {
  callSid: string;
  agent: Pick<UserAgent, 'invite'>;
  trunks: readonly Trunk[];
  resolver: HostResolver;
  /** How long a trunk may say nothing at all while there is another to try, ms. */
  patienceMs: number;
  to: string;
  from: { uri: string; displayName?: string };
  offer: string;
  /** What a trunk that asks is told in place of its own credentials. */
  login?: Trunk['credentials'];
  attempts: AttemptWatch;
  onReinvite: NonNullable<OutgoingCallHandlers['onReinvite']>;
  onReinviteAnswer: NonNullable<OutgoingCallHandlers['onReinviteAnswer']>;
  /** Called before the input `answered`. */
  onAnswer: (answer: LegAnswer) => void;
  feed: (input: CallInput) => void;
  meter: Pick<CallMeter, 'legEnded'>;
  log: CallLog;
}

/** Phones of one call whose early answers are kept, at most. */
const MAX_EARLY = 8;

/** Prepares a leg; nothing is sent before `next`. */
export function createLeg(options: LegOptions): Leg {
  return new TrunkLeg(options);
}

class TrunkLeg implements Leg {
  private tried = 0;
  private call: OutgoingCall | null = null;
  private abandoned = false;
  /** What each phone that rings said of its audio; see Provisional.remoteTag. */
  private readonly earlySdp = new Map<string | null, string>();

  constructor(private readonly options: LegOptions) {}

  next(): void {
    const trunk = this.options.trunks[this.tried];
    this.tried += 1;
    this.call = null;
    this.earlySdp.clear();
    if (trunk === undefined) this.end(null, { kind: 'unreachable', error: new Error('there is no trunk') });
    else void this.invite(trunk).catch((error: Error) => this.end(trunk, { kind: 'unreachable', error }));
  }

  cancel(): void {
    this.call?.cancel();
  }

  hangUp(): void {
    this.call?.bye(Q850_NORMAL_CLEARING);
  }

  abandon(): void {
    this.abandoned = true;
  }

  private async invite(trunk: Trunk): Promise<void> {
    const host = await this.options.resolver.resolve(trunk.host);
    if (this.abandoned) return;
    const { agent, to, from, offer, patienceMs, login = trunk.credentials } = this.options;
    const uri = calleeUri(to, trunk);
    this.call = agent.invite({
      requestUri: uri,
      from,
      to: { uri },
      targets: [{ host, port: trunk.port }],
      offer,
      handlers: this.handlers(trunk),
      ...(login ? { credentials: login } : {}),
      ...(this.hasMoreTrunks() ? { firstResponseTimeoutMs: patienceMs } : {}),
    });
  }

  private handlers(trunk: Trunk): OutgoingCallHandlers {
    const { feed, attempts, onAnswer, onReinvite, onReinviteAnswer } = this.options;
    return {
      onSent: () => {
        attempts.begin(nameOf(trunk));
        feed({ kind: 'sent' });
      },
      onProvisional: (provisional) => {
        this.keepEarlySdp(provisional);
        const input = inputOfProvisional(provisional.status, provisional.reason);
        if (input) feed(input);
      },
      onAnswered: ({ status, reason, remoteTag, body, dialog }) => {
        // Some carriers give their answer in the 183 and leave it out of the 200, which RFC 3261 §13.2.1 does not allow.
        const sdp = body.length > 0 ? body.toString('utf8') : this.earlySdp.get(remoteTag);
        onAnswer({ sdp: sdp ?? '', dialog });
        attempts.end({ sipCode: status, sipReason: reason, failure: null });
        feed({ kind: 'answered', status, reason });
      },
      onReinvite,
      onReinviteAnswer,
      onEnded: (end: CallEnd) => this.end(trunk, end),
    };
  }

  private keepEarlySdp({ remoteTag, contentType, body }: Provisional): void {
    if (!isSdp(contentType)) return;
    if (this.earlySdp.has(remoteTag) || this.earlySdp.size < MAX_EARLY)
      this.earlySdp.set(remoteTag, body.toString('utf8'));
  }

  private end(trunk: Trunk | null, end: CallEnd): void {
    const outcome = outcomeOf(end);
    const { sipCode, sipReason, reason } = outcome;
    if (trunk) this.tell(nameOf(trunk), end, outcome);
    this.options.attempts.end({ sipCode, sipReason, failure: reason });
    this.options.feed({ kind: 'leg-over', outcome, moreTrunks: this.hasMoreTrunks() });
  }

  /** For operators; the call's record lists its INVITEs itself. */
  private tell(trunk: string, end: CallEnd, { reason, sipCode, failover }: Outcome): void {
    const { callSid, meter, log } = this.options;
    meter.legEnded(trunk, reason);
    if (!failover && end.kind !== 'unreachable' && end.kind !== 'unauthorized') return;
    const err = end.kind === 'unreachable' ? end.error : undefined;
    log.warn({ callSid, trunk, reason, sipCode, err, moreTrunks: this.hasMoreTrunks() }, 'a trunk failed');
  }

  private hasMoreTrunks(): boolean {
    return this.tried < this.options.trunks.length;
  }
}

function nameOf({ host, port }: Trunk): string {
  return formatHostPort(host, port);
}

/** 180 and 183 ring; 181 and 182 say that the far network works on it; 199 and the rest say nothing of the phone. */
function inputOfProvisional(status: number, reason: string): CallInput | null {
  if (status === 180 || status === 183) return { kind: 'ringing', status, reason };
  return status === 181 || status === 182 ? { kind: 'progress' } : null;
}

function isSdp(contentType: string | null): boolean {
  return contentType?.toLowerCase().startsWith('application/sdp') ?? false;
}
