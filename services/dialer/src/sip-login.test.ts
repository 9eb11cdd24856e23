import type { Call } from '@trunkline/contracts';
import { createSealer, SealError, type Sealer } from '@trunkline/directory';
import { expect, test } from 'vitest';
import { NoSecretKeyError } from './errors.js';
import { createPasswordOpener, sipLoginOf } from './sip-login.js';
import { queuedRecord } from './testing/queued-record.js';

const sealer = createSealer('a-secret-key-for-tests');

function callWith(passwordSealed: string | null, { call } = queuedRecord()): Call {
  const sipAuth = passwordSealed === null ? null : { username: 'anna', passwordSealed };
  return { ...call, instructions: { ...call.instructions, sipAuth } };
}

function readLogin(call: Call, openedBy: Sealer | null = sealer) {
  const faults: unknown[] = [];
  const open = createPasswordOpener(openedBy);
  const login = sipLoginOf(call, open, (error) => faults.push(error.constructor));
  return { login, faults };
}

test("a call's password is opened with the key and the call that it was sealed for, and with no other", () => {
  const record = queuedRecord();
  const passwordSealed = sealer.seal('hush ü', record.call.sid).toString('base64');
  const own = callWith(passwordSealed, record);
  expect(readLogin(own)).toEqual({ login: { username: 'anna', password: 'hush ü' }, faults: [] });
  expect(readLogin(callWith(null))).toEqual({ login: undefined, faults: [] });
  expect(readLogin(own, null)).toEqual({ login: undefined, faults: [NoSecretKeyError] });
  expect(readLogin(own, createSealer('another-secret-key')).faults).toEqual([SealError]);
  expect(readLogin(callWith(passwordSealed)).faults).toEqual([SealError]);
  expect(readLogin(callWith('no seal')).faults).toEqual([SealError]);
});
