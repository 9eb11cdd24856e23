import type { Refer } from './agent-call.js';
import type { InDialogRequest } from './agent-dialog-request.js';
import { reply } from './agent-session-answers.js';

import type { Clock, Timer } from './clock.js';
import { SipParseError } from './errors.js';
import type { SipRequest, SipResponse } from './message.js';
import { cseqOf } from './message-fields.js';
import { parseReferredBy, parseReferTo } from './parse-refer.js';
import type { ServerTransaction } from './transaction-server.js';

/** Whoever asked for the transfer is told no longer than this (RFC 3515 §2.4.4). */
const SUBSCRIPTION_SECONDS = 180;

/** A REFER that nobody decides about is refused, well before its sender gives up. */
const DECIDE_MS = 10_000;

/** What a transfer asks of its dialog. */
export interface ReferPort {
  readonly clock: Clock;
  /** Runs what a timer brings, faults caught. */
  guard(run: () => void): void;
  request(request: InDialogRequest, onFinal: (response: SipResponse | null) => void): void;
  answerHeaders(): [string, string][];
  /** Calls `stop` when the dialog ends, unless what it gives back was called before. */
  onClose(stop: () => void): () => void;
}

/** Takes a REFER in a dialog (RFC 3515): one that cannot be read is 400, and whoever is told decides about the others. */
export function receiveRefer(
  port: ReferPort,
  transaction: ServerTransaction,
  tell: (refer: Refer) => void,
): void {
  const target = readTarget(transaction.request);
  if (!target) {
    reply(transaction, 400, { reason: 'Malformed Refer-To' });
    return;
  }
  const { method, ...told } = target;
  // What else could be asked for in our name, a BYE say, is no transfer.
  if (method !== 'INVITE') {
    reply(transaction, 403, { reason: 'Only INVITE Is Referred' });
    return;
  }
  const limit = port.clock.after(DECIDE_MS, () => port.guard(() => refuse()));
  const forget = port.onClose(() => refuse());
  tell({ ...told, accept, refuse });

  function accept(): { notify(status: number, reason: string): void } {
    decide();
    if (!transaction.isOpen) return { notify: () => {} };
    return acceptRefer(port, transaction);
  }

  function refuse(status = 603): void {
    decide();
    if (transaction.isOpen) reply(transaction, status);
  }

  function decide(): void {
    limit.cancel();
    forget();
  }
}

/** 202, and the subscription that comes with it, unless it is not wanted (RFC 4488 §4). */
function acceptRefer(port: ReferPort, transaction: ServerTransaction) {
  const { request } = transaction;
  const isSilent = request.headers.get('Refer-Sub')?.trim().toLowerCase() === 'false';
  const headers = port.answerHeaders();
  reply(transaction, 202, { headers: isSilent ? [...headers, ['Refer-Sub', 'false']] : headers });
  if (isSilent) return { notify: () => {} };
  return new Subscription(port, `refer;id=${cseqOf(request).number}`);
}

/** Tells whoever asked for a transfer how it goes. */
class Subscription {
  private isOver = false;
  private isBusy = false;
  /** The last that was said, while what was said before is on its way. */
  private next: { status: number; reason: string } | null = null;
  private readonly expiry: Timer;
  private readonly untilMs: number;
  private readonly forget: () => void;

  constructor(
    private readonly port: ReferPort,
    private readonly event: string,
  ) {
    const ms = SUBSCRIPTION_SECONDS * 1000;
    this.untilMs = port.clock.nowMs() + ms;
    this.expiry = port.clock.after(ms, () => port.guard(() => this.expire()));
    this.forget = port.onClose(() => this.stop());
    // The first NOTIFY comes at once (RFC 3515 §2.4.4).
    this.notify(100, 'Trying');
  }

  notify(status: number, reason: string): void {
    if (this.isOver) return;
    if (this.isBusy) {
      if (this.next === null || this.next.status < 200) this.next = { status, reason };
      return;
    }
    this.send(status, reason, status >= 200 ? 'terminated;reason=noresource' : this.active());
  }

  private send(status: number, reason: string, state: string): void {
    if (status >= 200 || state.startsWith('terminated')) this.stop();
    this.isBusy = true;
    const request = {
      method: 'NOTIFY',
      headers: [
        ['Event', this.event],
        ['Subscription-State', state],
      ] as const,
      body: `SIP/2.0 ${status} ${reason.replace(/[\r\n]+/g, ' ')}\r\n`,
      contentType: 'message/sipfrag;version=2.0',
    };
    this.port.request(request, (response) => this.goOn(response));
  }

  /** Who does not want it any more says so (RFC 6665 §4.2.2): the call itself goes on (RFC 5057 §5.1). */
  private goOn(response: SipResponse | null): void {
    this.isBusy = false;
    if (!response || response.status >= 300) this.stop();
    const { next } = this;
    this.next = null;
    if (next) this.notify(next.status, next.reason);
  }

  private active(): string {
    const leftMs = this.untilMs - this.port.clock.nowMs();
    return `active;expires=${Math.max(0, Math.round(leftMs / 1000))}`;
  }

  private expire(): void {
    if (!this.isOver) this.send(100, 'Trying', 'terminated;reason=timeout');
  }

  private stop(): void {
    this.isOver = true;
    this.expiry.cancel();
    this.forget();
  }
}

/** Null when there is not exactly one Refer-To, or none that could be called (RFC 3515 §2.4.2). */
function readTarget(
  request: SipRequest,
): (Pick<Refer, 'referTo' | 'referredBy'> & { method: string }) | null {
  const values = request.headers.getAll('Refer-To');
  const [value] = values;
  if (value === undefined || values.length > 1) return null;
  try {
    const by = request.headers.get('Referred-By');
    const { uri: referTo, method } = parseReferTo(value);
    return {
      referTo,
      method,
      referredBy: by === undefined ? null : parseReferredBy(by).uri,
    };
  } catch (error) {
    if (error instanceof SipParseError) return null;
    throw error;
  }
}
