import type { EmergencyNumbers } from '../numbers/emergency-numbers.js';
import { dialedNumbers, MAX_ADDRESS_LENGTH, readAddress } from '../numbers/read-address.js';
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

const EMERGENCY = {
  message: 'is an emergency number: those are not called from here',
  params: { code: 21202 },
};
