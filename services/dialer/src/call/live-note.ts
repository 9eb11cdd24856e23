import { LiveCallTakenError } from '@trunkline/bus';
import type { LiveCall } from '@trunkline/contracts';
import type { Clock, Timer } from '@trunkline/sip';
import type { CallLog } from './call-log.js';

/** Where dialers note what they hold, for the others to read when they die. */
export interface NoteStore {
  /** @throws LiveCallTakenError when the note is another dialer's by now */
  put(entry: LiveCall): Promise<void>;
  remove(owner: string, callSid: string): Promise<void>;
}

/** One call's note. Its writes never overlap, and the newest state wins. */
export interface LiveNote {
  /** Writes the call as it is now; resolves when that is acknowledged, or when the note was closed before. */
  write(): Promise<void>;
  /** Writes soon: several changes within a second cost one write, and a call that is over by then costs none. */
  freshen(): void;
  /** True once the note was acknowledged at least once. */
  isWritten(): boolean;
  /** Removes it once `told` resolves. Nothing is written any more. */
  remove(told: () => Promise<void>): Promise<void>;
  /** Leaves it as it is, since it belongs to another dialer now. */
  forget(): void;
}

export interface LiveNoteOptions {
  store: NoteStore;
  clock: Clock;
  /** The call as it is now. */
  snapshot: () => LiveCall;
  /** False while this dialer cannot know whether it still owns its calls: then nothing is written. */
  mayWrite: () => boolean;
  /** Told when a write finds that another dialer has taken the call over. */
  onTaken: () => void;
  log: CallLog;
}

const FRESH_MS = 1_000;
const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

export function createLiveNote(options: LiveNoteOptions): LiveNote {
  return new StoredNote(options);
}

class StoredNote implements LiveNote {
  private chain: Promise<void> = Promise.resolve();
  private hasNext = false;
  private written = false;
  private isClosed = false;
  private isForgotten = false;
  private timer: Timer | null = null;

  constructor(private readonly options: LiveNoteOptions) {}

  write(): Promise<void> {
    this.settleTimer();
    if (!this.hasNext && !this.isClosed) {
      this.hasNext = true;
      this.chain = this.chain.then(() => this.put());
    }
    return this.chain;
  }

  freshen(): void {
    if (this.isClosed || this.timer) return;
    this.timer = this.options.clock.after(FRESH_MS, () => {
      this.timer = null;
      void this.write();
    });
  }

  isWritten(): boolean {
    return this.written;
  }

  remove(told: () => Promise<void>): Promise<void> {
    this.close();
    const { owner, record } = this.options.snapshot();
    this.chain = this.chain.then(told).then(async () => {
      const remove = () => this.options.store.remove(owner, record.call.sid);
      await this.insist(() => !this.isForgotten, remove);
    });
    return this.chain;
  }

  forget(): void {
    this.isForgotten = true;
    this.close();
  }

  private close(): void {
    this.isClosed = true;
    this.settleTimer();
  }

  /** Whatever it waited to write is written now, or never. */
  private settleTimer(): void {
    this.timer?.cancel();
    this.timer = null;
  }

  private async put(): Promise<void> {
    this.hasNext = false;
    const isDone = await this.insist(
      () => !this.isClosed,
      () => this.options.store.put(this.options.snapshot()),
    );
    this.written ||= isDone;
  }

  /** Tries again until it succeeds, or nobody wants it any more. */
  private async insist(isWanted: () => boolean, work: () => Promise<void>): Promise<boolean> {
    for (let waitMs = FIRST_RETRY_MS; isWanted(); waitMs = Math.min(2 * waitMs, LAST_RETRY_MS)) {
      if (this.options.mayWrite()) {
        try {
          await work();
          return true;
        } catch (err) {
          if (err instanceof LiveCallTakenError) {
            this.forget();
            this.options.onTaken();
            return false;
          }
          const callSid = this.options.snapshot().record.call.sid;
          this.options.log.warn({ callSid, err, retryInMs: waitMs }, 'the note of a live call failed');
        }
      }
      await this.pause(waitMs);
    }
    return false;
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.options.clock.after(ms, resolve));
  }
}
