import { expect, test } from 'vitest';
import { isSid, mintSid } from './ids.js';

test('Sids of one process sort in the order in which they were minted', () => {
  const minted = Array.from({ length: 5000 }, () => mintSid('CA'));
  expect([...minted].sort()).toEqual(minted);
  expect(new Set(minted).size).toBe(minted.length);
});

test.each([
  ['CA0193f2a0b1c27d3e8f4a5b6c7d8e9f01', true],
  ['CA0193F2A0B1C27D3E8F4A5B6C7D8E9F01', true],
  ['AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01', false],
  ['CA0193f2a0b1c27d3e8f4a5b6c7d8e9f0', false],
  ['CA0193f2a0b1c27d3e8f4a5b6c7d8e9f0g', false],
  ["CA' or 1=1 --", false],
  ['', false],
])('%s as a call Sid: %s', (value, expected) => {
  expect(isSid('CA', value)).toBe(expected);
});
