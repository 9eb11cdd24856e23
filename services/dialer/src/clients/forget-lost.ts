import type { CallLog } from '../call/call-log.js';
import type { LocationShelf } from './location-shelf.js';

export interface ForgetOptions {
  locations: Pick<LocationShelf, 'change'>;
  dialerId: string;
  log: CallLog;
}

/** Takes the devices of a lost connection out of the shared list, so that nobody calls them in vain. */
export interface Forgetter {
  forget(clientSid: string, connection: string): void;
  /** What is waiting is left to run out by itself. */
  stop(): void;
}

/** A network that goes away takes thousands with it: the bus has other things to do. */
const MAX_AT_ONCE = 8;
/** Beyond these they are left to run out by themselves. */
const MAX_WAITING = 20_000;

/** Best effort: nothing is tried twice. */
export function createForgetter({ locations, dialerId, log }: ForgetOptions): Forgetter {
  const waiting: { clientSid: string; connection: string }[] = [];
  let atWork = 0;
  let isStopped = false;

  async function work(): Promise<void> {
    atWork += 1;
    for (let next = waiting.pop(); next && !isStopped; next = waiting.pop())
      await remove(next.clientSid, next.connection);
    atWork -= 1;
  }

  async function remove(clientSid: string, connection: string): Promise<void> {
    try {
      await locations.change(clientSid, (before) => {
        // One that has come back already has another connection.
        const bindings = before.bindings.filter(
          ({ source, dialerId: holder }) => holder !== dialerId || source.connection !== connection,
        );
        return bindings.length === before.bindings.length ? null : { clientSid, bindings };
      });
      log.debug({ client: clientSid, connection }, 'the connection of a device is gone');
    } catch (err) {
      log.warn({ client: clientSid, err }, 'a device that is gone stays listed until it runs out');
    }
  }

  return {
    forget(clientSid, connection) {
      if (isStopped || waiting.length >= MAX_WAITING) return;
      waiting.push({ clientSid, connection });
      if (atWork < MAX_AT_ONCE) void work();
    },
    stop() {
      isStopped = true;
    },
  };
}
