import { inspect } from 'node:util';
import { createVirtualClock } from '@trunkline/sip/testing';
import type { WebhookRequest, WebhookResponse } from '@trunkline/webhook';
import { expect, test } from 'vitest';
import { passTime, settle } from '../testing/pass-time.js';
import { queuedRecord } from '../testing/queued-record.js';
import { createQuietLog } from '../testing/quiet-log.js';
import { createCallControl, createMarkupRunner } from './call-control.js';

const PAGE = 'https://example.com/script';

function openControl(pages: Record<string, Partial<WebhookResponse>>) {
  const clock = createVirtualClock();
  const sent: WebhookRequest[] = [];
  const fetched: string[] = [];
  const { call } = queuedRecord({ status: 'in-progress' });
  call.instructions = { ...call.instructions, url: PAGE, method: 'GET' };
  const options = {
    client: {
      send: async (request: WebhookRequest) => {
        sent.push(request);
        return {
          status: 404,
          contentType: 'application/xml',
          body: '',
          url: request.url,
          retryAfter: null,
          ...pages[request.url],
        };
      },
    },
    clock,
    log: createQuietLog(),
    onFetched: (result: string) => void fetched.push(result),
  };
  return {
    clock,
    sent,
    fetched,
    call,
    options,
    control: createCallControl(() => call, options),
    run: createMarkupRunner(options),
  };
}

test('a request for markup carries what is known of the call, and nothing else', async () => {
  const { control, sent, call } = openControl({
    [PAGE]: { status: 200, body: '<Response/>', url: `${PAGE}2` },
  });
  const page = await control.fetchMarkup({ url: PAGE, method: 'POST' }, new AbortController().signal);
  expect(page).toEqual({ url: `${PAGE}2`, contentType: 'application/xml', body: '<Response/>' });
  expect(sent[0]).toMatchObject({ url: PAGE, method: 'POST' });
  expect(Object.fromEntries(sent[0]?.params ?? [])).toEqual({
    CallSid: call.sid,
    AccountSid: call.accountSid,
    From: call.from,
    To: call.to,
    CallStatus: 'in-progress',
    ApiVersion: '2012-04-24',
    Direction: 'outbound-api',
    CallTimestamp: call.dateCreated,
  });
});

test.each([199, 301, 404, 500])('an answer %i is no markup', async (status) => {
  const { control, fetched } = openControl({ [PAGE]: { status, body: '<Response/>' } });
  const signal = new AbortController().signal;
  await expect(control.fetchMarkup({ url: PAGE, method: 'GET' }, signal)).rejects.toThrow(
    `answered ${status}`,
  );
  expect(fetched).toEqual(['failed']);
});

test("a customer's secrets in a URL are neither logged nor in an error, the one of script and fallback included", async () => {
  const lines: unknown[] = [];
  const keep = (...line: unknown[]) => void lines.push(line);
  const log = { debug: keep, info: keep, warn: keep, error: keep };
  const { call, options } = openControl({});
  const url = 'https://anna:hush@example.com:8443/hush?token=hush';
  call.instructions = { ...call.instructions, url, fallbackUrl: url, fallbackMethod: 'GET' };
  const end = await createMarkupRunner({ ...options, log })(() => call, new AbortController().signal);
  const told = inspect([lines, end], { depth: 9 });
  expect(told).toContain("server: 'https://example.com:8443'");
  expect(told).toContain('https://example.com:8443 answered 404');
  expect(told).not.toContain('hush');
});

test('a pause lasts its seconds, and a hang-up cuts it short', async () => {
  const { control, clock } = openControl({});
  const stop = new AbortController();
  const story: string[] = [];
  void control.pause(2, stop.signal).then(() => story.push('whole'));
  control.pause(60, stop.signal).catch(() => story.push('cut'));
  await passTime(clock, 2_000);
  expect(story).toEqual(['whole']);
  stop.abort();
  await settle();
  expect(story).toEqual(['whole', 'cut']);
  await expect(control.pause(1, stop.signal)).rejects.toBeDefined();
  expect(clock.pending()).toBe(0);
});

test('a pause longer than a timer can be is not over at once', async () => {
  const { control, clock } = openControl({});
  let isOver = false;
  void control.pause(1e9, new AbortController().signal).then(() => {
    isOver = true;
  });
  await passTime(clock, 10_000);
  expect(isOver).toBe(false);
});

test('a script of an answered call pauses and hangs up; when all markup fails so does the call', async () => {
  const body = '<Response><Pause length="3"/><Hangup/></Response>';
  const good = openControl({ [PAGE]: { status: 200, body } });
  const done = good.run(() => good.call, new AbortController().signal);
  await passTime(good.clock, 3_100);
  expect(await done).toEqual({ kind: 'ended', by: 'hangup' });
  const bad = openControl({});
  expect((await bad.run(() => bad.call, new AbortController().signal)).kind).toBe('failed');
});
