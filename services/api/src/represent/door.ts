/** An API version as its clients know it: how it writes what the other writes differently. */
export interface Door {
  version: '2012-04-24' | '2010-04-01';
  /** The root element of XML. */
  xmlRoot: 'RestcommResponse' | 'TwilioResponse';
  /** ISO 8601 in UTC with milliseconds, or RFC 2822. */
  times: 'iso' | 'rfc2822';
  /** Whether JSON shows numbers of a resource as text, as the client library of that door expects. */
  numbersAsText: boolean;
  /** Whether a page size above the largest is taken as the largest, or refused. */
  clampsPageSize: boolean;
  /**
   * Whether a time that is looked for means its whole day, and what is before it does not include it: its client library
   * sends a time where a day is meant.
   */
  looksForDays: boolean;
  /** Whether a call shows a currency before it has a price. */
  expectsPriceUnit: boolean;
}

/** The Restcomm API, in the words of its specification. */
export const DOOR_2012: Door = {
  version: '2012-04-24',
  xmlRoot: 'RestcommResponse',
  times: 'iso',
  numbersAsText: false,
  clampsPageSize: false,
  looksForDays: false,
  expectsPriceUnit: false,
};

/** What the official `twilio` client library expects. */
export const DOOR_2010: Door = {
  version: '2010-04-01',
  xmlRoot: 'TwilioResponse',
  times: 'rfc2822',
  numbersAsText: true,
  clampsPageSize: true,
  looksForDays: true,
  expectsPriceUnit: true,
};
