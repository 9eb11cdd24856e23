import { codeOfStatus, moreInfo } from './error-codes.js';

/** An error in JSON. */
export const errorSchema = {
  type: 'object',
  required: ['code', 'message', 'more_info', 'status'],
  properties: {
    code: { type: 'integer', description: 'One of those at /docs/errors' },
    message: { type: 'string' },
    more_info: { type: 'string', description: 'Where the code is explained, relative to the server' },
    status: { type: 'integer', description: 'The HTTP status' },
  },
};

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'A parameter is missing, wrong, given twice, or its name is in another case',
  401: 'No credentials, or wrong ones',
  403: 'The credentials are right, but not for this; or the account is suspended or closed',
  404: 'There is no such thing',
  409: 'What is there already stands against it',
  410: 'It is over',
  413: 'The body is larger than 64 KB',
  415: 'The body is no form in UTF-8',
  429: 'Too many requests: come again after Retry-After seconds',
  500: 'A fault on our side',
  503: 'Not possible just now: the same request can succeed after Retry-After seconds, if they are given',
};

const retryAfter = { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } };

/** An answer that is an error. */
export function describeError(status: number, description = DESCRIPTIONS[status] ?? 'Refused') {
  const schema = { $ref: '#/components/schemas/Error' };
  const content = { 'application/json': { schema, example: showError(status) } };
  return { description, ...((status === 429 || status === 503) && { headers: retryAfter }), content };
}

function showError(status: number): object {
  const [message = 'Refused', code = codeOfStatus(status)] = EXAMPLES[status] ?? [];
  return { code, message, more_info: moreInfo(code), status };
}

/** What the API says, and the code when it is not the status's own. */
const EXAMPLES: Readonly<Record<number, readonly [string, number?]>> = {
  400: ['To is required', 21201],
  401: ["The account's Sid or email, or its token, is wrong"],
  403: ['This API key may only read'],
  404: ['There is no such call'],
  409: ['The call is answered: it can be ended with Status=completed, but not canceled', 21220],
  410: ['The call has ended already: it is completed', 21220],
  413: ['The body is larger than 65536 bytes'],
  415: ['The body must be application/x-www-form-urlencoded in UTF-8, not application/json'],
  429: ['Account AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01 has as many calls at once as it may have, which is 20'],
  500: ['Something went wrong on our side'],
  503: ['Call history cannot be read just now: try again'],
};

/** Those that many operations have in common, to be referred to. */
export const errorResponses: Readonly<Record<string, object>> = Object.fromEntries(
  Object.keys(DESCRIPTIONS).map((status) => [`Error${status}`, describeError(Number(status))]),
);

export function referToError(status: number): object {
  return { $ref: `#/components/responses/Error${status}` };
}
