import { expect, test } from 'vitest';
import { parameterSet } from '../parameters/parameter-set.js';
import { readParameters } from '../parameters/read-parameters.js';
import { metadata } from './metadata-parameter.js';

const SET = parameterSet({ Metadata: metadata().default({}) });
const read = (...pairs: [string, string][]) => readParameters(SET, pairs).values.Metadata;
const readJson = (value: unknown) => read(['Metadata', JSON.stringify(value)]);

test('pairs are given one by one, or as an object, or both', () => {
  const pairs = { campaign: 'autumn', order: '17' };
  expect(read(['Metadata.order', '17'], ['Metadata[campaign]', ' autumn '])).toEqual(pairs);
  expect(readJson({ order: 17, campaign: 'autumn' })).toEqual(pairs);
  expect(read(['Metadata', '{\n\t"order": 17\n}'], ['Metadata.campaign', 'autumn'])).toEqual(pairs);
});

test('the same pairs are the same text, in whatever order they were given', () => {
  const text = (value: object) => JSON.stringify(readJson(value));
  expect(text({ b: 1, a: 2 })).toBe(text({ a: 2, b: 1 }));
});

test('an empty value given by itself counts as absent, in an object it is a value', () => {
  expect(read(['Metadata.a', ''], ['Metadata', ''])).toEqual({});
  expect(readJson({ a: '' })).toEqual({ a: '' });
});

test('there may be 20 pairs, and values of 512 characters', () => {
  const twenty = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, 'x'.repeat(512)]));
  expect(readJson(twenty)).toEqual(twenty);
  expect(() => readJson({ ...twenty, more: '1' })).toThrow('Metadata has more than 20 pairs');
});

test.each<[[string, string][], string]>([
  [[['Metadata', 'order=17']], 'Metadata must be the text of a JSON object'],
  [[['Metadata', '[1]']], 'Metadata must be the text of a JSON object'],
  [[['Metadata', 'null']], 'Metadata must be the text of a JSON object'],
  [[['Metadata', '{"a":{}}']], 'Metadata.a must be a text, a number, true or false'],
  [[['Metadata', '{"a":12345678901234567890}']], 'Metadata.a has more digits than a number keeps'],
  [[['Metadata', '{"a":-1e400}']], 'Metadata.a has more digits than a number keeps'],
  [[['Metadata', '{"a":null}']], 'Metadata.a must be a text, a number, true or false'],
  [[['Metadata', '{"a":"\\u0000"}']], 'Metadata.a has a control character'],
  [[['Metadata', '{"a":"\\ud800"}']], 'Metadata.a has a control character'],
  [[['Metadata', '{"a b":"1"}']], 'Metadata must have keys of 1 to 64 letters, digits, or any of _ . -'],
  [[['Metadata', '{"":"1"}']], 'Metadata must have keys of 1 to 64'],
  [[['Metadata', '{"__proto__":"1"}']], 'must have keys of 1 to 64'],
  [[['Metadata.__proto__', 'x']], 'Metadata cannot have the key __proto__'],
  [[['Metadata[__proto__]', 'x']], 'Metadata cannot have the key __proto__'],
  [[[`Metadata.${'k'.repeat(65)}`, '1']], 'Metadata must have keys of 1 to 64'],
  [[['Metadata.a', 'x'.repeat(513)]], 'Metadata.a is longer than 512 characters'],
  [
    [
      ['Metadata.a', '1'],
      ['Metadata[a]', '2'],
    ],
    'Metadata.a is given more than once',
  ],
  [
    [
      ['Metadata.a', '1'],
      ['Metadata', '{"a":"1"}'],
    ],
    'Metadata.a is given more than once',
  ],
])('%j is refused', (pairs, message) => {
  expect(() => read(...pairs)).toThrow(message);
});
