import { expect, test } from 'vitest';
import { createEmergencyNumbers, EMERGENCY_REGIONS } from './emergency-numbers.js';

const everywhere = createEmergencyNumbers(EMERGENCY_REGIONS);

test.each([
  '112',
  '911',
  '999',
  '000',
  '15',
  '10111',
  '+112',
  '+1911',
  '1911',
  '+44999',
  '44999',
  '+3315',
  '0044999',
  '0111911',
  '00911',
  '+00911',
  '00112',
  '00999',
  '011911',
  '011112',
  '0011911',
  '001144999',
  '010119',
  '00444999',
  '001110111',
  '00112710111',
])('%s is an emergency number', (number) => {
  expect(everywhere.has(number)).toBe(true);
  expect(everywhere.has(number)).toBe(true);
});

test.each([
  '9110001',
  '+19115551234',
  '1125',
  '+15551230001',
  '15551230001',
  '+491125',
  '+49911',
  '99',
  '1',
  '',
  'police',
  '+11',
  '0091125',
  '0119110',
  '00491125',
  '0049911',
  '00015551230001',
  '0115551230001',
])('%s is none', (number) => {
  expect(everywhere.has(number)).toBe(false);
});

test('only the regions that are asked for count', () => {
  const germany = createEmergencyNumbers(['DE']);
  expect(
    ['110', '112', '+49110', '00110', '911', '+1911', '011911', '101'].map((number) => germany.has(number)),
  ).toEqual([true, true, true, true, false, false, false, false]);
  expect(createEmergencyNumbers([]).has('112')).toBe(false);
});

test('a number is looked up quickly, also one that was not asked for before', () => {
  const numbers = createEmergencyNumbers(EMERGENCY_REGIONS);
  const startedMs = performance.now();
  for (let number = 100; number < 300; number += 1) numbers.has(String(number));
  expect((performance.now() - startedMs) / 200).toBeLessThan(20);
});
