import type { Bus } from '@trunkline/bus';
import type { Logger } from '@trunkline/runtime';
import { createWebhookClient } from '@trunkline/webhook';
import type { Callback } from './callback.js';
import type { readNotifierConfig } from './config.js';
import type { Attempt } from './judge-attempt.js';
import { openAccounts } from './open-accounts.js';
import { sendCallback } from './send-callback.js';
import { createOwnerNotes, type OwnerNotes } from './tell-owner.js';

/** Makes requests for callbacks: signed, and noted for the call's owner. */
export interface Sender {
  /** Never rejects. */
  send(callback: Callback): Promise<Attempt>;
  owner: OwnerNotes;
  close(): Promise<void>;
}

/** Resolves when callbacks can be signed, or never will be. */
export async function openSender({
  bus,
  config,
  log,
}: {
  bus: Pick<Bus, 'directory' | 'publishNote'>;
  config: ReturnType<typeof readNotifierConfig>;
  log: Logger;
}): Promise<Sender> {
  const owner = createOwnerNotes({ publish: (note) => bus.publishNote(note), now: () => new Date() });
  const accounts = await openAccounts({ bus, secretKey: config.SECRET_KEY, log });
  const client = createWebhookClient({
    allowPrivate: config.CALLBACK_ALLOW_PRIVATE,
    timeoutMs: config.CALLBACK_TIMEOUT,
    maxConnectionsPerOrigin: config.CALLBACKS_PER_HOST,
    maxConnections: 2 * config.CALLBACKS_UNDER_WAY,
  });
  const tokenOf = (accountSid: string) => accounts.tokenOf(accountSid);
  return {
    send: (callback) => sendCallback(callback, { client, tokenOf, onOutcome: owner.attempted }),
    owner,
    async close() {
      accounts.stop();
      await client.close();
    },
  };
}
