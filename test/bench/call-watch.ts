import { type CallEvent, eventName, isFinalStatus } from '@trunkline/contracts';

/** What became of one call of a load run. Times are ms since the epoch. */
export interface WatchedCall {
  postedAt: number;
  acceptedAt: number | null;
  invitedAt: number | null;
  endedAt: number | null;
  status: string | null;
}

/** Follows the calls of a load run by their events; events may come before the POST's own answer does. */
export class CallWatch {
  readonly calls = new Map<string, WatchedCall>();
  private readonly waiting = new Map<string, () => void>();

  take(event: CallEvent): void {
    const call = this.of(event.subject);
    const at = Date.parse(event.time);
    if (eventName(event) === 'initiated') call.invitedAt = at;
    if (!isFinalStatus(event.data.status)) return;
    call.endedAt = at;
    call.status = event.data.status;
    this.waiting.get(event.subject)?.();
    this.waiting.delete(event.subject);
  }

  accepted(sid: string, postedAt: number): void {
    Object.assign(this.of(sid), { postedAt, acceptedAt: Date.now() });
  }

  /** Resolves when the call has ended. */
  ended(sid: string): Promise<void> {
    if (this.of(sid).endedAt !== null) return Promise.resolve();
    return new Promise((resolve) => this.waiting.set(sid, resolve));
  }

  /** POST sent → INVITE sent, in ms, of every call that was invited. */
  postToInvite(): number[] {
    return [...this.calls.values()].flatMap((call) =>
      call.invitedAt === null ? [] : [call.invitedAt - call.postedAt],
    );
  }

  /** POST sent → 201 received, in ms. */
  postToAccept(): number[] {
    return [...this.calls.values()].flatMap((call) =>
      call.acceptedAt === null ? [] : [call.acceptedAt - call.postedAt],
    );
  }

  private of(sid: string): WatchedCall {
    const known = this.calls.get(sid);
    if (known) return known;
    const call = { postedAt: 0, acceptedAt: null, invitedAt: null, endedAt: null, status: null };
    this.calls.set(sid, call);
    return call;
  }
}
