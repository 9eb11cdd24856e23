import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Callback } from './callback.js';
import { CallbackQueue } from './callback-queue.js';

const none = () => {};

function callback(callSid: string, sequence: number, origin = 'http://a', accountSid = 'AC1'): Callback {
  return {
    delivery: { ack: none, working: none, retryAfter: none } as unknown as Callback['delivery'],
    id: `${callSid}:${sequence}`,
    callSid,
    accountSid,
    sequence,
    isFinal: false,
    event: 'ringing',
    url: origin,
    method: 'POST',
    params: [],
    origin,
    happenedMs: 0,
    receivedMs: 0,
    attempts: 0,
  };
}

function takeAll(queue: CallbackQueue): string[] {
  const ids: string[] = [];
  for (let next = queue.take(); next; next = queue.take()) ids.push(next.id);
  return ids;
}

test('the callbacks of a call go one after the other, in order', () => {
  const queue = new CallbackQueue({ perOrigin: 10, total: 100 });
  const [first, second, third] = [callback('CA1', 1), callback('CA1', 2), callback('CA1', 3)];
  queue.add(first);
  queue.add(third);
  queue.add(second);
  expect(queue.take()).toBe(first);
  expect(queue.take()).toBeNull();
  queue.finish(first);
  expect(queue.take()).toBe(second);
  queue.finish(second);
  expect(queue.take()).toBe(third);
  queue.finish(third);
  expect(queue.counts).toEqual({ held: 0, sending: 0 });
});

test('an earlier one that comes late goes before what waits, but not before what is under way or resting', () => {
  const queue = new CallbackQueue({ perOrigin: 10, total: 100 });
  const [first, second, third] = [callback('CA1', 1), callback('CA1', 2, 'http://b'), callback('CA1', 3)];
  queue.add(third);
  queue.add(second);
  expect(queue.take()).toBe(second);
  queue.add(first);
  queue.pause(second);
  expect(queue.take()).toBeNull();
  queue.resume('CA1');
  expect(queue.take()).toBe(second);
  queue.finish(second);
  expect(queue.take()).toBe(first);
});

test('a call that rests holds up no other call of its origin', () => {
  const queue = new CallbackQueue({ perOrigin: 1, total: 100 });
  const failing = callback('CA1', 1);
  queue.add(failing);
  queue.add(callback('CA2', 1));
  queue.take();
  queue.pause(failing);
  expect(queue.take()?.id).toBe('CA2:1');
});

test('an origin has no more under way than allowed, and leaves room for others', () => {
  const queue = new CallbackQueue({ perOrigin: 3, total: 100 });
  for (let n = 0; n < 10; n += 1) queue.add(callback(`CA${n}`, 1, 'http://slow'));
  expect(takeAll(queue)).toHaveLength(3);
  queue.add(callback('CAx', 1, 'http://fast'));
  expect(takeAll(queue)).toEqual(['CAx:1']);
});

test('however many slow origins there are, a new one is served at once', () => {
  const queue = new CallbackQueue({ perOrigin: 16, total: 128 });
  for (let origin = 0; origin < 60; origin += 1) {
    for (let n = 0; n < 20; n += 1) queue.add(callback(`CA${origin}-${n}`, 1, `http://slow${origin}`));
  }
  takeAll(queue);
  expect(queue.counts.sending).toBeLessThan(128);
  queue.add(callback('CAx', 1, 'http://fast'));
  expect(queue.take()?.id).toBe('CAx:1');
});

test('an account with more slow hosts than there is room leaves room for others, and its hosts take turns', () => {
  const queue = new CallbackQueue({ perOrigin: 16, total: 128 });
  const slow = Array.from({ length: 600 }, (_, n) => callback(`CA${n}`, 1, `http://slow${n}`));
  for (const one of slow) queue.add(one);
  expect(takeAll(queue)).toHaveLength(96);
  for (const other of ['AC2', 'AC3', 'AC4']) {
    queue.add(callback(`CA-${other}`, 1, `http://${other}`, other));
    expect(takeAll(queue)).toEqual([`CA-${other}:1`]);
  }
  queue.add(callback('CA600', 1, 'http://slow600'));
  const taken = slow.slice(0, 96);
  const order: string[] = taken.map(({ id }) => id);
  for (let one = taken.shift(); one; one = taken.shift()) {
    queue.finish(one);
    for (let next = queue.take(); next; next = queue.take()) {
      order.push(next.id);
      taken.push(next);
    }
  }
  expect(order).toEqual([...slow.map(({ id }) => id), 'CA600:1']);
});

test('however many accounts have slow hosts, a new one is served at once', () => {
  const queue = new CallbackQueue({ perOrigin: 16, total: 512 });
  for (let n = 0; n < 20_000; n += 1) queue.add(callback(`CA${n}`, 1, `http://slow${n}`, `AC${n % 40}`));
  takeAll(queue);
  expect(queue.counts.sending).toBeGreaterThan(450);
  queue.add(callback('CAx', 1, 'http://fast', 'ACx'));
  expect(queue.take()?.id).toBe('CAx:1');
});

test('at a host of several accounts, one that has its share holds up no other', () => {
  const queue = new CallbackQueue({ perOrigin: 16, total: 128 });
  for (let n = 0; n < 600; n += 1) queue.add(callback(`CA${n}`, 1, `http://slow${n}`));
  takeAll(queue);
  for (let n = 0; n < 100; n += 1) queue.add(callback(`CAmine${n}`, 1, 'http://shared'));
  expect(queue.take()).toBeNull();
  queue.add(callback('CAtheirs', 1, 'http://shared', 'AC2'));
  expect(takeAll(queue)).toEqual(['CAtheirs:1']);
});

test('a host that gets more while it waits keeps its turn', () => {
  const queue = new CallbackQueue({ perOrigin: 1, total: 1 });
  const first = callback('CA1', 1, 'http://a');
  queue.add(first);
  queue.take();
  queue.add(callback('CA2', 1, 'http://b'));
  queue.add(callback('CA3', 1, 'http://c'));
  queue.add(callback('CA4', 1, 'http://b'));
  queue.finish(first);
  expect(queue.take()?.id).toBe('CA2:1');
});

test('origins take turns', () => {
  const queue = new CallbackQueue({ perOrigin: 2, total: 100 });
  for (const origin of ['a', 'b', 'c']) {
    for (let n = 0; n < 3; n += 1) queue.add(callback(`${origin}${n}`, 1, `http://${origin}`));
  }
  expect(takeAll(queue)).toEqual(['a0:1', 'b0:1', 'c0:1', 'a1:1', 'b1:1', 'c1:1']);
});

test('whatever happens, every callback is taken, in order of its call, within the bounds, and nothing stays', () => {
  const step = fc.record({ call: fc.nat(5), origin: fc.nat(3), action: fc.nat(9) });
  const story = fc.array(step, { maxLength: 200 });
  fc.assert(
    fc.property(story, (steps) => {
      const limits = { perOrigin: 2, total: 5 };
      const queue = new CallbackQueue(limits);
      const sending: Callback[] = [];
      const resting = new Set<string>();
      const done: Callback[] = [];
      let added = 0;
      const take = () => {
        for (let next = queue.take(); next; next = queue.take()) sending.push(next);
        expect(sending.length).toBeLessThanOrEqual(limits.total);
        expect(new Set(sending.map((one) => one.callSid)).size).toBe(sending.length);
        for (const one of sending)
          expect(sending.filter(({ origin }) => origin === one.origin).length).toBeLessThanOrEqual(2);
      };
      const end = (action: number) => {
        const one = sending.shift();
        if (!one) return;
        if (action % 2 === 0) {
          queue.pause(one);
          resting.add(one.callSid);
        } else {
          queue.finish(one);
          done.push(one);
        }
      };
      for (const { call, origin, action } of steps) {
        if (action < 5) {
          added += 1;
          queue.add(callback(`CA${call}`, added, `http://${origin}`, `AC${call % 2}`));
        } else if (action < 9) end(action);
        else for (const callSid of resting) queue.resume(callSid);
        take();
      }
      for (const callSid of resting) queue.resume(callSid);
      for (take(); sending.length > 0; take()) end(1);
      expect(done).toHaveLength(added);
      for (let call = 0; call <= 5; call += 1) {
        const order = done.filter((one) => one.callSid === `CA${call}`).map((one) => one.sequence);
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }
      expect(queue.counts).toEqual({ held: 0, sending: 0 });
    }),
    { numRuns: 300 },
  );
});
