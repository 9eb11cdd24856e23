import type { Store } from '@trunkline/store';
import type { ReadPorts } from '../calls/get-call.js';

/** What the operations on a call's history work with. */
export interface HistoryPorts {
  /** Who is asked whether there is such a call. */
  calls: ReadPorts;
  /** What happened to calls, as far as the api reads it. */
  log: Pick<Store, 'listCallEvents' | 'listNotifications' | 'readNotification'>;
}
