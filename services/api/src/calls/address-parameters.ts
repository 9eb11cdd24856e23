import { type Call, clientSchema } from '@trunkline/contracts';
import type { EmergencyNumbers } from '../numbers/emergency-numbers.js';
import {
  dialedNumbers,
  MAX_ADDRESS_LENGTH,
  type ReadAddress,
  readAddress,
  storedAddress,
} from '../numbers/read-address.js';
import { address } from '../parameters/kinds-of-value.js';
import { readSipHeaders } from './read-sip-headers.js';

/** Whom to call. */
export interface Callee {
  /** A number, or a name. */
  address: string;
  /** `client`: one of ours was meant, by `client:` in front. */
  kind: Call['instructions']['callee'];
  /** For the INVITE. */
  sipHeaders: Record<string, string>;
}

/** 20 headers of 1 KB each, most of them percent-encoded. */
const MAX_CALLEE_LENGTH = 50_000;

/** A number or a name, or a client of ours; a number becomes its digits. */
export function callAddress() {
  return address(MAX_ADDRESS_LENGTH).transform((given, context) => {
    const read = readClient(given) ?? readAddress(given);
    if ('address' in read) return read.address;
    context.addIssue({ code: 'custom', input: given, message: read.complaint });
    return given;
  });
}

/** Whom to call, with headers behind a `?`. What of it is dialed is no emergency number. */
export function calleeAddress(emergencies: EmergencyNumbers) {
  return address(MAX_CALLEE_LENGTH).transform((given, context): Callee => {
    const question = given.indexOf('?');
    const whom = question < 0 ? given : given.slice(0, question).trim();
    const client = readClient(whom);
    const read = client ?? readAddress(whom);
    const headers = readSipHeaders(question < 0 ? '' : given.slice(question + 1));
    const complain = (issue: { message: string; params?: { code: number } }) => {
      context.addIssue({ code: 'custom', input: given, ...issue });
      return { address: whom, kind: 'any', sipHeaders: {} } as const;
    };
    // A client is reached at its device, whatever it is called.
    if (!client && dialedNumbers(whom).some((number) => emergencies.has(number))) return complain(EMERGENCY);
    if ('complaint' in read) return complain({ message: read.complaint });
    if ('complaint' in headers) return complain({ message: headers.complaint });
    return { address: read.address, kind: client ? 'client' : 'any', sipHeaders: headers.headers };
  });
}

/** A number or a name that is looked for, as calls have it. One that no call can have is a mistake. */
export function soughtAddress() {
  return address(MAX_ADDRESS_LENGTH).transform((given, context) => {
    const read = readClient(given) ?? readAddress(given);
    if ('address' in read) return read.address;
    if (isNumberWithPlus(given)) return storedAddress(given);
    context.addIssue({ code: 'custom', input: given, message: read.complaint });
    return given;
  });
}

const { login } = clientSchema.shape;

/** `client:alice`; null for what is not meant as one. */
function readClient(given: string): ReadAddress | null {
  const name = /^client:(.*)$/is.exec(given)?.[1];
  if (name === undefined) return null;
  return login.safeParse(name).success ? { address: name } : { complaint: NO_CLIENT };
}

const NO_CLIENT = 'must have 1 to 64 letters, digits, . _ and - behind client:';

/** `+1555` is nobody's number, but finds calls to the extension `1555`: numbers match with and without their plus. */
function isNumberWithPlus(given: string): boolean {
  const bare = readAddress(storedAddress(given).replace(/^\+/, ''));
  return 'address' in bare && /^\d+$/.test(bare.address);
}

const EMERGENCY = {
  message: 'is an emergency number: those are not called from here',
  params: { code: 21202 },
};
