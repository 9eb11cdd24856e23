import { once } from 'node:events';
import { connect } from 'node:net';

const PROBE_TIMEOUT_MS = 1000;

/**
 * Asks Postgres for a session and looks at the first letter of its answer: R, it wants a password, so it is up; while it
 * starts it sends E.
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html (StartupMessage)
 * @param {number} port
 */
export async function isPostgresReady(port) {
  const parameters = Buffer.from('user\0postgres\0database\0postgres\0\0');
  const head = Buffer.alloc(8);
  head.writeInt32BE(head.length + parameters.length, 0);
  head.writeInt32BE(3 << 16, 4);
  return (await ask(port, Buffer.concat([head, parameters]))).startsWith('R');
}

/**
 * Redis answers PING with an error while it loads its data.
 * @param {number} port
 * @param {string} password
 */
export async function isRedisReady(port, password) {
  const answer = await ask(port, `AUTH ${password}\r\nPING\r\n`, /\r\n.*\r\n/s);
  return answer.includes('+PONG');
}

/**
 * NATS greets, once JetStream is up.
 * @param {number} port
 */
export async function isNatsReady(port) {
  return (await ask(port, '')).startsWith('INFO');
}

/**
 * A service says on its health port whether it is ready. Asked by hand: `fetch` would load the whole of undici, at the
 * moment when every core is busy starting services.
 * @param {number} port
 */
export async function isServiceReady(port) {
  const answer = await ask(port, 'GET /readyz HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n', /\r\n/);
  return /^HTTP\/1\.\d 200 /.test(answer);
}

/**
 * @param {number} port
 * @param {string | Buffer} question
 * @param {RegExp} [whole] what a whole answer looks like
 * @returns {Promise<string>}
 */
async function ask(port, question, whole = /./s) {
  const socket = connect({ port, host: '127.0.0.1' });
  const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
  try {
    await once(socket, 'connect', { signal });
    if (question.length > 0) socket.write(question);
    let answer = '';
    while (!whole.test(answer)) {
      const [chunk] = await once(socket, 'data', { signal });
      answer += chunk.toString('latin1');
    }
    return answer;
  } finally {
    socket.on('error', () => {});
    socket.destroy();
  }
}
