import { expect, test } from 'vitest';
import { blameVariables } from './blame-variables.js';
import { ConfigError } from './errors.js';

test('a failure is told with the variables that chose what failed', async () => {
  const cause = new Error('UDP port 5060 on 127.0.0.1 is taken');
  const failure = await blameVariables(['SIP_BIND', 'SIP_PORT'], Promise.reject(cause)).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(ConfigError);
  expect(failure).toMatchObject({
    message: 'UDP port 5060 on 127.0.0.1 is taken (set by SIP_BIND and SIP_PORT)',
    faults: new Map([
      ['SIP_BIND', cause.message],
      ['SIP_PORT', cause.message],
    ]),
    cause,
  });
});

test('what works is handed on', async () => {
  expect(await blameVariables(['SIP_PORT'], Promise.resolve(7))).toBe(7);
});
