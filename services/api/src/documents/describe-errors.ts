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
  503: 'Not possible just now: the same request can succeed after Retry-After seconds',
};

const retryAfter = { 'Retry-After': { description: 'Seconds', schema: { type: 'integer' } } };

/** An answer that is an error. */
export function describeError(status: number, description = DESCRIPTIONS[status] ?? 'Refused') {
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  return { description, ...((status === 429 || status === 503) && { headers: retryAfter }), content };
}

/** Those that many operations have in common, to be referred to. */
export const errorResponses: Readonly<Record<string, object>> = Object.fromEntries(
  Object.keys(DESCRIPTIONS).map((status) => [`Error${status}`, describeError(Number(status))]),
);

export function referToError(status: number): object {
  return { $ref: `#/components/responses/Error${status}` };
}
