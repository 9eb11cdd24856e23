import { expect, test } from 'vitest';
import { defineOperation, type Operation } from './operation.js';
import { allowedMethods, RouteTable } from './route-table.js';

function operation(id: string, method: Operation['method'], path: string, root?: 'version'): Operation {
  const run = async () => ({ status: 204 }) as const;
  const described = { tag: 'Test', summary: id, needs: 'read', success: { status: 204 }, run } as const;
  return defineOperation({ id, method, path, ...(root && { root }), ...described });
}

const table = new RouteTable([
  operation('get-thing', 'get', '/Things/{Sid}'),
  operation('stream', 'get', '/Things/Stream'),
  operation('modify-thing', 'post', '/Things/{Sid}'),
  operation('list-parts', 'get', '/Things/{Sid}/Parts'),
  operation('get-account', 'get', '/Accounts/{AccountSid}', 'version'),
]);
const find = (path: string) => table.find(path.split('/'));

test.each([
  ['2012-04-24/Things/1', ['1'], 'get-thing'],
  ['2012-04-24/Things/Stream', [], 'stream'],
  ['2012-04-24/Things/Stream/Parts', ['Stream'], 'list-parts'],
  ['2012-04-24/Accounts/A/Things/1/Parts', ['A', '1'], 'list-parts'],
  ['2010-04-01/Accounts/A/Things/1', ['A', '1'], 'get-thing'],
  ['2010-04-01/Accounts/A', ['A'], 'get-account'],
  ['2012-04-24/Accounts/A', ['A'], 'get-account'],
])('%s is found', (path, values, id) => {
  const match = find(path);
  expect([match?.values, match?.routes.get?.operation.id]).toEqual([values, id]);
});

test.each(['2010-04-01/Things/1', '2012-04-24/Things', '2012-04-24/Things//Parts', '2012-04-24', '', 'x'])(
  '%j leads nowhere',
  (path) => expect(find(path)).toBeNull(),
);

test('the methods at a path are those of its operations', () => {
  const methodsAt = (path: string) => allowedMethods(find(path) ?? { routes: {} });
  expect(methodsAt('2012-04-24/Things/1')).toEqual(['GET', 'HEAD', 'POST']);
  expect(methodsAt('2012-04-24/Things/Stream')).toEqual(['GET', 'HEAD']);
});

test('two operations in one place are a mistake', () => {
  const twice = [operation('a', 'get', '/Things/{Sid}'), operation('b', 'get', '/Things/{Other}')];
  expect(() => new RouteTable(twice)).toThrow('b: get /2012-04-24/Things/{Other} is taken');
});
