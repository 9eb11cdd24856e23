import { randomBytes } from 'node:crypto';
import { type Call, mintSid } from '@trunkline/contracts';
import pg from 'pg';

/** A database of a test file's own. */
export interface TestDatabase {
  url: string;
  /** Drops it, whoever is still connected. */
  drop(): Promise<void>;
}

/** Creates an empty database on the server of TEST_DATABASE_URL. */
export async function createTestDatabase(serverUrl: string | undefined): Promise<TestDatabase> {
  if (!serverUrl) throw new Error('TEST_DATABASE_URL is not set: `npm test` starts a Postgres and sets it');
  const name = `t${randomBytes(8).toString('hex')}`;
  await administer(serverUrl, `create database ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => administer(serverUrl, `drop database ${name} with (force)`) };
}

async function administer(serverUrl: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A queued call, with what a test wants different. */
export function queuedCall(changes: Partial<Call> = {}): Call {
  return {
    sid: mintSid('CA'),
    accountSid: mintSid('AC'),
    parentCallSid: null,
    to: '+15551230001',
    from: '+15559990000',
    phoneNumberSid: null,
    status: 'queued',
    direction: 'outbound-api',
    apiVersion: '2012-04-24',
    dateCreated: '2026-11-23T10:00:00.000Z',
    dateUpdated: '2026-11-23T10:00:00.000Z',
    startTime: null,
    endTime: null,
    durationSeconds: null,
    queueTimeMs: null,
    price: null,
    priceUnit: null,
    answeredBy: null,
    forwardedFrom: null,
    callerName: null,
    sipCode: null,
    sipReason: null,
    q850Cause: null,
    hangupSide: null,
    endReason: null,
    instructions: {
      url: 'https://example.com/script',
      method: 'POST',
      fallbackUrl: null,
      fallbackMethod: 'POST',
      ringTimeoutSeconds: 60,
    },
    statusCallback: null,
    ...changes,
  };
}
