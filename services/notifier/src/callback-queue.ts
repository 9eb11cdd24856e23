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
  waiting: Callback[];
  state: 'ready' | 'sending' | 'pausing';
  /** The lane it stands in, that of its first callback. */
  lane: Lane;
}

/** What goes to one origin. */
interface Lane {
  origin: string;
  sending: number;
  held: number;
  ready: Set<Line>;
}

/** Busy lanes looked at for the next callback; those passed over come later in their ring. */
const MAX_LOOKS = 16;

/**
 * Which callback is next: in order within a call, in turn between origins. Pure bookkeeping, with no time in it, and
 * each step costs the same however many calls there are.
 *
 * Origins with nothing under way come first. Others may have perOrigin requests under way, and no more than a quarter
 * of what is still free: so slow ones leave room, however many slow ones there are.
 */
export class CallbackQueue {
  readonly #limits: QueueLimits;
  readonly #lines = new Map<string, Line>();
  readonly #lanes = new Map<string, Lane>();
  /** Lanes with something ready and room for it, next in turn first: without and with requests under way. */
  readonly #idle = new Set<Lane>();
  readonly #busy = new Set<Lane>();
  #sending = 0;
  #held = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Callbacks here, and of those the ones under way. */
  get counts(): { held: number; sending: number } {
    return { held: this.#held, sending: this.#sending };
  }

  heldFor(origin: string): number {
    return this.#lanes.get(origin)?.held ?? 0;
  }

  /** Puts a callback behind those of its call that come before it. */
  add(callback: Callback): void {
    const lane = this.#lane(callback.origin);
    this.#held += 1;
    lane.held += 1;
    const line = this.#lines.get(callback.callSid);
    if (line) {
      this.#insert(line, callback);
    } else {
      const fresh: Line = { callSid: callback.callSid, waiting: [callback], state: 'ready', lane };
      this.#lines.set(callback.callSid, fresh);
      this.#makeReady(fresh);
    }
  }

  /** The next to send, or null when there is none or no room. It is then under way. */
  take(): Callback | null {
    if (this.#sending >= this.#limits.total) return null;
    const [idle] = this.#idle;
    if (idle) return this.#takeFrom(idle);
    for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
      const [lane] = this.#busy;
      if (!lane) return null;
      if (lane.sending < this.#roomForOne()) return this.#takeFrom(lane);
      this.#busy.delete(lane);
      this.#busy.add(lane);
    }
    return null;
  }

  /** A callback under way is over, for good: the call's next one is ready. */
  finish(callback: Callback): void {
    const line = this.#stopSending(callback);
    line.waiting.shift();
    this.#held -= 1;
    line.lane.held -= 1;
    const [next] = line.waiting;
    if (!next) this.#lines.delete(line.callSid);
    const left = line.lane;
    if (next) {
      line.lane = this.#lane(next.origin);
      this.#makeReady(line);
    }
    if (left.held === 0) this.#lanes.delete(left.origin);
  }

  /** A callback under way failed: its call rests until `resume`. */
  pause(callback: Callback): void {
    this.#stopSending(callback).state = 'pausing';
  }

  resume(callSid: string): void {
    const line = this.#lines.get(callSid);
    if (line?.state === 'pausing') this.#makeReady(line);
  }

  #roomForOne(): number {
    const free = this.#limits.total - this.#sending;
    return Math.min(this.#limits.perOrigin, Math.max(1, Math.floor(free / 4)));
  }

  #takeFrom(lane: Lane): Callback | null {
    const [line] = lane.ready;
    const callback = line?.waiting[0];
    if (!line || !callback) return null;
    lane.ready.delete(line);
    line.state = 'sending';
    lane.sending += 1;
    this.#sending += 1;
    this.#queueUp(lane);
    return callback;
  }

  #stopSending(callback: Callback): Line {
    const line = this.#lines.get(callback.callSid);
    if (line?.state !== 'sending' || line.waiting[0] !== callback)
      throw new Error(`${callback.id} is not under way`);
    line.lane.sending -= 1;
    this.#sending -= 1;
    this.#queueUp(line.lane);
    return line;
  }

  #makeReady(line: Line): void {
    line.state = 'ready';
    line.lane.ready.add(line);
    this.#queueUp(line.lane);
  }

  /** Puts a lane at the end of the ring that it belongs in now, or in none. */
  #queueUp(lane: Lane): void {
    this.#idle.delete(lane);
    this.#busy.delete(lane);
    if (lane.ready.size === 0 || lane.sending >= this.#limits.perOrigin) return;
    (lane.sending === 0 ? this.#idle : this.#busy).add(lane);
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
    line.lane.ready.delete(line);
    this.#queueUp(line.lane);
    line.lane = this.#lane(origin);
    this.#makeReady(line);
  }

  #lane(origin: string): Lane {
    const known = this.#lanes.get(origin);
    if (known) return known;
    const lane: Lane = { origin, sending: 0, held: 0, ready: new Set() };
    this.#lanes.set(origin, lane);
    return lane;
  }
}
