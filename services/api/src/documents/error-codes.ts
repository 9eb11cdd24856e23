/** Every code that an error answer can carry, and what it says: for the answers, and for `/docs/errors`. */
export const ERROR_CODES: ReadonlyMap<number, string> = new Map([
  [20001, 'A parameter is missing, wrong, given twice, or its name is in another case.'],
  [20003, 'No credentials, or wrong ones.'],
  [20004, 'The path takes other methods: those in Allow.'],
  [20005, 'The account is suspended or closed.'],
  [20009, 'The call is not over, so that it cannot be deleted.'],
  [20403, 'The credentials are right, but not for this.'],
  [20404, 'There is nothing at this path, or no such call, account or other thing.'],
  [20409, 'What is there already stands against it.'],
  [20410, 'It is over, or gone.'],
  [20413, 'The body is too large.'],
  [20415, 'The body is no form in UTF-8.'],
  [20429, 'Too many requests, or too many calls at once: come again after Retry-After seconds.'],
  [20500, 'A fault on our side.'],
  [
    20503,
    'Not possible just now: the same request can succeed after Retry-After seconds, if they are given.',
  ],
  [21102, 'The account, with those that count with it, has as many things of that kind as it may have.'],
  [21201, 'To is missing.'],
  [21202, 'To is an emergency number.'],
  [21205, 'Url, or FallbackUrl, is missing or wrong.'],
  [21206, 'SendDigits is wrong.'],
  [21208, 'Timeout is wrong.'],
  [21209, 'A method is neither GET nor POST.'],
  [21211, 'To is neither a number nor a name.'],
  [21212, 'From is neither a number nor a name.'],
  [21213, 'From is missing.'],
  [21218, 'ApplicationSid is wrong.'],
  [21220, 'The call is in a state in which this cannot be done.'],
  [21402, 'VoiceUrl, or VoiceFallbackUrl, is wrong.'],
  [21403, 'VoiceMethod, or VoiceFallbackMethod, is wrong.'],
  [21421, 'PhoneNumber is no phone number.'],
  [21422, 'PhoneNumber is taken already.'],
  [21451, 'AreaCode is wrong: numbers are not looked for here.'],
  [21481, 'PageToken is none of ours, or of another list.'],
  [21609, 'StatusCallback is wrong.'],
  [21626, 'StatusCallbackEvent is wrong.'],
]);

/** Every code that a warning or an error in a call's notifications can carry, and what it says. */
export const NOTIFICATION_CODES: ReadonlyMap<number, string> = new Map([
  [11100, 'The URL of markup is none that can be requested.'],
  [11200, 'A request for markup was answered with an error, or a callback was given up.'],
  [11205, 'The server of the markup could not be reached, or gave no answer in time.'],
  [11206, 'The answer to a request for markup is no usable HTTP.'],
  [12100, 'The markup cannot be read, or cannot be obeyed.'],
  [12200, 'A part of the markup is not obeyed as it is written, or the fallback is used; the call goes on.'],
  [32202, "The call's own SIP password cannot be opened: the trunk's login is used."],
]);

/** The code of an error that has none of its own. */
export function codeOfStatus(status: number): number {
  return BY_STATUS[status] ?? (status < 500 ? 20001 : 20500);
}

const BY_STATUS: Readonly<Record<number, number>> = {
  400: 20001,
  401: 20003,
  403: 20403,
  404: 20404,
  405: 20004,
  409: 20409,
  410: 20410,
  413: 20413,
  415: 20415,
  429: 20429,
  503: 20503,
};

/** The code of a parameter that is wrong, or missing. */
export function codeOfParameter(parameter: string, isMissing: boolean): number {
  return (isMissing ? MISSING.get(parameter) : undefined) ?? WRONG.get(parameter) ?? 20001;
}

const MISSING = new Map([
  ['To', 21201],
  ['From', 21213],
]);

const WRONG = new Map([
  ['To', 21211],
  ['From', 21212],
  ['Url', 21205],
  ['FallbackUrl', 21205],
  ['Method', 21209],
  ['FallbackMethod', 21209],
  ['StatusCallbackMethod', 21209],
  ['Timeout', 21208],
  ['SendDigits', 21206],
  ['ApplicationSid', 21218],
  ['VoiceUrl', 21402],
  ['VoiceFallbackUrl', 21402],
  ['VoiceMethod', 21403],
  ['VoiceFallbackMethod', 21403],
  ['PhoneNumber', 21421],
  ['AreaCode', 21451],
  ['PageToken', 21481],
  ['StatusCallback', 21609],
  ['StatusCallbackEvent', 21626],
]);

/** Where a code is explained, relative to the server. */
export function moreInfo(code: number): string {
  return `/docs/errors#${code}`;
}
