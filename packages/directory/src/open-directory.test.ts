import { type Call, directoryKey, mintSid } from '@trunkline/contracts';
import { queuedCall } from '@trunkline/contracts/testing';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Directory, openDirectory } from './open-directory.js';
import { createSealer } from './seal-text.js';
import { account, FakeSource, rate } from './testing/fake-source.js';

const sealer = createSealer('a secret key');

let source: FakeSource;
let directory: Directory;
let errors: Error[];

beforeEach(async () => {
  source = new FakeSource();
  errors = [];
  directory = await openDirectory({ source, sealer, onError: (error) => errors.push(error) });
});

const sealed = (token: string, sid: string) => sealer.seal(token, sid).toString('base64');

function finished(accountSid: string, to: string, changes: Partial<Call> = {}): Call {
  return queuedCall({ accountSid, to, status: 'completed', durationSeconds: 60, ...changes });
}

describe('readiness', () => {
  test('is there once the first copy is complete, and stays', async () => {
    const waiting = directory.whenReady(10_000);
    expect(directory.isReady()).toBe(false);
    source.ready();
    expect(await waiting).toBe(true);
    expect([directory.isReady(), await directory.whenReady(0)]).toEqual([true, true]);
  });

  test('is waited for no longer than asked, nor beyond the stop', async () => {
    expect(await directory.whenReady(5)).toBe(false);
    const waiting = directory.whenReady(10_000);
    directory.stop();
    expect(await waiting).toBe(false);
    expect(await directory.whenReady(10_000)).toBe(false);
    expect(source.isWatched()).toBe(false);
  });
});

describe('tokens', () => {
  test('are opened once, and again when they were changed', async () => {
    const sid = mintSid('AC');
    let opened = 0;
    const counter = {
      ...sealer,
      open: (box: Buffer, context: string) => {
        opened += 1;
        return sealer.open(box, context);
      },
    };
    directory = await openDirectory({ source, sealer: counter, onError: () => {} });
    const entry = account({ sid, authTokenSealed: sealed('first', sid) });
    await source.put(entry);
    // As after a reconnection, when everything is told again.
    await source.put({ ...entry });
    expect([directory.tokenOf(sid), directory.tokenOf(sid)]).toEqual(['first', 'first']);
    await source.put({ ...entry });
    expect([directory.tokenOf(sid), opened]).toEqual(['first', 1]);
    await source.put({ ...entry, authTokenSealed: sealed('second', sid) });
    expect([directory.tokenOf(sid), opened]).toEqual(['second', 2]);
    await source.remove(directoryKey(entry));
    expect([directory.tokenOf(sid), directory.account(sid)]).toEqual([null, null]);
  });

  test('that cannot be opened are unknown, and told once', async () => {
    const entry = account();
    await source.put({ ...entry, authTokenSealed: sealed('of another', mintSid('AC')) });
    expect([directory.tokenOf(entry.sid), directory.tokenOf(entry.sid)]).toEqual([null, null]);
    expect(errors.map((error) => error.name)).toEqual(['SealError']);
  });

  test('are unknown without a sealer, and of an account that is', async () => {
    directory = await openDirectory({ source, sealer: null, onError: () => {} });
    const entry = account();
    await source.put({ ...entry, authTokenSealed: sealed('t', entry.sid) });
    expect([directory.tokenOf(entry.sid), directory.tokenOf(mintSid('AC'))]).toEqual([null, null]);
    expect(directory.account(entry.sid)?.currency).toBe('EUR');
  });
});

describe('what a call costs', () => {
  const own = account();
  const prices = (...list: [prefix: string, pricePerMinute: string][]) =>
    Promise.all(
      list.map(([prefix, pricePerMinute]) =>
        source.put({ kind: 'rate', rate: rate(own.sid, prefix, { pricePerMinute }) }),
      ),
    );

  test.each([
    ['+4930123', '3.00'],
    ['4930123', '3.00'],
    ['+4989', '2.00'],
    ['+4', '1.00'],
    ['+1555', '1.00'],
    ['alice', '1.00'],
    ['+49abc', '1.00'],
    ['sip:4930@example.com', '1.00'],
    ['', '1.00'],
  ])('to %j is the rate of the longest prefix', async (to, price) => {
    await prices(['49', '2'], ['4930', '3'], ['', '1'], ['49301239', '9']);
    expect(directory.chargeFor(finished(own.sid, to))).toEqual({ price, priceUnit: 'USD' });
  });

  test.each(['busy', 'failed', 'no-answer', 'canceled'] as const)(
    'when it was %s is nothing',
    async (status) => {
      await Promise.all([source.put(own), prices(['', '1'])]);
      const call = finished(own.sid, '+1', { status, durationSeconds: 0 });
      expect(directory.chargeFor(call)).toEqual({ price: '0.00', priceUnit: 'EUR' });
    },
  );

  test('without a rate for its number is nothing, in the currency of the account, or else in dollars', async () => {
    await prices(['49', '2']);
    expect(directory.chargeFor(finished(own.sid, '+1'))).toEqual({ price: '0.00', priceUnit: 'USD' });
    await source.put(own);
    expect(directory.chargeFor(finished(own.sid, '+1'))).toEqual({ price: '0.00', priceUnit: 'EUR' });
  });

  test('inbound and outbound have rates of their own', async () => {
    const inbound = rate(own.sid, '1', { direction: 'inbound', pricePerMinute: '7' });
    await source.put({ kind: 'rate', rate: inbound });
    await prices(['1', '2']);
    const charge = (direction: Call['direction']) =>
      directory.chargeFor(finished(own.sid, '+1', { direction })).price;
    expect([charge('inbound'), charge('outbound-api'), charge('outbound-dial')]).toEqual([
      '7.00',
      '2.00',
      '2.00',
    ]);
  });

  test('is by the rates of the nearest ancestor that has some', async () => {
    const [root, middle, leaf] = [account(), account(), account()];
    await source.put(root);
    await source.put({ ...middle, parentSid: root.sid });
    await source.put({ ...leaf, parentSid: middle.sid });
    await source.put({ kind: 'rate', rate: rate(root.sid, '', { pricePerMinute: '1' }) });
    const price = () => directory.chargeFor(finished(leaf.sid, '+49')).price;
    expect(price()).toBe('1.00');
    const near = rate(middle.sid, '1', { pricePerMinute: '2' });
    await source.put({ kind: 'rate', rate: near });
    // Middle has rates: that none is for this number does not lead further up.
    expect(price()).toBe('0.00');
    await source.remove(directoryKey({ kind: 'rate', rate: near }));
    expect(price()).toBe('1.00');
  });

  test('is nothing for accounts that are each other’s parent', async () => {
    const [one, two] = [account(), account()];
    await source.put({ ...one, parentSid: two.sid });
    await source.put({ ...two, parentSid: one.sid });
    expect(directory.chargeFor(finished(one.sid, '+1')).price).toBe('0.00');
  });

  test('follows a rate that is changed, moved to another prefix, and removed', async () => {
    await source.put(own);
    const first = rate(own.sid, '49', { pricePerMinute: '1' });
    const price = () => directory.chargeFor(finished(own.sid, '+49301')).price;
    await source.put({ kind: 'rate', rate: first });
    expect(price()).toBe('1.00');
    await source.put({ kind: 'rate', rate: { ...first, pricePerMinute: '2' } });
    expect(price()).toBe('2.00');
    await source.put({ kind: 'rate', rate: { ...first, prefix: '48' } });
    expect(price()).toBe('0.00');
    await source.put({ kind: 'rate', rate: { ...first, prefix: '4930' } });
    expect(price()).toBe('1.00');
    await source.remove(directoryKey({ kind: 'rate', rate: first }));
    expect(price()).toBe('0.00');
  });

  test('is by the newer of two rates with one prefix, whose order of arrival does not matter', async () => {
    const [older, newer] = [
      rate(own.sid, '1', { pricePerMinute: '1' }),
      rate(own.sid, '1', { pricePerMinute: '2' }),
    ];
    await source.put({ kind: 'rate', rate: newer });
    await source.put({ kind: 'rate', rate: older });
    expect(directory.chargeFor(finished(own.sid, '+1')).price).toBe('2.00');
    await source.remove(directoryKey({ kind: 'rate', rate: newer }));
    expect(directory.chargeFor(finished(own.sid, '+1')).price).toBe('1.00');
  });
});
