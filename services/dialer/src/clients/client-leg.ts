import type { Call, Client, Location } from '@trunkline/contracts';
import type { Directory } from '@trunkline/directory';
import {
  type Answer,
  type CallEnd,
  type OutgoingCall,
  type OutgoingCallHandlers,
  type Provisional,
  Q850_NORMAL_CLEARING,
  type SipAddress,
} from '@trunkline/sip';
import { callerUri } from '../addresses.js';
import type { OpenAttempt } from '../call/attempts.js';
import { explainEnd } from '../call/explain-failure.js';
import type { Outcome } from '../call/outcome.js';
import type { Leg, LegOptions } from '../call/place-leg.js';
import { formatTarget } from '../trunks/trunk-targets.js';
import { bestEnd, isGlobal, outcomeOfDevice } from './best-end.js';
import { type Device, findDevices } from './find-devices.js';

/** What the ways to clients' devices go by. */
export interface ClientLegSurroundings {
  directory: Pick<Directory, 'clientOf'>;
  locations: { read(clientSid: string): Promise<Location | null> };
  dialerId: string;
  /** Whether that dialer holds its lease. */
  isAlive: (dialerId: string) => boolean;
  /** Makes sure of those that are not known to. */
  seekDialers: (dialerIds: readonly string[]) => Promise<void>;
  edgeRoute: (binding: { source: SipAddress; dialerAddress: string }) => string;
  now: () => Date;
  /** Where this dialer is reached. */
  publicAddress: { host: string; port: number };
}

/** Of a client's login, as the api and markup write it. */
const CLIENT_SCHEME = /^client:/i;
/** A device that says nothing at all is gone, or behind a NAT that has forgotten it. */
const SILENCE_MS = 10_000;
/** With another device to try, or the phone in the pocket rings in vain. */
const SILENCE_BEFORE_NEXT_MS = 4_000;
/** RFC 3326: a phone does not list the call as missed. */
const ANSWERED_ELSEWHERE = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' } as const;

/** Makes the way to a client: all its devices of the highest q ring together, then those of the next, and the first answer wins. */
export function createClientLeg(call: Call, options: LegOptions, at: ClientLegSurroundings): Leg {
  return new ClientLeg(call, options, at);
}

/** One INVITE to one device. */
interface Fork {
  device: Device;
  call: OutgoingCall | null;
  attempt: OpenAttempt | null;
  end: CallEnd | null;
}

class ClientLeg implements Leg {
  private groups: Device[][] = [];
  private group = 0;
  private forks: Fork[] = [];
  private readonly ends: CallEnd[] = [];
  private winner: Fork | null = null;
  private isCanceled = false;
  private isAbandoned = false;

  constructor(
    private readonly call: Call,
    private readonly options: LegOptions,
    private readonly at: ClientLegSurroundings,
  ) {}

  next(): void {
    void this.begin().catch((error: Error) => this.finish({ kind: 'unreachable', error }));
  }

  cancel(): void {
    this.isCanceled = true;
    for (const fork of this.forks) if (!fork.end) fork.call?.cancel();
  }

  hangUp(): void {
    this.winner?.call?.bye(Q850_NORMAL_CLEARING);
  }

  abandon(): void {
    this.isAbandoned = true;
    // An INVITE that still waits for its connection would ring a phone for nobody.
    if (!this.winner) this.cancelOthers(null);
  }

  private async begin(): Promise<void> {
    const { directory, locations, now } = this.at;
    const login = this.call.to.replace(CLIENT_SCHEME, '');
    const client = directory.clientOf(this.call.accountSid, login);
    if (!client?.enabled) return this.endUnregistered(whyNoClient(client, login));
    const location = await locations.read(client.sid);
    await this.at.seekDialers((location?.bindings ?? []).map(({ dialerId }) => dialerId));
    if (this.isAbandoned) return;
    this.groups = findDevices(location, { ...this.at, nowMs: now().getTime() });
    if (this.groups.length === 0) return this.endUnregistered(whyNoDevice(location, login));
    this.ringGroup();
  }

  private ringGroup(): void {
    const devices = this.groups[this.group] ?? [];
    this.group += 1;
    this.forks = devices.map((device) => ({ device, call: null, attempt: null, end: null }));
    for (const fork of this.forks) this.invite(fork);
  }

  private invite(fork: Fork): void {
    const { agent, offer } = this.options;
    const { device } = fork;
    const { publicAddress } = this.at;
    const login = this.call.to.replace(CLIENT_SCHEME, '');
    const hasNext = this.group < this.groups.length;
    try {
      fork.call = agent.invite({
        requestUri: device.contact,
        from: this.caller(),
        to: { uri: callerUri(login, publicAddress.host, publicAddress.port) },
        targets: [device.target],
        routes: device.routes,
        headers: Object.entries(this.call.instructions.sipHeaders),
        offer: offer(),
        firstResponseTimeoutMs: hasNext ? SILENCE_BEFORE_NEXT_MS : SILENCE_MS,
        handlers: this.handlers(fork),
      });
    } catch (error) {
      queueMicrotask(() => this.takeEnd(fork, { kind: 'unreachable', error: error as Error }));
    }
  }

  private caller(): { uri: string; displayName?: string } {
    const { from, callerName, instructions } = this.call;
    const { host, port } = this.at.publicAddress;
    const uri = callerUri((instructions.callerId ?? from).replace(CLIENT_SCHEME, ''), host, port);
    return callerName === null ? { uri } : { uri, displayName: callerName };
  }

  private handlers(fork: Fork): OutgoingCallHandlers {
    const { feed, onReinvite, onReinviteAnswer } = this.options;
    return {
      onSent: (target) => {
        fork.attempt = this.beginAttempt(fork.device, target);
        feed({ kind: 'sent' });
      },
      onProvisional: (provisional) => this.takeProvisional(provisional),
      onAnswered: (answer) => this.takeAnswer(fork, answer),
      // One that lost may say so before it has heard that it lost.
      onReinvite: (offer) => (this.winner === fork ? onReinvite(offer) : null),
      onReinviteAnswer: (sdp) => {
        if (this.winner === fork) onReinviteAnswer(sdp);
      },
      onEnded: (end) => this.takeEnd(fork, end),
    };
  }

  private beginAttempt(device: Device, target: SipAddress): OpenAttempt {
    const { contact } = device;
    const why = this.whyOf(device);
    return this.options.attempts.begin({ trunk: contact, trunkSid: null, target: formatTarget(target), why });
  }

  private whyOf({ q, way }: Device): string {
    const together = this.forks.length > 1 ? `, with ${this.forks.length - 1} more` : '';
    return this.groups.length > 1 ? `${way}; q ${q}${together}` : `${way}${together}`;
  }

  private takeProvisional({ status, reason }: Provisional): void {
    if (this.winner) return;
    if (status === 180 || status === 183) this.options.feed({ kind: 'ringing', status, reason });
    else if (status === 181 || status === 182) this.options.feed({ kind: 'progress' });
  }

  private takeAnswer(fork: Fork, { status, reason, body, dialog }: Answer): void {
    if (this.winner || this.isCanceled || this.isAbandoned) {
      // It was lifted in the same moment as another, or as we gave up.
      fork.call?.bye(Q850_NORMAL_CLEARING);
      return;
    }
    this.winner = fork;
    fork.attempt?.end({ sipCode: status, sipReason: reason, q850Cause: null, failure: null });
    this.cancelOthers(fork);
    this.options.onAnswer({ sdp: body.toString('utf8'), dialog });
    this.options.feed({ kind: 'answered', status, reason });
  }

  private cancelOthers(winner: Fork | null): void {
    for (const fork of this.forks)
      if (fork !== winner && !fork.end) fork.call?.cancel(winner ? ANSWERED_ELSEWHERE : undefined);
  }

  private takeEnd(fork: Fork, end: CallEnd): void {
    if (fork.end) return;
    fork.end = end;
    const outcome = outcomeOfDevice(end);
    this.tell(fork, end, outcome);
    if (this.winner) {
      if (this.winner === fork) this.feedEnd(outcome);
      return;
    }
    this.ends.push(end);
    if (isGlobal(end)) this.cancelOthers(null);
    if (this.forks.every((one) => one.end !== null)) this.takeGroupEnd();
  }

  private tell(fork: Fork, end: CallEnd, { sipCode, sipReason, q850Cause, reason }: Outcome): void {
    // Its connection is gone, so that no INVITE left.
    if (end.kind === 'unreachable') fork.attempt ??= this.beginAttempt(fork.device, fork.device.target);
    const isLate = end.kind === 'canceled' && this.winner !== null;
    const failure = isLate ? 'answered-elsewhere' : reason;
    fork.attempt?.end({ sipCode, sipReason, q850Cause, failure, error: explainEnd(end) });
    if (end.kind !== 'unreachable' && end.kind !== 'no-response') return;
    const err = end.kind === 'unreachable' ? end.error : undefined;
    const { way, contact } = fork.device;
    this.options.log.warn({ callSid: this.call.sid, way, contact, err }, 'a device could not be reached');
  }

  private takeGroupEnd(): void {
    const isOver = this.isCanceled || this.isAbandoned || this.ends.some(isGlobal);
    if (!isOver && this.group < this.groups.length) this.ringGroup();
    else this.finish(bestEnd(this.ends));
  }

  private finish(end: CallEnd): void {
    this.feedEnd(outcomeOfDevice(end));
  }

  /** Nothing is sent; the record says what was looked for. */
  private endUnregistered(why: string): void {
    const nothing = { sipCode: null, sipReason: null, q850Cause: null };
    const start = {
      trunk: `client:${this.call.to.replace(CLIENT_SCHEME, '')}`,
      trunkSid: null,
      target: null,
      why,
    };
    this.options.attempts.begin(start).end({ ...nothing, failure: 'not-registered' });
    this.feedEnd({ ...nothing, status: 'failed', reason: 'not-registered', side: 'local', failover: false });
  }

  private feedEnd(outcome: Outcome): void {
    if (this.isAbandoned) return;
    this.options.feed({ kind: 'leg-over', outcome, moreTrunks: false });
  }
}

function whyNoClient(client: Client | null, login: string): string {
  return client ? `the client ${login} is switched off` : `the account has no client ${login}`;
}

function whyNoDevice(location: Location | null, login: string): string {
  return location && location.bindings.length > 0
    ? `no device of ${login} that was registered can be reached any more`
    : `no device of ${login} is registered`;
}
