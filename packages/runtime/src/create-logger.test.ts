import { expect, test } from 'vitest';
import { createLogger } from './create-logger.js';

function loggerWithLines() {
  const lines: string[] = [];
  const log = createLogger({
    service: 'api',
    instance: 'api-1',
    level: 'info',
    destination: { write: (line) => void lines.push(line) },
  });
  return { log, lines };
}

test('a line is JSON with time, level, service, instance and the call', () => {
  const { log, lines } = loggerWithLines();
  log.child({ callSid: 'CA1' }).info({ status: 'ringing' }, 'moved');
  log.debug('not at this level');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    level: 'info',
    service: 'api',
    instance: 'api-1',
    callSid: 'CA1',
    status: 'ringing',
    msg: 'moved',
  });
});

const SECRET = 'hunter2';

test.each([
  { password: SECRET },
  { token: SECRET },
  { authToken: SECRET },
  { secret: SECRET },
  { credentials: { user: 'u', password: SECRET } },
  { authorization: `Basic ${SECRET}` },
  { headers: { authorization: `Basic ${SECRET}`, Authorization: SECRET } },
  { request: { headers: { authorization: SECRET, 'proxy-authorization': SECRET, cookie: SECRET } } },
  { trunk: { credentials: SECRET }, account: { authToken: SECRET, nested: { token: SECRET } } },
  { url: `https://user:${SECRET}@example.com/x` },
  { url: `nats://${SECRET}@127.0.0.1:4222` },
  { trunk: `sip:user:${SECRET}@carrier.example:5060` },
  { deep: { in: { a: { list: [`redis://:${SECRET}@h:6379`] } } } },
  { err: new Error(`cannot reach redis://:${SECRET}@h:6379`) },
  { err: Object.assign(new Error('refused'), { config: { headers: {} }, password: SECRET }) },
  { err: new Error('failed', { cause: new Error(`sips:a:${SECRET}@b said no`) }) },
])('no secret reaches the log: %j', (fields) => {
  const { log, lines } = loggerWithLines();
  log.error(fields, 'failed');
  log.child(fields).warn('again');
  expect(lines).toHaveLength(2);
  expect(lines.join('')).not.toContain(SECRET);
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow();
});

test('a secret in the message text of a URL is hidden, and what is no secret stays', () => {
  const { log, lines } = loggerWithLines();
  log.info(`reaching https://u:${SECRET}@example.com/path?x=a@b`);
  log.info({ to: 'sip:alice@example.com', email: 'bob@example.com' }, 'mail me@example.com');
  expect(lines[0]).toContain('https://[redacted]@example.com/path?x=a@b');
  expect(lines[1]).toContain('"to":"sip:alice@example.com","email":"bob@example.com"');
  expect(lines[1]).toContain('mail me@example.com');
});
