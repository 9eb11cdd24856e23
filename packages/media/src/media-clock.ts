/** Told how many frames of 20 ms are due, and how many before them were given up because the process was too late. */
export type OnTick = (frames: number, skippedFrames: number) => void;

/**
 * The one 20 ms tick of a process. Deadlines are absolute: a timer that is set again and again, or one a stream,
 * drifts by about 1 %. Up to 100 ms of lateness are caught up; more is skipped, so that a stall makes no burst.
 */
export interface MediaClock {
  /** The clock runs while anybody listens. */
  add(onTick: OnTick): { remove(): void };
  /** For ever. */
  stop(): void;
  /** How late the last tick was, and the latest since the clock was made, ms. */
  lateness(): { lastMs: number; maxMs: number };
}

/** What the clock takes from the system; tests bring their own. */
export interface ClockSource {
  /** Monotonic, ms. */
  nowMs(): number;
  after(ms: number, run: () => void): { cancel(): void };
}

/** A clock with nobody listening yet. */
export function createMediaClock(source: ClockSource = systemSource): MediaClock {
  return new DeadlineClock(source);
}

const FRAME_MS = 20;
const MAX_CATCH_UP_MS = 100;

const systemSource: ClockSource = {
  nowMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};

class DeadlineClock implements MediaClock {
  private readonly listeners = new Set<{ onTick: OnTick }>();
  private timer: { cancel(): void } | null = null;
  private nextMs = 0;
  private stopped = false;
  private lastLateMs = 0;
  private maxLateMs = 0;

  constructor(private readonly source: ClockSource) {}

  add(onTick: OnTick): { remove(): void } {
    const listener = { onTick };
    if (this.stopped) return { remove: () => undefined };
    this.listeners.add(listener);
    if (this.timer === null) this.startTicking();
    return { remove: () => this.remove(listener) };
  }

  stop(): void {
    this.stopped = true;
    this.listeners.clear();
    this.rest();
  }

  lateness(): { lastMs: number; maxMs: number } {
    return { lastMs: this.lastLateMs, maxMs: this.maxLateMs };
  }

  private remove(listener: { onTick: OnTick }): void {
    this.listeners.delete(listener);
    if (this.listeners.size === 0) this.rest();
  }

  private rest(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private startTicking(): void {
    const nowMs = this.source.nowMs();
    this.nextMs = nowMs + FRAME_MS;
    this.schedule(nowMs);
  }

  /** Rounded up: a timer that came a fraction early would have to be set a second time. */
  private schedule(nowMs: number): void {
    const waitMs = Math.max(0, Math.ceil(this.nextMs - nowMs));
    this.timer = this.source.after(waitMs, () => this.tick());
  }

  private tick(): void {
    const nowMs = this.source.nowMs();
    const lateMs = nowMs - this.nextMs;
    if (lateMs < 0) this.schedule(nowMs);
    else this.tickNow(nowMs, lateMs);
  }

  private tickNow(nowMs: number, lateMs: number): void {
    const due = 1 + Math.floor(lateMs / FRAME_MS);
    const frames = lateMs <= MAX_CATCH_UP_MS ? due : 1;
    this.nextMs += due * FRAME_MS;
    this.lastLateMs = lateMs;
    this.maxLateMs = Math.max(this.maxLateMs, lateMs);
    // Set before anybody is called: a listener that throws must not end the tick of all others.
    this.schedule(nowMs);
    for (const { onTick } of this.listeners) onTick(frames, due - frames);
  }
}
