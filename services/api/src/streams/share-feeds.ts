import type { Bus, EventFollower, FollowEventsOptions } from '@trunkline/bus';
import type { CallEvent } from '@trunkline/contracts';
import { TryAgainError } from '../errors.js';

type Followable = Pick<Bus, 'followEvents'>;

/**
 * Follows each account's events once for all of its readers, so that a further reader of a busy account costs next to
 * nothing. Who begins in the past, or was slow, reads alone until it has caught up.
 */
export function shareFeeds(bus: Followable): Followable {
  const feeds = new Map<string, Feed>();
  const feedOf = (accountSid: string) => {
    const feed = feeds.get(accountSid) ?? new Feed(bus, accountSid, () => feeds.delete(accountSid));
    feeds.set(accountSid, feed);
    return feed;
  };
  return {
    async followEvents(options) {
      const reader = new Reader(bus, options, feedOf(options.accountSid));
      await reader.start();
      return reader;
    },
  };
}

/** What happens to one account from now on. It lives as long as it has readers. */
class Feed {
  /** The place of the last event that was handed over. */
  last: number | null = null;
  isOver = false;
  readonly listeners = new Set<Reader>();
  readonly #readers = new Set<Reader>();
  readonly #onOver: () => void;
  readonly #follower: Promise<EventFollower>;

  constructor(bus: Followable, accountSid: string, onOver: () => void) {
    this.#onOver = onOver;
    this.#follower = bus.followEvents({
      accountSid,
      from: 'new',
      onEvent: (event, streamSequence) => this.#hand(event, streamSequence),
      onEnd: (error) => this.#end(error),
    });
    this.#follower.catch((error) => this.#end(error));
  }

  /** Keeps it alive for the reader. @throws what the bus says when it cannot be followed */
  async hold(reader: Reader): Promise<void> {
    this.#readers.add(reader);
    await this.#follower;
  }

  release(reader: Reader): void {
    this.listeners.delete(reader);
    this.#readers.delete(reader);
    if (this.#readers.size > 0 || this.isOver) return;
    this.isOver = true;
    this.#onOver();
    this.#follower.then((follower) => follower.stop()).catch(() => {});
  }

  #hand(event: CallEvent, streamSequence: number): void {
    this.last = streamSequence;
    for (const reader of [...this.listeners]) {
      if (this.listeners.has(reader)) reader.hear(event, streamSequence);
    }
  }

  #end(error: Error | null): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#onOver();
    for (const reader of [...this.listeners]) reader.end(error);
  }
}

class Reader implements EventFollower {
  readonly #bus: Followable;
  readonly #options: FollowEventsOptions;
  readonly #feed: Feed;
  /** Its own way through the stream, while it does not listen to the feed. */
  #own: EventFollower | null = null;
  /** Tells the present own way from those that it left. */
  #way = 0;
  /** The place of the last event that it was given. */
  #place: number | null = null;
  /** The first event of the feed that came while it was paused. */
  #missed: number | null = null;
  #isPaused = false;
  #isOver = false;

  constructor(bus: Followable, options: FollowEventsOptions, feed: Feed) {
    this.#bus = bus;
    this.#options = options;
    this.#feed = feed;
  }

  async start(): Promise<void> {
    const { from } = this.#options;
    const held = this.#feed.hold(this);
    try {
      if (from === 'new') {
        await held;
        if (this.#feed.isOver) throw new TryAgainError('Events cannot be followed just now', 1);
        this.#feed.listeners.add(this);
      } else await Promise.all([held, this.#readAlone(from)]);
    } catch (error) {
      this.#isOver = true;
      this.#leave();
      throw error;
    }
  }

  /** An event of the feed. The feed waits for nobody: who pauses will read alone from there on. */
  hear(event: CallEvent, streamSequence: number): void {
    if (this.#isPaused) {
      this.#missed = streamSequence;
      this.#feed.listeners.delete(this);
    } else this.#take(event, streamSequence);
  }

  end(error: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave();
    this.#options.onEnd(error);
  }

  stop(): void {
    this.end(null);
  }

  pause(): void {
    this.#isPaused = true;
    this.#own?.pause();
  }

  resume(): void {
    if (!this.#isPaused || this.#isOver) return;
    this.#isPaused = false;
    this.#own?.resume();
    if (this.#missed === null) return;
    const from = { sequence: this.#missed };
    this.#missed = null;
    this.#readAlone(from).catch((error) => this.end(error));
  }

  async #readAlone(from: FollowEventsOptions['from']): Promise<void> {
    this.#way += 1;
    const way = this.#way;
    const own = await this.#bus.followEvents({
      accountSid: this.#options.accountSid,
      from,
      onEvent: (event, streamSequence) => {
        if (way !== this.#way || this.#isOver) return;
        this.#take(event, streamSequence);
        this.#joinWhenThere();
      },
      onEnd: (error) => {
        if (way === this.#way) this.end(error);
      },
    });
    if (this.#isOver || way !== this.#way) return own.stop();
    this.#own = own;
    if (this.#isPaused) own.pause();
  }

  #take(event: CallEvent, streamSequence: number): void {
    this.#place = streamSequence;
    this.#options.onEvent(event, streamSequence);
  }

  /** Where the feed is at this very event, what comes next comes from it: nothing is left out, nothing comes twice. */
  #joinWhenThere(): void {
    if (this.#isOver || this.#isPaused || this.#feed.isOver || this.#feed.last !== this.#place) return;
    this.#stopOwn();
    this.#feed.listeners.add(this);
  }

  #leave(): void {
    this.#stopOwn();
    this.#feed.release(this);
  }

  #stopOwn(): void {
    this.#way += 1;
    this.#own?.stop();
    this.#own = null;
  }
}
