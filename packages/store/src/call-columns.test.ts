import { queuedCall } from '@trunkline/contracts/testing';
import { expect, test } from 'vitest';
import { CALL_COLUMNS, type CallRow, toCallRecord } from './call-columns.js';

test('calls of older releases are read with what they could not say', () => {
  const call = queuedCall();
  const { callee: _, sipHeaders: __, ...instructions } = call.instructions;
  const attempt = {
    ...{ trunk: '10.0.0.1:5060', startedAt: call.dateCreated, endedAt: null },
    ...{ sipCode: 200, sipReason: 'OK', failure: null },
  };
  const written = CALL_COLUMNS.map(({ name, value }) => [name, value({ call, sequence: 1 })]);
  const row = { ...Object.fromEntries(written), instructions, attempts: [attempt] } as unknown as CallRow;
  const read = toCallRecord({ ...row, metadata: {} }).call;
  expect(read.instructions).toMatchObject({ callee: 'any', sipHeaders: {} });
  const newer = { trunkSid: null, target: null, why: '', q850Cause: null, error: null };
  expect(read.attempts).toEqual([{ ...attempt, ...newer }]);
});
