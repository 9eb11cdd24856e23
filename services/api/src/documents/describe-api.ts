import type { Operation } from '../operation.js';
import { DOOR_2012 } from '../represent/door.js';
import { basesOf } from '../route-table.js';
import { errorResponses, errorSchema } from './describe-errors.js';
import { describeOperation } from './describe-operation.js';
import { createSchemas } from './describe-resource.js';
import type { Described } from './described.js';

/**
 * The OpenAPI 3.1 document of the operations, made from what routes and validates them. Each is in it once a door: at the
 * door of 2012 straight below the version, at that of 2010 below the account.
 * @see https://spec.openapis.org/oas/v3.1.1.html
 */
export function describeApi(operations: readonly Operation[]): Described {
  const schemas = createSchemas();
  const paths: Record<string, Described> = {};
  for (const operation of operations) {
    for (const { door, base } of documentedBases(operation)) {
      const path = base + operation.path;
      paths[path] = {
        ...paths[path],
        [operation.method]: describeOperation(operation, { door, path, schemas }),
      };
    }
  }
  return {
    openapi: '3.1.1',
    info: INFO,
    // Relative to where this document is: it may be read through a proxy that puts something in front of its path.
    servers: [
      { url: '.', description: 'This server' },
      { url: 'restcomm', description: 'The same, for clients of Restcomm' },
      { url: 'restcomm-sbc', description: 'The same, for clients of Restcomm SBC' },
    ],
    security: [{ basic: [] }],
    tags: describeTags(operations),
    paths,
    components: {
      schemas: { ...schemas.all(), Error: errorSchema },
      responses: errorResponses,
      securitySchemes: {
        basic: {
          type: 'http',
          scheme: 'basic',
          description: "The account's Sid or email and its token, or an API key's Sid and its secret",
        },
      },
    },
  };
}

const INFO = {
  title: 'Trunkline',
  version: DOOR_2012.version,
  summary: 'Places phone calls, controls them, and keeps their history',
  description: [
    'Every path below `/2012-04-24` that is not below `/2012-04-24/Accounts/{AccountSid}` is there as well, for the sub-accounts of who asks.',
    'The paths below `/2010-04-01` speak as the official `twilio` client library expects: times in RFC 2822, numbers as text.',
    'XML is the default. JSON and CSV are had by `.json` and `.csv` at the end of a path, or by `Accept`.',
    'Names of parameters are case-sensitive: an unknown one is ignored, a known one in another case is refused. An empty value counts as absent.',
    'Each error has a code, explained at `/docs/errors`.',
  ].join('\n\n'),
  license: { name: 'MIT', identifier: 'MIT' },
};

/** Of several ways to one thing at a door, the shortest. */
function documentedBases(operation: Operation): ReturnType<typeof basesOf> {
  const bases = basesOf(operation);
  return bases.filter(({ door }, index) => bases.findIndex((one) => one.door === door) === index);
}

function describeTags(operations: readonly Operation[]): Described[] {
  const tags = new Set(operations.map(({ tag }) => tag));
  return [
    ...[...tags].map((name) => ({ name })),
    ...[...tags].map((name) => ({
      name: `${name} (2010-04-01)`,
      description: 'For the twilio client library',
    })),
  ];
}
