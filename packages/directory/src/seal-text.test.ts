import { expect, test } from 'vitest';
import { SealError } from './errors.js';
import { createSealer } from './seal-text.js';

const sealer = createSealer('a secret key');

test('what was sealed is opened, and looks different each time', () => {
  for (const text of ['', 'a token', 'ßecret 😀']) {
    const [one, two] = [sealer.seal(text, 'AC1'), sealer.seal(text, 'AC1')];
    expect(sealer.open(one, 'AC1')).toBe(text);
    expect(createSealer('a secret key').open(two, 'AC1')).toBe(text);
    expect(one.equals(two)).toBe(false);
  }
});

test('a token that an earlier version sealed is opened', () => {
  const stored = 'AQGBcHAxv47XiBGVLy0PA3DMxDatHep/Mdw3q+4DDQr/Gosv';
  expect(sealer.open(Buffer.from(stored, 'base64'), 'AC1')).toBe('a token');
});

test.each([
  ['another key', () => createSealer('another key').open(sealer.seal('t', 'AC1'), 'AC1')],
  ['another context', () => sealer.open(sealer.seal('t', 'AC1'), 'AC2')],
  ['a change', () => sealer.open(flipped(sealer.seal('t', 'AC1'), 29), 'AC1')],
  ['another format', () => sealer.open(flipped(sealer.seal('t', 'AC1'), 0), 'AC1')],
  ['a cut', () => sealer.open(sealer.seal('t', 'AC1').subarray(0, 20), 'AC1')],
  ['nothing', () => sealer.open(Buffer.alloc(0), 'AC1')],
])('%s is told as such', (_, open) => {
  expect(open).toThrow(SealError);
});

function flipped(sealed: Buffer, at: number): Buffer {
  const copy = Buffer.from(sealed);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
