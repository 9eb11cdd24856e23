import { inspect } from 'node:util';
import { type CallNote, noteKind } from '@trunkline/contracts';
import { createVirtualClock } from '@trunkline/sip/testing';
import { UnreachableServerError, type WebhookRequest, type WebhookResponse } from '@trunkline/webhook';
import { expect, test } from 'vitest';
import { passTime, settle } from '../testing/pass-time.js';
import { queuedRecord } from '../testing/queued-record.js';
import { createQuietLog } from '../testing/quiet-log.js';
import { createCallControl, createMarkupRunner } from './call-control.js';
import { createHistoryOpener } from './call-history.js';
import { MarkupFaults } from './markup-faults.js';

const PAGE = 'https://example.com/script';

function openControl(pages: Record<string, Partial<WebhookResponse> | Error>) {
  const clock = createVirtualClock();
  const sent: WebhookRequest[] = [];
  const fetched: string[] = [];
  const { call } = queuedRecord({ status: 'in-progress' });
  call.instructions = { ...call.instructions, url: PAGE, method: 'GET' };
  const told: CallNote[] = [];
  const publish = (note: CallNote) => void told.push(note);
  const history = createHistoryOpener({ publish, source: 'd1', now: () => new Date() })(call);
  const subject = { call: () => call, history };
  const options = {
    client: {
      send: async (request: WebhookRequest) => {
        sent.push(request);
        const page = pages[request.url] ?? {};
        if (page instanceof Error) {
          request.onOutcome?.({ status: null, durationMs: 7, error: page.message });
          throw page;
        }
        const response = { status: 404, contentType: 'application/xml', body: '', retryAfter: null, ...page };
        request.onOutcome?.({ status: response.status, durationMs: 7, error: null });
        return { url: request.url, ...response };
      },
    },
    tokenOf: (accountSid: string) => `token of ${accountSid}`,
    clock,
    log: createQuietLog(),
    onFetched: (result: string) => void fetched.push(result),
  };
  return {
    clock,
    sent,
    fetched,
    call,
    subject,
    options,
    /** Kind, code, URL asked for, status and message of each note. */
    notes: () =>
      told.map((note) => {
        const { code, request, response, message } = note.data;
        return [noteKind(note), code, request?.url ?? null, response?.status ?? null, message];
      }),
    told,
    control: createCallControl(subject, new MarkupFaults(history), options),
    run: (signal = new AbortController().signal) => createMarkupRunner(options)(subject, signal),
  };
}

test('a request for markup carries what is known of the call, and nothing else', async () => {
  const { control, sent, call } = openControl({
    [PAGE]: { status: 200, body: '<Response/>', url: `${PAGE}2` },
  });
  const page = await control.fetchMarkup({ url: PAGE, method: 'POST' }, new AbortController().signal);
  expect(page).toEqual({ url: `${PAGE}2`, contentType: 'application/xml', body: '<Response/>' });
  expect(sent[0]).toMatchObject({ url: PAGE, method: 'POST', signingToken: `token of ${call.accountSid}` });
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

test('the X- headers of a call that came go with each request', async () => {
  const { control, sent, call } = openControl({ [PAGE]: { status: 200, body: '<Response/>' } });
  call.sipHeaders = { 'X-Tenant': 'blue', 'x-trace': '7' };
  await control.fetchMarkup({ url: PAGE, method: 'POST' }, new AbortController().signal);
  expect(Object.fromEntries(sent[0]?.params ?? [])).toMatchObject({
    'SipHeader_X-Tenant': 'blue',
    'SipHeader_x-trace': '7',
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
  const { call, subject, options } = openControl({});
  const url = 'https://anna:hush@example.com:8443/hush?token=hush';
  call.instructions = { ...call.instructions, url, fallbackUrl: url, fallbackMethod: 'GET' };
  const end = await createMarkupRunner({ ...options, log })(subject, new AbortController().signal);
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
  const done = good.run();
  await passTime(good.clock, 3_100);
  expect(await done).toEqual({ kind: 'ended', by: 'hangup' });
  const bad = openControl({});
  expect((await bad.run()).kind).toBe('failed');
});

test('what the call is found by, and who answered, go along once there is something to say', async () => {
  const { control, sent, call } = openControl({ [PAGE]: { status: 200, body: '<Response/>' } });
  call.metadata = { order: '1 & 2', Größe: 'x' };
  call.answeredBy = 'human';
  await control.fetchMarkup({ url: PAGE, method: 'POST' }, new AbortController().signal);
  expect(Object.fromEntries(sent[0]?.params ?? [])).toMatchObject({
    Metadata: '{"order":"1 & 2","Größe":"x"}',
    AnsweredBy: 'human',
  });
});

test('markup that came with the call is run without a request, and what it leads to is fetched', async () => {
  const { run, sent, call, notes } = openControl({ [PAGE]: { status: 200, body: '<Response/>' } });
  const markup = `<Response><Say>hello</Say><Redirect method="GET">${PAGE}</Redirect></Response>`;
  call.instructions = { ...call.instructions, url: null, markup };
  expect(await run()).toEqual({ kind: 'ended', by: 'end-of-document' });
  expect(sent.map(({ url }) => url)).toEqual([PAGE]);
  expect(notes()).toEqual([
    ['warning', 12200, null, null, 'Say (line 1): this release does not do it: skipped'],
    ['markup-request', null, PAGE, 200, null],
  ]);
});

test.each([
  ['that cannot be read', '<Response>', 'line 1: unclosed tag: Response'],
  ['that is not there', null, 'the document is empty'],
])('inline markup %s is told, and the fallback is used', async (_, markup, complaint) => {
  const { run, call, notes } = openControl({ [PAGE]: { status: 200, body: '<Response/>' } });
  const fallback = { fallbackUrl: PAGE, fallbackMethod: 'POST' } as const;
  call.instructions = { ...call.instructions, url: null, markup, ...fallback };
  expect((await run()).kind).toBe('ended');
  expect(notes()).toEqual([
    ['error', 12100, null, null, complaint],
    ['warning', 12200, null, null, `Response: the fallback is used: ${complaint}`],
    ['markup-request', null, PAGE, 200, null],
  ]);
});

test('each request is noted with its outcome, and each fault once with its number', async () => {
  const away = 'https://away.example/';
  const { run, call, told, notes } = openControl({
    [PAGE]: { status: 200, body: '<html/>' },
    [away]: new UnreachableServerError('https://away.example: it refuses connections', null),
  });
  const url = PAGE.replace('//', '//anna:hush@');
  call.instructions = { ...call.instructions, url, fallbackUrl: away };
  expect((await run()).kind).toBe('failed');
  expect(notes().map((note) => note.slice(0, 4))).toEqual([
    ['markup-request', null, PAGE, 404],
    ['error', 11200, PAGE, 404],
    ['warning', 12200, PAGE, 404],
    ['markup-request', null, away, null],
    ['error', 11205, away, null],
  ]);
  expect(told[3]?.data).toMatchObject({
    callSid: call.sid,
    accountSid: call.accountSid,
    request: { method: 'POST', url: away, event: null, attempt: 1 },
    response: { status: null, durationMs: 7, error: 'https://away.example: it refuses connections' },
  });
  expect(JSON.stringify(told)).not.toContain('hush');
});

test('markup that was fetched and cannot be obeyed is told with where it came from', async () => {
  const body = '<Response><Redirect>sip:nowhere</Redirect></Response>';
  const { run, notes } = openControl({ [PAGE]: { status: 200, body } });
  expect((await run()).kind).toBe('failed');
  expect(notes()).toEqual([
    ['markup-request', null, PAGE, 200, null],
    ['error', 12100, PAGE, 200, 'line 1: the text of Redirect is not an http or https URL'],
  ]);
});

test('a request that the end of the call breaks off is no fault of the markup', async () => {
  const stop = new AbortController();
  const { run, notes, fetched } = openControl({ [PAGE]: new Error('the request was given up') });
  stop.abort();
  expect((await run(stop.signal)).kind).toBe('stopped');
  expect(notes()).toEqual([]);
  expect(fetched).toEqual([]);
});

test('a history has an end, and says so', () => {
  const { subject, told } = openControl({});
  for (let n = 0; n < 1_500; n += 1) subject.history.note('warning', { message: `${n}` });
  expect(told).toHaveLength(1000);
  expect(told.at(-1)?.data.message).toBe('nothing more is noted: 1000 are enough');
});
