import type { Callback } from './callback.js';

export interface QueueLimits {
  /** Requests under way to one origin, at most. */
  perOrigin: number;
  /** Requests under way altogether, at most. */
  total: number;
}

/** The callbacks of one call, in order. Only the first can be under way. */
interface Line {
  callSid: string;
  account: Account;
  waiting: Callback[];
  state: 'ready' | 'sending' | 'pausing';
  /** The lane it stands in, that of its first callback. */
  lane: Lane;
}

/** What goes to one origin, whose accounts take turns. */
interface Lane {
  origin: string;
  sending: number;
  held: number;
  ready: Map<Account, Set<Line>>;
  /** The account that has to wait, when that is why the lane is in no ring. */
  sidelinedBy: Account | null;
}

interface Account {
  sid: string;
  sending: number;
  held: number;
  /** Lanes with nothing under way that wait because the account has its share, next in turn first. */
  sidelined: Set<Lane>;
}

/** An account may have so many times what is still free: three quarters of everything when it is alone. */
export const ACCOUNT_SHARE = 3;
/** Busy lanes looked at for the next callback; those passed over come later in their ring. */
const MAX_LOOKS = 16;

/**
 * Which callback is next: in order within a call, in turn between origins. Pure bookkeeping, with no time in it, and
 * each step costs the same however many calls there are.
 *
 * An account may have three times as many under way as are still free. Of its origins, those with nothing under way
 * come first; the others may have perOrigin, and no more than a quarter of what the account has left. So slow ones leave
 * room: an account's for its other hosts until there are hundreds of them, and all of them always for other accounts.
 */
export class CallbackQueue {
  readonly #limits: QueueLimits;
  readonly #lines = new Map<string, Line>();
  readonly #lanes = new Map<string, Lane>();
  readonly #accounts = new Map<string, Account>();
  /** Lanes with something ready and room for it, next in turn first: without and with requests under way. */
  readonly #idle = new Set<Lane>();
  readonly #busy = new Set<Lane>();
  /** Accounts with sidelined lanes, next in turn first. */
  readonly #sidelining = new Set<Account>();
  #sending = 0;
  #held = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Callbacks here, and of those the ones under way. */
  get counts(): { held: number; sending: number } {
    return { held: this.#held, sending: this.#sending };
  }

  /** Callbacks here that go where this one goes, and those of its account. */
  heldLike({ origin, accountSid }: Callback): { origin: number; account: number } {
    return {
      origin: this.#lanes.get(origin)?.held ?? 0,
      account: this.#accounts.get(accountSid)?.held ?? 0,
    };
  }

  /** Puts a callback behind those of its call that come before it. */
  add(callback: Callback): void {
    const lane = this.#lane(callback.origin);
    const account = this.#account(callback.accountSid);
    this.#held += 1;
    lane.held += 1;
    account.held += 1;
    const line = this.#lines.get(callback.callSid);
    if (line) {
      this.#insert(line, callback);
    } else {
      const { callSid } = callback;
      const fresh: Line = { callSid, account, waiting: [callback], state: 'ready', lane };
      this.#lines.set(callSid, fresh);
      this.#makeReady(fresh);
    }
  }

  /** The next to send, or null when there is none or no room. It is then under way. */
  take(): Callback | null {
    if (this.#sending >= this.#limits.total) return null;
    return this.#takeIdle() ?? this.#takeSidelined() ?? this.#takeBusy();
  }

  /** A callback under way is over, for good: the call's next one is ready. */
  finish(callback: Callback): void {
    const line = this.#stopSending(callback);
    const { lane: left, account } = line;
    line.waiting.shift();
    this.#held -= 1;
    left.held -= 1;
    account.held -= 1;
    const [next] = line.waiting;
    if (next) {
      line.lane = this.#lane(next.origin);
      this.#makeReady(line);
    } else {
      this.#lines.delete(line.callSid);
    }
    if (left.held === 0) this.#lanes.delete(left.origin);
    if (account.held === 0) this.#accounts.delete(account.sid);
  }

  /** A callback under way failed: its call rests until `resume`. */
  pause(callback: Callback): void {
    this.#stopSending(callback).state = 'pausing';
  }

  resume(callSid: string): void {
    const line = this.#lines.get(callSid);
    if (line?.state === 'pausing') this.#makeReady(line);
  }

  /** Each lane is taken from or sidelined, and that once until its turn comes: no look is in vain. */
  #takeIdle(): Callback | null {
    for (const lane of this.#idle) {
      const line = this.#nextLine(lane, (account) => account.sidelined.size === 0 && this.#hasRoom(account));
      if (line) return this.#send(line);
      this.#sideline(lane);
    }
    return null;
  }

  #takeSidelined(): Callback | null {
    for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
      const [account] = this.#sidelining;
      if (!account) return null;
      this.#sidelining.delete(account);
      this.#sidelining.add(account);
      const [lane] = account.sidelined;
      const [line] = lane?.ready.get(account) ?? [];
      if (line && this.#hasRoom(account)) return this.#send(line);
    }
    return null;
  }

  #takeBusy(): Callback | null {
    for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
      const [lane] = this.#busy;
      if (!lane) return null;
      const line = this.#nextLine(lane, (account) => lane.sending < this.#roomForMore(account));
      if (line) return this.#send(line);
      this.#busy.delete(lane);
      this.#busy.add(lane);
    }
    return null;
  }

  #free(): number {
    return this.#limits.total - this.#sending;
  }

  /** For one origin that has requests under way already. An account that sends one more also takes one of the free. */
  #roomForMore(account: Account): number {
    const left = (ACCOUNT_SHARE * this.#free() - account.sending) / (ACCOUNT_SHARE + 1);
    return Math.min(this.#limits.perOrigin, left / 4);
  }

  #hasRoom(account: Account): boolean {
    return account.sending < ACCOUNT_SHARE * this.#free();
  }

  /** Of the accounts that wait for this origin, the next one that may. */
  #nextLine(lane: Lane, may: (account: Account) => boolean): Line | null {
    for (let looks = Math.min(MAX_LOOKS, lane.ready.size); looks > 0; looks -= 1) {
      const [next] = lane.ready;
      if (!next) return null;
      const [account, lines] = next;
      lane.ready.delete(account);
      lane.ready.set(account, lines);
      const [line] = lines;
      if (line && may(account)) return line;
    }
    return null;
  }

  #send(line: Line): Callback | null {
    const { lane, account } = line;
    this.#removeReady(line);
    line.state = 'sending';
    lane.sending += 1;
    account.sending += 1;
    this.#sending += 1;
    this.#queueUp(lane);
    return line.waiting[0] ?? null;
  }

  #stopSending(callback: Callback): Line {
    const line = this.#lines.get(callback.callSid);
    if (line?.state !== 'sending' || line.waiting[0] !== callback)
      throw new Error(`${callback.id} is not under way`);
    line.lane.sending -= 1;
    line.account.sending -= 1;
    this.#sending -= 1;
    this.#queueUp(line.lane);
    return line;
  }

  /** A lane that waits its turn keeps its place. */
  #makeReady(line: Line): void {
    const { lane, account } = line;
    line.state = 'ready';
    const lines = lane.ready.get(account) ?? new Set();
    lane.ready.set(account, lines.add(line));
    const isQueued = this.#idle.has(lane) || this.#busy.has(lane) || lane.sidelinedBy === account;
    if (!isQueued) this.#queueUp(lane);
  }

  #removeReady(line: Line): void {
    const lines = line.lane.ready.get(line.account);
    lines?.delete(line);
    if (lines?.size === 0) line.lane.ready.delete(line.account);
  }

  /** Puts a lane at the end of the ring that it belongs in now, or in none. */
  #queueUp(lane: Lane): void {
    this.#idle.delete(lane);
    this.#busy.delete(lane);
    this.#unsideline(lane);
    if (lane.ready.size === 0 || lane.sending >= this.#limits.perOrigin) return;
    (lane.sending === 0 ? this.#idle : this.#busy).add(lane);
  }

  #sideline(lane: Lane): void {
    const [account] = lane.ready.keys();
    this.#idle.delete(lane);
    if (!account) return;
    lane.sidelinedBy = account;
    account.sidelined.add(lane);
    this.#sidelining.add(account);
  }

  #unsideline(lane: Lane): void {
    const account = lane.sidelinedBy;
    if (!account) return;
    lane.sidelinedBy = null;
    account.sidelined.delete(lane);
    if (account.sidelined.size === 0) this.#sidelining.delete(account);
  }

  /** Behind all with a lower sequence; one that is under way keeps the first place. */
  #insert(line: Line, callback: Callback): void {
    let place = line.waiting.length;
    const first = line.state === 'ready' ? 0 : 1;
    while (place > first && (line.waiting[place - 1]?.sequence ?? 0) > callback.sequence) place -= 1;
    line.waiting.splice(place, 0, callback);
    if (place === 0) this.#moveTo(line, callback.origin);
  }

  #moveTo(line: Line, origin: string): void {
    this.#removeReady(line);
    this.#queueUp(line.lane);
    line.lane = this.#lane(origin);
    this.#makeReady(line);
  }

  #lane(origin: string): Lane {
    const known = this.#lanes.get(origin);
    if (known) return known;
    const lane: Lane = { origin, sending: 0, held: 0, ready: new Map(), sidelinedBy: null };
    this.#lanes.set(origin, lane);
    return lane;
  }

  #account(sid: string): Account {
    const known = this.#accounts.get(sid);
    if (known) return known;
    const account: Account = { sid, sending: 0, held: 0, sidelined: new Set() };
    this.#accounts.set(sid, account);
    return account;
  }
}
