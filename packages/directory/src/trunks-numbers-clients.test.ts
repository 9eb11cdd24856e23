import { mintSid } from '@trunkline/contracts';
import { plainClient, plainNumber, plainTrunk } from '@trunkline/contracts/testing';
import { beforeEach, expect, test } from 'vitest';
import { type Directory, openDirectory } from './open-directory.js';
import { createSealer } from './seal-text.js';
import { account, FakeSource } from './testing/fake-source.js';

const sealer = createSealer('a secret key');

let source: FakeSource;
let directory: Directory;
let errors: Error[];

beforeEach(async () => {
  source = new FakeSource();
  errors = [];
  directory = await openDirectory({ source, sealer, onError: (error) => errors.push(error) });
});

const putTrunk = (trunk = plainTrunk()) => source.put({ kind: 'trunk', trunk });

test('an account without trunks uses those of its nearest ancestor that has some', async () => {
  const [root, middle, leaf] = [account(), account(), account()];
  await source.put(root);
  await source.put({ ...middle, parentSid: root.sid });
  await source.put({ ...leaf, parentSid: middle.sid });
  const far = plainTrunk({ accountSid: root.sid });
  await putTrunk(far);
  expect(directory.trunksFor(leaf.sid)).toEqual([far]);
  const near = plainTrunk({ accountSid: middle.sid, enabled: false });
  await putTrunk(near);
  expect(directory.trunksFor(leaf.sid)).toEqual([near]);
  await source.remove(`trunk.${middle.sid}.${near.sid}`);
  expect(directory.trunksFor(leaf.sid)).toEqual([far]);
  expect(directory.trunksFor(mintSid('AC'))).toEqual([]);
});

test('a trunk that is changed is there once, as it is now', async () => {
  const trunk = plainTrunk();
  await putTrunk(trunk);
  expect(directory.trunks()).toEqual([trunk]);
  const moved = { ...trunk, host: '192.0.2.9' };
  await putTrunk(moved);
  expect(directory.trunks()).toEqual([moved]);
});

test('a number is found with its plus and without, and by nothing that is like it', async () => {
  const number = plainNumber({ phoneNumber: '+15551230001' });
  await source.put({ kind: 'number', number });
  expect(directory.numberOf('15551230001')).toEqual(number);
  expect(directory.numberOf('+15551230001')).toEqual(number);
  expect(directory.numberOf('5551230001')).toBeNull();
  await source.put({ kind: 'number', number: { ...number, phoneNumber: '200' } });
  expect(directory.numberOf('15551230001')).toBeNull();
  expect(directory.numberOf('200')?.sid).toBe(number.sid);
});

test('a number that moves to another account is the new one’s, whichever is told first', async () => {
  const before = plainNumber();
  const after = plainNumber({ phoneNumber: before.phoneNumber });
  await source.put({ kind: 'number', number: after });
  await source.put({ kind: 'number', number: before });
  expect(directory.numberOf(before.phoneNumber)?.sid).toBe(after.sid);
  await source.remove(`number.${before.accountSid}.${before.sid}`);
  expect(directory.numberOf(before.phoneNumber)?.sid).toBe(after.sid);
});

test('clients of two accounts may have one login', async () => {
  const [one, two] = [plainClient(), plainClient()];
  await source.put({ kind: 'client', client: one });
  await source.put({ kind: 'client', client: two });
  expect(directory.clientsByLogin('alice')).toEqual([one, two]);
  expect(directory.clientOf(two.accountSid, 'alice')).toEqual(two);
  expect(directory.clientOf(two.accountSid, 'Alice')).toBeNull();
  await source.put({ kind: 'client', client: { ...one, login: 'bob' } });
  expect(directory.clientsByLogin('alice')).toEqual([two]);
  expect(directory.clientsByLogin('bob').map(({ sid }) => sid)).toEqual([one.sid]);
});

test('a password is opened for its own holder only', async () => {
  const trunk = plainTrunk();
  const passwordSealed = sealer.seal('s3cret', trunk.sid).toString('base64');
  expect(directory.passwordOf({ ...trunk, passwordSealed })).toBe('s3cret');
  expect(directory.passwordOf(trunk)).toBeNull();
  expect(directory.passwordOf({ sid: mintSid('TK'), passwordSealed })).toBeNull();
  expect(errors).toHaveLength(1);
});

test('who listens is told of what kind has changed, until it stops', async () => {
  const kinds: string[] = [];
  const stop = directory.onChange((kind) => kinds.push(kind));
  const trunk = plainTrunk();
  await source.put(account());
  await putTrunk(trunk);
  await source.put({ kind: 'number', number: plainNumber() });
  await source.remove(`trunk.${trunk.accountSid}.${trunk.sid}`);
  stop();
  await source.put({ kind: 'client', client: plainClient() });
  expect(kinds).toEqual(['trunk', 'number', 'trunk']);
});
