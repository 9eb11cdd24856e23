import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Callback } from './callback.js';
import { CallbackQueue } from './callback-queue.js';

const none = () => {};

function callback(callSid: string, sequence: number, origin = 'http://a'): Callback {
  return {
    delivery: { ack: none, working: none, retryAfter: none } as unknown as Callback['delivery'],
    id: `${callSid}:${sequence}`,
    callSid,
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
          queue.add(callback(`CA${call}`, added, `http://${origin}`));
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
