import { type WebhookClient, WebhookError } from '@trunkline/webhook';
import type { Callback } from './callback.js';
import type { Attempt } from './judge-attempt.js';

/** Makes one request for a callback. The response's body does not matter. Never rejects. */
export async function sendCallback(client: WebhookClient, callback: Callback): Promise<Attempt> {
  const { url, method, params } = callback;
  try {
    const { status, retryAfter } = await client.send({ url, method, params, discardBody: true });
    return { kind: 'answered', status, retryAfter };
  } catch (error) {
    if (error instanceof WebhookError)
      return { kind: 'failed', retryable: error.retryable, reason: error.message };
    return { kind: 'failed', retryable: true, reason: 'the request failed in an unexpected way' };
  }
}
