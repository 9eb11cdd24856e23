import { once } from 'node:events';
import { request } from 'node:http';

const TIMEOUT_MS = 5000;

/**
 * Asks the API whether this is an account's primary token. After a promotion the old one first loses that rank, and is
 * shown no `auth_token`; then it is refused.
 * @param {number} apiPort
 * @param {{ sid: string, token: string }} account
 * @returns {Promise<'primary' | 'rotated' | 'unknown'>} unknown: the API gave another answer, or none
 */
export async function checkToken(apiPort, { sid, token }) {
  try {
    const { status, body } = await get(apiPort, `/2012-04-24/Accounts/${sid}.json`, `${sid}:${token}`);
    if (status === 401) return 'rotated';
    if (status !== 200) return 'unknown';
    return JSON.parse(body).auth_token === null ? 'rotated' : 'primary';
  } catch {
    return 'unknown';
  }
}

/**
 * @param {number} port
 * @param {string} path
 * @param {string} auth user:password
 */
async function get(port, path, auth) {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const asked = request({ host: '127.0.0.1', port, path, auth, agent: false, signal });
  asked.end();
  /** @type {import('node:http').IncomingMessage[]} */
  const [response] = await once(asked, 'response');
  if (!response) throw new Error('no response');
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return { status: response.statusCode, body };
}
