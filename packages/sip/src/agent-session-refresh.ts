import type { AgentContext } from './agent-context.js';
import type { Negotiation } from './agent-session-offers.js';
import type { SessionOwner } from './agent-session-owner.js';
import { sdpOf } from './agent-session-peer.js';
import {
  answerTimer,
  minSecondsOf,
  type SessionTimer,
  timerHeaders,
  timerOfResponse,
} from './agent-session-timer.js';
import { TimerRunner } from './agent-session-timer-run.js';
import type { SipRequest, SipResponse } from './message.js';
import type { SipAddress } from './transport.js';

/** What keeping a session alive asks of it. */
export interface RefreshPort {
  readonly owner: SessionOwner;
  readonly negotiation: Negotiation;
  /** The far end takes UPDATE. */
  mayUpdate(): boolean;
  isConfirmed(): boolean;
  peer(): SipAddress;
  onExpired(): void;
}

/** The session timer of one dialog (RFC 4028): what is said about it, and the refreshes that it asks for. */
export class Refresher {
  /** What our answer to the INVITE is to ask for; null: what the far end wants. */
  wish: SessionTimer | null = null;
  /** The highest Min-SE that a 422 asked for. */
  private minSeconds = 0;
  /** Said to be allowed, and then it was not. */
  private isUpdateRefused = false;
  private readonly runner: TimerRunner;

  constructor(
    context: AgentContext,
    private readonly port: RefreshPort,
  ) {
    this.runner = new TimerRunner(context, {
      peer: () => port.peer(),
      refresh: () => this.refresh(),
      expire: () => port.onExpired(),
    });
  }

  agree(timer: SessionTimer | null, minSeconds: number): void {
    this.minSeconds = Math.max(this.minSeconds, minSeconds);
    this.runner.feed({ kind: 'agreed', timer });
  }

  stop(): void {
    this.runner.feed({ kind: 'stop' });
  }

  /** For a re-INVITE or UPDATE of ours, which renews the session whatever else it does. */
  requestHeaders(): [string, string][] {
    const { timer } = this.runner;
    return timer ? timerHeaders({ ...timer, minSeconds: this.minSeconds }) : [];
  }

  /** For our 2xx to an INVITE or UPDATE of theirs, which does the same. */
  answerHeaders(request: SipRequest): [string, string][] {
    const { timer, headers } = answerTimer(request, this.runner.timer ?? this.wish);
    this.wish = null;
    this.begin(timer);
    return headers;
  }

  /** A final response to a request of ours. True: the same again, for a longer session. */
  noteResponse(response: SipResponse): boolean {
    if (response.status >= 300) return response.status === 422 && this.raiseMinimum(response);
    if (this.port.isConfirmed()) this.begin(timerOfResponse(response));
    return false;
  }

  private begin(timer: SessionTimer | null): void {
    if (timer || this.runner.timer) this.runner.feed({ kind: 'agreed', timer });
  }

  private raiseMinimum(response: SipResponse): boolean {
    const minSeconds = minSecondsOf(response);
    if (minSeconds === null || minSeconds <= this.minSeconds) return false;
    this.minSeconds = minSeconds;
    return true;
  }

  /** RFC 4028 §7.4: by UPDATE, which changes nothing else, or else with the description that holds. */
  private refresh(): void {
    const { negotiation } = this.port;
    const offer = this.port.mayUpdate() && !this.isUpdateRefused ? null : this.descriptionAtHand();
    const before = negotiation.remoteSdp;
    if (offer === '') this.runner.feed({ kind: 'refresh-failed' });
    else negotiation.refresh(offer, (response) => this.finish(response, offer === null ? null : before));
  }

  private descriptionAtHand(): string {
    return this.port.negotiation.localSdp || (this.port.owner.onReinvite('') ?? '');
  }

  /** @param sdpBefore null after an UPDATE */
  private finish(response: SipResponse | null, sdpBefore: string | null): void {
    if (sdpBefore === null && (response?.status === 405 || response?.status === 501)) {
      this.isUpdateRefused = true;
      this.refresh();
    } else if (!response || response.status >= 300) this.runner.feed({ kind: 'refresh-failed' });
    else if (sdpBefore !== null) this.tellChange(sdpBefore, sdpOf(response));
  }

  /** The far end may take the occasion to move. */
  private tellChange(before: string, answer: string): void {
    if (answer === '' || answer === before) return;
    try {
      this.port.owner.onReinviteAnswer(answer);
    } catch (error) {
      this.port.owner.bye();
      throw error;
    }
  }
}
