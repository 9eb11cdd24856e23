import type { Session } from './agent-session.js';
import { sdpOf } from './agent-session-peer.js';
import { SipParseError } from './errors.js';
import type { SipResponse } from './message.js';
import { cseqOf, listOf } from './message-fields.js';
import { tagOf } from './parse-name-addr.js';
import { formatRAck, parseRSeq } from './parse-rack.js';

/** The RSeq of a provisional response that wants a PRACK; null for any other, and for one that does not say it well. */
export function rseqOf(response: SipResponse): number | null {
  const { status, headers } = response;
  if (status <= 100 || status >= 200) return null;
  if (!listOf(response, 'Require').some((tag) => tag.toLowerCase() === '100rel')) return null;
  try {
    return parseRSeq(headers.get('RSeq') ?? '');
  } catch (error) {
    if (error instanceof SipParseError) return null;
    throw error;
  }
}

/** PRACKs on their way beyond these are no honest network's, which waits for each (RFC 3262 §3). */
const MAX_UNDER_WAY = 32;

/** The reliable provisional responses to one INVITE, from any number of phones (RFC 3262 §4). */
export class ReliableProvisionals {
  /** The RSeq that was acknowledged last, by remote tag. */
  private readonly last = new Map<string, number>();
  private underWay = 0;

  /**
   * False for one that came before, whose PRACK repeats itself as long as it must, and for one that overtook another, or too
   * many others, which will come again: none is to be looked at.
   */
  admits(response: SipResponse): boolean {
    const rseq = rseqOf(response);
    const last = this.last.get(tagOf(response.headers.get('To') ?? '') ?? '');
    if (rseq === null) return true;
    return this.underWay < MAX_UNDER_WAY && (last === undefined || rseq === last + 1);
  }

  /** Sends the PRACK of an admitted one. `onGone`: the far end knows no such dialog any more. */
  acknowledge(session: Session, response: SipResponse, onGone: () => void): void {
    const rseq = rseqOf(response);
    if (rseq === null) return;
    this.last.set(session.dialog.remoteTag, rseq);
    const rack = formatRAck({ rseq, cseq: cseqOf(response).number, method: 'INVITE' });
    const request = {
      method: 'PRACK',
      headers: [['RAck', rack] as const],
      body: answerTo(session, response),
    };
    this.underWay += 1;
    session.request(request, (final) => {
      this.underWay -= 1;
      // RFC 3261 §12.2.1.2. Any other refusal is the far end's to draw conclusions from: the INVITE has its own end.
      if (final === null || final.status === 481 || final.status === 408) onGone();
    });
  }
}

/**
 * The answer to an offer in the response, which is one only when our INVITE had none (RFC 3262 §5). Otherwise its SDP answers
 * ours; gateways repeat it with every 18x, and some change it, which is theirs to know.
 */
function answerTo(session: Session, response: SipResponse): string {
  const sdp = sdpOf(response);
  const { exchange } = session.negotiation.state;
  if (sdp === '' || exchange === 'agreed') return '';
  if (exchange === 'none') return session.takeOffer(sdp) ?? '';
  if (exchange === 'local') session.negotiation.takeAnswer(sdp);
  return '';
}
