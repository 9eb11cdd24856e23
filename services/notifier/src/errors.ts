/** The api's accounts have not been told yet: nothing can be signed. */
export class AccountsUnknownError extends Error {
  override readonly name = 'AccountsUnknownError';
  readonly retryable = true;

  constructor() {
    super('the accounts are not known yet');
  }
}
