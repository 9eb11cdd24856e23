import { expect, test } from 'vitest';
import { cleanText } from './clean-text.js';

test.each([
  ['bob', 'bob'],
  [' a\0b\r\nc\u009f ', 'a b c'],
  ['\ud800x', 'x'],
  ['x'.repeat(99), 'x'.repeat(10)],
  [`${'x'.repeat(9)}😀`, 'x'.repeat(9)],
  ['😀😀', '😀😀'],
])('%j becomes %j', (text, clean) => expect(cleanText(text, 10)).toBe(clean));
