import type { BatchConsumer, Bus } from '@trunkline/bus';
import { type CallEvent, isFinalStatus } from '@trunkline/contracts';
import type { Limits } from '@trunkline/limits';
import type { Logger } from '@trunkline/runtime';

export interface ReleaseOptions {
  bus: Pick<Bus, 'consumeBatches'>;
  limits: Pick<Limits, 'releaseCalls'>;
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

function consume({ bus, limits, log }: ReleaseOptions): Promise<BatchConsumer> {
  return bus.consumeBatches({
    durable: DURABLE,
    ...BATCH,
    handler: (events) => limits.releaseCalls(callsThatAreOver(events)),
    onPoison: (_raw, err) => log.warn({ err }, 'a message in the stream is no event'),
  });
}

/** A deleted call's event has its final status too. */
function callsThatAreOver(events: readonly CallEvent[]) {
  return events
    .filter(({ data }) => isFinalStatus(data.status))
    .map(({ data }) => ({ accountSid: data.accountSid, callSid: data.sid }));
}
