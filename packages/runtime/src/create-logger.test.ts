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
  { a: { b: { c: { d: [{ Token: SECRET }] } } } },
  { credentials: [SECRET, { any: SECRET }] },
  { shy: { toJSON: () => ({ password: SECRET }) } },
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

test('the rest of a line with a secret stays as it was, and a text that only looks like a secret field too', () => {
  const { log, lines } = loggerWithLines();
  const text = '{"password":"not one"}';
  log
    .child({ callSid: 'CA1' })
    .info({ trunk: { password: SECRET, port: 5060, name: 'a"b' }, text }, 'went out');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'info',
    callSid: 'CA1',
    trunk: { password: '[redacted]', port: 5060, name: 'a"b' },
    text,
    msg: 'went out',
  });
  expect(lines[0]).toMatch(/^[^\n]+\n$/);
});

test('a line about a call costs little more than writing it as JSON', () => {
  const { log, lines } = loggerWithLines();
  const fields = {
    callSid: 'CA0198',
    from: '+15559990000',
    to: '+15551230001',
    status: 'completed',
    sipCode: 200,
  };
  const lineMicros = cpuMicrosOf(() => log.info(fields, 'call ended'));
  const jsonMicros = cpuMicrosOf(() => JSON.stringify({ time: new Date().toISOString(), ...fields }));
  expect(lines.length).toBeGreaterThan(0);
  expect(lineMicros / jsonMicros).toBeLessThan(8);
});

/** CPU time of one turn, the best of some rounds, so that other programs do not count. */
function cpuMicrosOf(act: () => unknown): number {
  const turns = 2000;
  const rounds = Array.from({ length: 8 }, () => {
    const before = process.cpuUsage();
    for (let turn = 0; turn < turns; turn += 1) act();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / turns;
  });
  return Math.min(...rounds);
}
