import type { CallRecord, EndCall, EndCallReply } from '@trunkline/contracts';
import type { CallStateName } from './call-machine.js';
import type { PlacedCall } from './place-call.js';

/** The calls that this process holds, by Sid, and the places that it has for them. */
export interface HeldCalls {
  /** Keeps a place for a call that is about to be claimed. False when it is here already, or there is no place. */
  reserve(record: CallRecord): boolean;
  /** Puts the call in its place. It leaves by itself when it is over. */
  begin(call: PlacedCall): void;
  /** Gives back the place of a call that did not begin; does nothing for one that did. */
  release(callSid: string): void;
  /** True from `reserve` on. */
  has(callSid: string): boolean;
  /** Ends a call on request. */
  end(command: EndCall): EndCallReply;
  /** Hangs up on every call, and on each that begins after it. */
  drain(): void;
  all(): PlacedCall[];
  /** Places taken. */
  size(): number;
  countIn(state: CallStateName): number;
  /** Resolves when no place is taken. */
  idle(): Promise<void>;
}

export interface HeldCallsOptions {
  maxCalls: number;
  /** Told when the last place is taken, and when a tenth of them is free again: not at every call of a full house. */
  onRoom: (hasRoom: boolean) => void;
}

interface Place {
  record: CallRecord;
  call: PlacedCall | null;
  /** An end that was asked for while the claim was under way. */
  wish: EndCall['status'] | null;
}

export function createHeldCalls(options: HeldCallsOptions): HeldCalls {
  return new CallPlaces(options);
}

class CallPlaces implements HeldCalls {
  private readonly places = new Map<string, Place>();
  private readonly waiting: (() => void)[] = [];
  private isFull = false;
  private isDraining = false;

  constructor(private readonly options: HeldCallsOptions) {}

  reserve(record: CallRecord): boolean {
    const { sid } = record.call;
    if (this.places.has(sid) || this.places.size >= this.options.maxCalls) return false;
    this.places.set(sid, { record, call: null, wish: null });
    if (this.places.size === this.options.maxCalls) this.setFull(true);
    return true;
  }

  begin(call: PlacedCall): void {
    const place = this.places.get(call.sid);
    if (!place) throw new Error(`no place was kept for ${call.sid}`);
    place.call = call;
    void call.over.then(() => this.leave(call.sid));
    if (place.wish) call.feed({ kind: 'end-requested', status: place.wish });
    else if (this.isDraining) call.feed({ kind: 'drained' });
  }

  release(callSid: string): void {
    if (this.places.get(callSid)?.call === null) this.leave(callSid);
  }

  has(callSid: string): boolean {
    return this.places.has(callSid);
  }

  end({ callSid, status }: EndCall): EndCallReply {
    const place = this.places.get(callSid);
    if (!place) return { result: 'not-live' };
    if (!place.call) {
      place.wish = status;
      return { result: 'ending', call: place.record.call };
    }
    const result = place.call.answerEndRequest(status);
    if (result === 'not-live') return { result };
    if (result === 'ending') place.call.feed({ kind: 'end-requested', status });
    return { result, call: place.call.record().call };
  }

  drain(): void {
    this.isDraining = true;
    for (const call of this.all()) call.feed({ kind: 'drained' });
  }

  all(): PlacedCall[] {
    return [...this.places.values()].flatMap(({ call }) => (call ? [call] : []));
  }

  size(): number {
    return this.places.size;
  }

  countIn(state: CallStateName): number {
    return this.all().filter((call) => call.stateName() === state).length;
  }

  idle(): Promise<void> {
    if (this.places.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private leave(callSid: string): void {
    this.places.delete(callSid);
    if (this.places.size <= this.options.maxCalls * 0.9) this.setFull(false);
    if (this.places.size > 0) return;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private setFull(isFull: boolean): void {
    if (isFull === this.isFull) return;
    this.isFull = isFull;
    this.options.onRoom(!isFull);
  }
}
