import { type WebhookClient, WebhookError, type WebhookOutcome } from '@trunkline/webhook';
import type { Callback } from './callback.js';
import type { Attempt } from './judge-attempt.js';

/** What requests for callbacks go through. */
export interface SenderOptions {
  client: Pick<WebhookClient, 'send'>;
  /** The token that signs what is sent to an account's servers; null when it is not known. */
  tokenOf: (accountSid: string) => string | null;
  /** Told of each request, before the sender resolves. */
  onOutcome: (callback: Callback, outcome: WebhookOutcome) => void;
}

/** Makes one request for a callback. The response's body does not matter. Never rejects. */
export async function sendCallback(callback: Callback, options: SenderOptions): Promise<Attempt> {
  const { url, method, params, accountSid } = callback;
  const onOutcome = (outcome: WebhookOutcome) => options.onOutcome(callback, outcome);
  const signingToken = options.tokenOf(accountSid);
  try {
    const request = { url, method, params, discardBody: true, signingToken, onOutcome };
    const { status, retryAfter } = await options.client.send(request);
    return { kind: 'answered', status, retryAfter };
  } catch (error) {
    if (error instanceof WebhookError)
      return { kind: 'failed', retryable: error.retryable, reason: error.message };
    return { kind: 'failed', retryable: true, reason: 'the request failed in an unexpected way' };
  }
}
