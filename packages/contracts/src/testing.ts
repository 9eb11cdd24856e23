import type { Call } from './call.js';
import type { Client } from './directory/client.js';
import type { PhoneNumber, Voice } from './directory/phone-number.js';
import type { Trunk } from './directory/trunk.js';
import { mintSid } from './ids.js';
import { newCall } from './new-call.js';

/** A queued call for tests, with what a test wants different. */
export function queuedCall(changes: Partial<Call> = {}): Call {
  const call = newCall({
    accountSid: mintSid('AC'),
    to: '+15551230001',
    from: '+15559990000',
    direction: 'outbound-api',
    apiVersion: '2012-04-24',
    dateCreated: '2026-11-23T10:00:00.000Z',
    instructions: {
      url: 'https://example.com/script',
      method: 'POST',
      fallbackUrl: null,
      fallbackMethod: 'POST',
      ringTimeoutSeconds: 60,
      markup: null,
      sendDigits: null,
      timeLimitSeconds: null,
      callerId: null,
      sipAuth: null,
      record: null,
      machineDetection: null,
      callee: 'any',
      sipHeaders: {},
    },
    statusCallback: null,
    metadata: {},
  });
  return { ...call, ...changes };
}

/** What happened so far, for a test to wait for more. */
export class Log<T> {
  readonly entries: T[] = [];
  #listeners = new Set<() => void>();

  add(entry: T): void {
    this.addAll([entry]);
  }

  addAll(entries: T[]): void {
    this.entries.push(...entries);
    for (const listener of [...this.#listeners]) listener();
  }

  /** Waits until the entries fit. */
  async until(what: string, fits: (entries: T[]) => boolean, timeoutMs = 15_000): Promise<T[]> {
    if (fits(this.entries)) return this.entries;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#listeners.delete(check);
        reject(new Error(`${what} did not come in ${timeoutMs} ms; came: ${this.entries.length} entries`));
      }, timeoutMs);
      const check = () => {
        if (!fits(this.entries)) return;
        clearTimeout(timer);
        this.#listeners.delete(check);
        resolve(this.entries);
      };
      this.#listeners.add(check);
    });
  }
}

const MADE_AT = '2026-11-24T10:00:00.000Z';

/** A trunk for tests: over UDP, without limits, registration, session timer and signs of life. */
export function plainTrunk(changes: Partial<Trunk> = {}): Trunk {
  return {
    sid: mintSid('TK'),
    accountSid: mintSid('AC'),
    name: 'Carrier A',
    enabled: true,
    host: '192.0.2.1',
    port: 5060,
    transport: 'udp',
    outboundProxy: null,
    priority: 10,
    weight: 10,
    numberFormat: 'as-given',
    stripDigits: 0,
    numberPrefix: '',
    callerIdHeader: 'none',
    hideCallerId: false,
    fromDomain: null,
    maxChannels: null,
    maxCallsPerSecond: null,
    optionsIntervalSeconds: 0,
    followRedirects: false,
    reliableProvisionals: 'supported',
    sessionExpiresSeconds: null,
    allowRefer: false,
    register: false,
    registerExpiresSeconds: 3600,
    username: null,
    passwordSealed: null,
    publicAddress: null,
    inboundAddresses: [],
    dateCreated: MADE_AT,
    dateUpdated: MADE_AT,
    ...changes,
  };
}

const PLAIN_VOICE: Voice = {
  url: 'http://127.0.0.1/voice',
  method: 'POST',
  fallbackUrl: null,
  fallbackMethod: 'POST',
  statusCallback: null,
  statusCallbackMethod: 'POST',
  statusCallbackEvents: ['completed'],
};

export function plainNumber(changes: Partial<PhoneNumber> = {}): PhoneNumber {
  return {
    sid: mintSid('PN'),
    accountSid: mintSid('AC'),
    phoneNumber: '+15551230001',
    friendlyName: '',
    voice: PLAIN_VOICE,
    dateCreated: MADE_AT,
    dateUpdated: MADE_AT,
    ...changes,
  };
}

export function plainClient(changes: Partial<Client> = {}): Client {
  return {
    sid: mintSid('CL'),
    accountSid: mintSid('AC'),
    login: 'alice',
    friendlyName: '',
    enabled: true,
    passwordSealed: '',
    voice: PLAIN_VOICE,
    dateCreated: MADE_AT,
    dateUpdated: MADE_AT,
    ...changes,
  };
}
