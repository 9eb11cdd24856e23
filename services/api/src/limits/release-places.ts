import type { BatchConsumer, Bus } from '@trunkline/bus';
import { type CallEvent, isFinalStatus } from '@trunkline/contracts';
import { type HeldCall, type Limits, LimitsUnavailableError } from '@trunkline/limits';
import type { Logger } from '@trunkline/runtime';
import type { AccountBook } from '../accounts/account-book.js';

export interface ReleaseOptions {
  bus: Pick<Bus, 'consumeBatches'>;
  limits: Pick<Limits, 'releaseCalls'>;
  /** Knows with whom else a call may have a place: accounts above its own. */
  book: Pick<AccountBook, 'find' | 'lineage' | 'seek' | 'isLoaded'>;
  /** Whether any account has a limit: until then nobody's calls are counted, and no event is read. */
  isNeeded: () => boolean;
  /** How often that is asked. */
  everyMs: number;
  log: Pick<Logger, 'warn'>;
}

/** Gives back the places of calls that are over, for as long as it is not closed. */
export interface Releaser {
  /** Looks now whether it is needed, since a place was just taken. */
  check(): void;
  close(): Promise<void>;
}

/** Shared by all api instances. */
const DURABLE = 'limits';
const BATCH = { maxBatch: 500, maxWaitMs: 50 };

/**
 * Follows the events once a limit is there. What was published before is read as well, so that calls that ended while no
 * instance ran give their places back too. A batch that Redis does not take comes again.
 */
export function startReleasing(options: ReleaseOptions): Releaser {
  const { isNeeded, everyMs, log } = options;
  let consumer: Promise<BatchConsumer> | null = null;
  const check = () => {
    if (consumer || !isNeeded()) return;
    consumer = consume(options);
    consumer.catch((err) => {
      log.warn({ err }, 'events cannot be followed: places of calls are not given back');
      consumer = null;
    });
  };
  check();
  const timer = setInterval(check, everyMs);
  timer.unref();
  return {
    check,
    async close() {
      clearInterval(timer);
      const consuming = await consumer?.catch(() => null);
      await consuming?.close();
    },
  };
}

function consume({ bus, limits, book, log }: ReleaseOptions): Promise<BatchConsumer> {
  return bus.consumeBatches({
    durable: DURABLE,
    ...BATCH,
    handler: async (events) => limits.releaseCalls(await placesOf(callsThatAreOver(events), book)),
    onPoison: (_raw, err) => log.warn({ err }, 'a message in the stream is no event'),
  });
}

/** A deleted call's event has its final status too. */
function callsThatAreOver(events: readonly CallEvent[]) {
  return events
    .filter(({ data }) => isFinalStatus(data.status))
    .map(({ data }) => ({ accountSid: data.accountSid, callSid: data.sid }));
}

/**
 * Places with the calls' own accounts and all above them, whether these have limits now or not.
 * @throws LimitsUnavailableError for an account that is not known yet: the same calls can be asked for later
 */
async function placesOf(calls: readonly HeldCall[], book: ReleaseOptions['book']): Promise<HeldCall[]> {
  const lineages = new Map<string, readonly string[]>();
  for (const { accountSid } of calls) {
    if (!lineages.has(accountSid)) lineages.set(accountSid, await lineageOf(accountSid, book));
  }
  return calls.flatMap(({ accountSid, callSid }) =>
    (lineages.get(accountSid) ?? []).map((sid) => ({ accountSid: sid, callSid })),
  );
}

/** Another instance may have made the account a moment ago. Where it cannot be found, places above it end by themselves. */
async function lineageOf(accountSid: string, book: ReleaseOptions['book']): Promise<string[]> {
  if (!book.find(accountSid)) {
    if (!book.isLoaded()) throw new LimitsUnavailableError('accounts are not known yet');
    await book.seek(accountSid).catch(() => false);
  }
  const account = book.find(accountSid);
  return account ? book.lineage(account).map(({ sid }) => sid) : [accountSid];
}
