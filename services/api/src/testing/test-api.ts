import { createLogger, createMetrics } from '@trunkline/runtime';
import { AccountBook } from '../accounts/account-book.js';
import { type AppOptions, createApp } from '../app.js';
import { createRequestMetrics } from '../observe.js';
import type { Operation } from '../operation.js';
import { startHttp } from '../start-http.js';
import { knownAccount } from './known-account.js';

export const ACCOUNT = {
  sid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01',
  email: 'administrator@company.com',
  token: 'a-token-of-some-length',
};

/** Of somebody else, and asleep. */
export const SUSPENDED = {
  sid: 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f02',
  email: 'asleep@company.com',
  token: 'another-token',
};

/** The API behind a real port. */
export interface TestApi {
  url: string;
  book: AccountBook;
  metrics(): Promise<string>;
  /** A request with the account's credentials, unless headers say otherwise. */
  send(method: string, path: string, options?: SendOptions): Promise<Response>;
  close(): Promise<void>;
}

export interface SendOptions {
  form?: Record<string, string> | [string, string][] | string;
  headers?: Record<string, string>;
}

/** What a test may want otherwise than with nothing but its operations. */
export type TestApiOptions = Partial<Pick<AppOptions, 'documents' | 'admit' | 'book'>>;

export async function startTestApi(
  operations: readonly Operation[],
  options: TestApiOptions = {},
): Promise<TestApi> {
  const { book = testBook() } = options;
  const metrics = createMetrics('api');
  const log = createLogger({ service: 'api', level: 'silent' });
  const app = createApp({ ...options, operations, book, metrics: createRequestMetrics(metrics), log });
  const http = await startHttp(app, { host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${http.port}`;
  return {
    url,
    book,
    metrics: () => metrics.text(),
    send: (method, path, { form, headers } = {}) =>
      fetch(url + path, {
        method,
        headers: { authorization: basic(ACCOUNT.sid, ACCOUNT.token), ...headers },
        ...(form !== undefined && { body: new URLSearchParams(form) }),
      }),
    close: () => http.close(),
  };
}

function testBook(): AccountBook {
  const book = new AccountBook();
  book.put([knownAccount(ACCOUNT), knownAccount({ ...SUSPENDED, status: 'suspended' })]);
  book.markLoaded();
  return book;
}

export function basic(login: string, token: string): string {
  return `Basic ${Buffer.from(`${login}:${token}`).toString('base64')}`;
}
