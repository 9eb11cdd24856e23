import type { CallInfo, Refer } from './agent-call.js';

/**
 * Why a dialog is over that nobody hung up on. `unacknowledged`: a 2xx of ours got no ACK. `gone`: a request of ours was
 * answered 481 or 408, or not at all (RFC 3261 §12.2.1.2). `expired`: nobody renewed the session (RFC 4028 §10).
 */
export type LossCause = 'unacknowledged' | 'gone' | 'expired';

/** The call that a session belongs to. */
export interface SessionOwner {
  /** SDP to answer an offer with; '' asks for an offer of ours; null refuses. */
  onReinvite(offer: string): string | null;
  onRemoteBye(q850: number | null): void;
  /** The far end's answer to an offer that we gave when it asked for one, or a new one to our unchanged offer. */
  onReinviteAnswer(sdp: string): void;
  /** The ACK of the 2xx that made the dialog came; with the answer to our offer when that was ours to make. */
  onAcked?(sdp: string | null): void;
  /** The answer to the offer in our reliable provisional response. */
  onEarlyAnswer?(sdp: string): void;
  /** A transfer that the call allows. */
  onRefer?(refer: Refer): void;
  onInfo?(info: CallInfo): void;
  bye(): void;
  /** The dialog is over; what was still to be said has been. */
  onLost(cause: LossCause): void;
}
