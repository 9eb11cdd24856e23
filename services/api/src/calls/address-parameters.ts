import type { EmergencyNumbers } from '../numbers/emergency-numbers.js';
import { MAX_ADDRESS_LENGTH, numberIn, readAddress } from '../numbers/read-address.js';
import { address } from '../parameters/kinds-of-value.js';

/** A number or a name; a number becomes its digits. `#` at its end only says that it is complete: `911#` is `911`. */
export function callAddress(emergencies?: EmergencyNumbers) {
  return address(MAX_ADDRESS_LENGTH).transform((given, context) => {
    const number = numberIn(given.replace(/#+$/, ''));
    if (number !== null && emergencies?.has(number)) {
      context.addIssue({ code: 'custom', input: given, ...EMERGENCY });
      return number;
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
