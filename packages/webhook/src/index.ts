export { type AddressPolicy, publicAddresses } from './address-policy.js';
export {
  createWebhookClient,
  type WebhookClient,
  type WebhookClientOptions,
  type WebhookOutcome,
  type WebhookRequest,
  type WebhookResponse,
} from './create-webhook-client.js';
export {
  ForbiddenAddressError,
  InvalidUrlError,
  UnreachableServerError,
  UnusableResponseError,
  WebhookAbortedError,
  WebhookError,
  WebhookTimeoutError,
} from './errors.js';
export type { Parameters } from './prepare-request.js';
export { signRequest } from './sign-request.js';
