import { expect, test } from 'vitest';
import { RtpLatch } from './rtp-latch.js';

const SIGNALLED = { host: '192.0.2.1', port: 4000 };
const OTHER_PORT = { host: '192.0.2.1', port: 4002 };
const STRANGER = { host: '203.0.113.9', port: 4000 };

function createLatch() {
  const time = { nowMs: 0 };
  return { time, latch: new RtpLatch(() => time.nowMs) };
}

test('believes everybody and locks nothing before an address is signalled', () => {
  const { latch } = createLatch();
  expect(latch.admit(STRANGER, 1)).toBe(true);
  expect(latch.target).toBeNull();
});

test('sends to the signalled address first, then to the port that packets come from', () => {
  const { latch } = createLatch();
  latch.signal(SIGNALLED);
  expect(latch.target).toEqual(SIGNALLED);
  expect(latch.admit(OTHER_PORT, 1)).toBe(true);
  expect(latch.target).toEqual(OTHER_PORT);
});

test('drops a stranger, before the lock and after', () => {
  const { latch } = createLatch();
  latch.signal(SIGNALLED);
  expect(latch.admit(STRANGER, 1)).toBe(false);
  latch.admit(SIGNALLED, 1);
  expect(latch.admit(STRANGER, 1)).toBe(false);
  expect(latch.target).toEqual(SIGNALLED);
});

test('changes its source only for a new SSRC after half a second of silence', () => {
  const { latch, time } = createLatch();
  latch.signal(SIGNALLED);
  latch.admit(SIGNALLED, 1);
  time.nowMs = 499;
  expect(latch.admit(OTHER_PORT, 2)).toBe(false);
  time.nowMs = 500;
  expect(latch.admit(OTHER_PORT, 1)).toBe(false);
  expect(latch.admit(STRANGER, 2)).toBe(false);
  expect(latch.admit(OTHER_PORT, 2)).toBe(true);
  expect(latch.target).toEqual(OTHER_PORT);
});

test('lets the same source begin a new stream at once', () => {
  const { latch } = createLatch();
  latch.signal(SIGNALLED);
  latch.admit(SIGNALLED, 1);
  expect(latch.admit(SIGNALLED, 2)).toBe(true);
});

test('opens for another signalled address, not for the same one again', () => {
  const { latch } = createLatch();
  latch.signal(SIGNALLED);
  latch.admit(OTHER_PORT, 1);
  latch.signal({ ...SIGNALLED });
  expect(latch.target).toEqual(OTHER_PORT);
  latch.signal(STRANGER);
  expect(latch.target).toEqual(STRANGER);
  expect(latch.admit(OTHER_PORT, 1)).toBe(false);
});
