import twilio from 'twilio';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { WebhookOutcome } from './create-webhook-client.js';
import { failureOf, type HookBench, startHookBench } from './testing/hook-bench.js';

let bench: HookBench;

beforeEach(async () => {
  bench = await startHookBench();
});

afterEach(() => bench.close());

const token = 'a token';

/** Whether the server, which knows only what it got, finds the request signed with the token. */
function isSigned(seen: HookBench['seen'][number] | undefined): boolean {
  if (!seen) throw new Error('nothing came');
  const signature = seen.headers['x-twilio-signature'];
  if (typeof signature !== 'string') return false;
  const body = Object.fromEntries(new URLSearchParams(seen.body));
  return twilio.validateRequest(token, signature, bench.at(seen.url), body);
}

describe('signatures', () => {
  test.each(['GET', 'POST'] as const)('%s is signed as the server sees it', async (method) => {
    const url = bench.at('/hook?x=1&y=a b#ct=100').replace('http://', 'http://user:secret@');
    const params = [
      ['To', '+1 é'],
      ['CallSid', 'CA1'],
    ] as const;
    await bench.privateClient().send({ url, method, params, signingToken: token });
    expect(isSigned(bench.seen[0])).toBe(true);
  });

  test('each redirect is signed for its own URL', async () => {
    bench.respond = (response, request) =>
      request.url === '/first'
        ? response.writeHead(307, { location: '/second?x=1' }).end()
        : response.writeHead(200).end();
    await bench
      .privateClient()
      .send({ url: bench.at('/first'), method: 'POST', params: [['To', '+1']], signingToken: token });
    expect(bench.seen.map(isSigned)).toEqual([true, true]);
  });

  test.each([undefined, null])('without a token (%s) nothing is signed', async (signingToken) => {
    const request = { url: bench.at('/'), method: 'POST', params: [] } as const;
    await bench.privateClient().send(signingToken === undefined ? request : { ...request, signingToken });
    expect(bench.seen[0]?.headers['x-twilio-signature']).toBeUndefined();
  });
});

describe('outcomes', () => {
  let outcomes: WebhookOutcome[];

  beforeEach(() => {
    outcomes = [];
  });

  const onOutcome = (outcome: WebhookOutcome) => outcomes.push(outcome);

  test('an answer is told with its status, whatever that is', async () => {
    bench.respond = (response) => response.writeHead(503).end();
    await bench.privateClient().send({ url: bench.at('/'), method: 'GET', params: [], onOutcome });
    expect(outcomes).toEqual([{ status: 503, durationMs: expect.any(Number), error: null }]);
    expect(outcomes[0]?.durationMs).toSatisfy(Number.isInteger);
  });

  test('no answer is told without a status, after the time it took', async () => {
    bench.respond = () => undefined;
    const sent = bench
      .privateClient({ timeoutMs: 60 })
      .send({ url: bench.at('/secret'), method: 'GET', params: [], onOutcome });
    await failureOf(sent);
    expect(outcomes).toEqual([
      { status: null, durationMs: expect.any(Number), error: expect.stringContaining('within 60 ms') },
    ]);
    expect(outcomes[0]?.durationMs).toBeGreaterThanOrEqual(55);
    expect(outcomes[0]?.error).not.toContain('secret');
  });

  test('an answer that cannot be used is told with its status and what is wrong', async () => {
    bench.respond = (response) => response.writeHead(200).end('x'.repeat(100));
    const client = bench.privateClient({ maxBodyBytes: 10 });
    await failureOf(client.send({ url: bench.at('/'), method: 'GET', params: [], onOutcome }));
    expect(outcomes).toMatchObject([{ status: 200, error: expect.stringContaining('longer than 10 bytes') }]);
  });

  test('a URL that cannot be requested is an outcome too', async () => {
    await failureOf(bench.privateClient().send({ url: 'nowhere', method: 'GET', params: [], onOutcome }));
    expect(outcomes).toMatchObject([{ status: null, error: expect.stringContaining('not an absolute URL') }]);
  });
});
