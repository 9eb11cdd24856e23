import { expect, test } from 'vitest';
import { describeSandbox } from './describe-sandbox.mjs';

const SANDBOX = {
  account: { sid: 'AC1', token: 'a1b2c3' },
  isRotated: false,
  apiPort: 8080,
  sipPort: 5060,
  hasTrunks: false,
  demoUrl: 'http://127.0.0.1:1/demo',
};

test('the first call is a line to copy', () => {
  const text = describeSandbox(SANDBOX);
  expect(text).toContain('Auth token    a1b2c3\n');
  expect(text).toContain(
    'curl -u AC1:a1b2c3 \\\n    http://127.0.0.1:8080/2012-04-24/Calls \\\n    --data-url',
  );
  expect(text).toContain('which the simulator answers');
  expect(text.split('\n').at(-1)).toBe('Trunkline is ready');
});

test('so are the first number and the first client', () => {
  const text = describeSandbox(SANDBOX);
  expect(text).toContain(
    'curl -u AC1:a1b2c3 \\\n    http://127.0.0.1:8080/2012-04-24/IncomingPhoneNumbers \\\n',
  );
  expect(text).toContain('To=+15551230012');
  expect(text).toContain('curl -u AC1:a1b2c3 \\\n    http://127.0.0.1:8080/2012-04-24/Clients \\\n');
  expect(text).toContain('at 127.0.0.1:5060');
  expect(describeSandbox({ ...SANDBOX, hasTrunks: true })).not.toContain('0012');
});

test('a token that was rotated is not shown, but what to do then', () => {
  const text = describeSandbox({ ...SANDBOX, isRotated: true, hasTrunks: true });
  expect(text).not.toContain('a1b2c3');
  expect(text).toContain('rotated');
  expect(text).toContain('curl -u AC1:"$AUTH_TOKEN" \\\n    http://127.0.0.1:8080/2012-04-24/Calls');
  expect(text).toContain('.local/data (delete it to begin anew)');
  expect(text).toContain('which goes to your trunk');
  expect(text.split('\n').at(-1)).toBe('Trunkline is ready');
});

test('no line is wider than a narrow terminal, whatever account and token', () => {
  const account = { sid: `AC${'f'.repeat(32)}`, token: 'f'.repeat(32) };
  for (const is of [false, true]) {
    const text = describeSandbox({
      ...SANDBOX,
      account,
      isRotated: is,
      hasTrunks: is,
      apiPort: 65_535,
      sipPort: 65_535,
    });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  }
});
