/** What an Authorization must fit. */
export interface ExpectedAuthorization {
  method: string;
  realm: string;
  nonce: string;
  password: (username: string) => string | null;
}

/** Whether an Authorization value answers our challenge. Constant time in what depends on the password. Never throws. */
export function verifyAuthorization(header: string, expected: ExpectedAuthorization): boolean {
  throw new Error(`not there yet ${header} ${expected.realm}`);
}
