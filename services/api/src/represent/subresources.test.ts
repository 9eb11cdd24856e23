import { expect, test } from 'vitest';
import { accountResource } from '../accounts/account-resource.js';
import { listOperations } from '../operations.js';
import { readPath } from '../request-path.js';
import { RouteTable } from '../route-table.js';
import { knownAccount } from '../testing/known-account.js';
import { at2010, at2012, callItem, queued } from '../testing/representation.js';
import { createTestPorts } from '../testing/test-ports.js';
import { jsonWriter } from './write-json.js';

const none = {} as never;
const table = new RouteTable(
  listOperations({ calls: createTestPorts(), history: none, streams: none, accounts: none, routing: none }),
);
const account = {
  resource: accountResource as never,
  value: { account: knownAccount(), token: null } as never,
};

test.each([
  ['an account at 2012', account, { ...at2012('.json'), base: '/2012-04-24' }],
  ['an account at 2010', account, { ...at2010('.json'), base: '/2010-04-01' }],
  ['a call at 2012', callItem(queued), at2012('.json')],
  ['a call at 2010', callItem(queued), at2010('.json')],
])('everything that %s names below it is there', (_, item, place) => {
  const { uri, subresource_uris } = JSON.parse(jsonWriter.item(item, place));
  for (const one of [uri, ...Object.values<string>(subresource_uris)]) {
    expect([one, Object.keys(table.find(readPath(one).segments)?.routes ?? {})]).toEqual([
      one,
      expect.arrayContaining(['get']),
    ]);
  }
});
