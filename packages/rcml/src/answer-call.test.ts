import { expect, test } from 'vitest';
import type { CallControl } from './call-control.js';
import { runScript, type ScriptEnd } from './interpreter.js';

/** A call that came and rings, with its markup; it keeps what was done to it, in order. */
async function run(markup: string, { cannotAnswer }: { cannotAnswer?: Error } = {}) {
  const log: string[] = [];
  const stop = new AbortController();
  let isAnswered = false;
  const control: CallControl = {
    fetchMarkup: async ({ url }) => {
      log.push(`fetch ${url}`);
      return { url, contentType: null, body: '<Response><Pause length="2"/></Response>' };
    },
    isAnswered: () => isAnswered,
    async answer() {
      log.push('answer');
      if (cannotAnswer) throw cannotAnswer;
      isAnswered = true;
    },
    async reject(reason) {
      log.push(`reject ${reason}`);
      stop.abort();
    },
    pause: async (seconds) => void log.push(`pause ${seconds}`),
    warn: ({ verb, message }) => void log.push(`${verb}: ${message}`),
  };
  const start = { markup: `<Response>${markup}</Response>` };
  const end: ScriptEnd = await runScript({ start, fallback: null }, control, stop.signal);
  return { log, end };
}

const atEnd = { kind: 'ended', by: 'end-of-document' };

test.each([
  ['<Reject/>', 'rejected'],
  ['<Reject reason="busy"/><Pause/>', 'busy'],
  ['<Reject reason=" Busy "/>', 'busy'],
  ['<Reject reason="rejected"/>', 'rejected'],
])('%s refuses a call that rings, and is the last thing', async (markup, reason) => {
  expect(await run(markup)).toEqual({ log: [`reject ${reason}`], end: { kind: 'rejected', reason } });
});

test('a reason that there is not is told, and the call refused all the same', async () => {
  const { log, end } = await run('<Reject reason="lunch"/>');
  expect(log).toEqual(['Reject: reason must be rejected or busy: rejected is used', 'reject rejected']);
  expect(end).toEqual({ kind: 'rejected', reason: 'rejected' });
});

test('a Pause lets the phone ring on, and may come before Reject', async () => {
  const { log } = await run('<Pause length="3"/><Reject/>');
  expect(log).toEqual(['pause 3', 'reject rejected']);
});

test('a Redirect does not answer, and what follows a Pause without a listener is the end', async () => {
  const { log, end } = await run('<Redirect>http://shop.test/next</Redirect>');
  expect(log).toEqual(['fetch http://shop.test/next', 'pause 2', 'answer']);
  expect(end).toEqual(atEnd);
});

test.each(['Dial', 'Enqueue', 'Gather', 'Leave', 'Play', 'Record', 'Say'])(
  '%s needs somebody who listens, so that a Reject after it comes too late',
  async (verb) => {
    const { log, end } = await run(`<${verb}>x</${verb}><Reject/><Pause/>`);
    expect(log).toEqual([
      `${verb}: this release does not do it: skipped`,
      'answer',
      'Reject: the call is answered already: skipped',
      'pause 1',
    ]);
    expect(end).toEqual(atEnd);
  },
);

test.each(['Sms', 'Email', 'Fax', 'Oops'])('%s needs nobody', async (verb) => {
  const { log, end } = await run(`<${verb}/><Reject/>`);
  expect(log.slice(1)).toEqual(['reject rejected']);
  expect(end.kind).toBe('rejected');
});

test.each([
  ['', atEnd],
  ['<Hangup/>', { kind: 'ended', by: 'hangup' }],
])('markup that says only %j answers before it ends', async (markup, end) => {
  expect(await run(markup)).toEqual({ log: ['answer'], end });
});

test('a call that cannot be answered fails its script', async () => {
  const error = new Error('no common codec');
  const { log, end } = await run('<Say>hello</Say><Pause/>', { cannotAnswer: error });
  expect(log.at(-1)).toBe('answer');
  expect(end).toEqual({ kind: 'failed', error });
});
