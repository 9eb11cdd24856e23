import type { EmergencyNumbers } from '../numbers/emergency-numbers.js';
import { dialedNumbers, MAX_ADDRESS_LENGTH, readAddress, storedAddress } from '../numbers/read-address.js';
import { address } from '../parameters/kinds-of-value.js';

/** A number or a name; a number becomes its digits. What of it is dialed is no emergency number. */
export function callAddress(emergencies?: EmergencyNumbers) {
  return address(MAX_ADDRESS_LENGTH).transform((given, context) => {
    if (emergencies && dialedNumbers(given).some((number) => emergencies.has(number))) {
      context.addIssue({ code: 'custom', input: given, ...EMERGENCY });
      return given;
    }
    const read = readAddress(given);
    if ('address' in read) return read.address;
    context.addIssue({ code: 'custom', input: given, message: read.complaint });
    return given;
  });
}

/** A number or a name that is looked for, as calls have it. One that no call can have is a mistake. */
export function soughtAddress() {
  return address(MAX_ADDRESS_LENGTH).transform((given, context) => {
    const read = readAddress(given);
    if ('address' in read) return read.address;
    if (isNumberWithPlus(given)) return storedAddress(given);
    context.addIssue({ code: 'custom', input: given, message: read.complaint });
    return given;
  });
}

/** `+1555` is nobody's number, but finds calls to the extension `1555`: numbers match with and without their plus. */
function isNumberWithPlus(given: string): boolean {
  const bare = readAddress(storedAddress(given).replace(/^\+/, ''));
  return 'address' in bare && /^\d+$/.test(bare.address);
}

const EMERGENCY = {
  message: 'is an emergency number: those are not called from here',
  params: { code: 21202 },
};
