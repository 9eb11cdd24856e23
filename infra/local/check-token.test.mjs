import { once } from 'node:events';
import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { checkToken } from './check-token.mjs';

const ACCOUNT = { sid: 'AC1', token: 'first' };

test('the account is asked for with its own credentials', async () => {
  /** @type {(string | undefined)[]} */
  const asked = [];
  const port = await answering((request) => {
    asked.push(request.url, request.headers.authorization);
    return [200, '{"sid":"AC1","auth_token":"first"}'];
  });
  expect(await checkToken(port, ACCOUNT)).toBe('primary');
  expect(asked).toEqual([
    '/2012-04-24/Accounts/AC1.json',
    `Basic ${Buffer.from('AC1:first').toString('base64')}`,
  ]);
});

test.for([
  ['is shown no token', 'rotated', 200, '{"sid":"AC1","auth_token":null}'],
  ['is refused', 'rotated', 401, '{"code":20003}'],
  ['is not told, since the database is away', 'unknown', 503, '{}'],
  ['gets nonsense', 'unknown', 200, '<html>'],
])('a token that %s is %s', async ([, verdict, status, body]) => {
  const port = await answering(() => [Number(status), String(body)]);
  expect(await checkToken(port, ACCOUNT)).toBe(verdict);
});

test('where nobody listens nothing is known', async () => {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  expect(await checkToken(port, ACCOUNT)).toBe('unknown');
});

/** @param {(request: import('node:http').IncomingMessage) => [status: number, body: string]} answer */
function answering(answer) {
  const server = createServer((request, response) => {
    const [status, body] = answer(request);
    response.writeHead(status).end(body);
  });
  onTestFinished(() => void server.close());
  return listen(server);
}

/** @param {import('node:http').Server} server */
async function listen(server) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return /** @type {import('node:net').AddressInfo} */ (server.address()).port;
}
