import { mintSid } from '@trunkline/contracts';
import { ConflictError, LimitReachedError } from '@trunkline/store';
import type { DirectoryWriter } from '../accounts/directory-writer.js';
import { AlreadySetError } from '../errors.js';
import { defineOperation, item, type Operation, page } from '../operation.js';
import { readPaging } from '../parameters/paging.js';
import { found, readPathSid } from '../parameters/path-sid.js';
import { numberedPage } from '../represent/page.js';
import type { NumberedPaging, OwnedKind } from './owned-kind.js';

/** Where the rest of the cluster is told of changes. */
type Told = Pick<DirectoryWriter, 'put' | 'remove'>;

/** What its kin says of who has as many as can be had. */
const LIMIT_REACHED = 21102;

/**
 * Makes, lists, reads, changes and deletes the things of one kind. The database is written first, then the cluster is told.
 * The ids are `create-trunk`, `list-trunks`, `get-trunk`, `update-trunk`, `delete-trunk` for a `trunk`.
 */
export function ownedOperations<Thing, Shown, New, Change, Query extends NumberedPaging>(
  kind: OwnedKind<Thing, Shown, New, Change, Query>,
  directory: Told,
): Operation[] {
  return [
    createOne(kind, directory),
    listAll(kind),
    getOne(kind),
    updateOne(kind, directory),
    deleteOne(kind, directory),
  ];
}

function createOne<Thing, Shown, New, Change, Query extends NumberedPaging>(
  kind: OwnedKind<Thing, Shown, New, Change, Query>,
  directory: Told,
): Operation {
  const { thing, path, tag, resource, told, forms, rows } = kind;
  return defineOperation<unknown, New>({
    id: `create-${thing.noun}`,
    ...{ method: 'post', path, tag, needs: 'write', ...told.create },
    form: forms.new,
    success: { status: 201, shows: resource },
    async run(request) {
      const made = await orRefused(kind, rows.create(request, mintSid(thing.prefix)));
      await directory.put(rows.entryOf(made));
      return { status: 201, item: item(resource, await rows.show(made)) };
    },
  });
}

function listAll<Thing, Shown, New, Change, Query extends NumberedPaging>(
  kind: OwnedKind<Thing, Shown, New, Change, Query>,
): Operation {
  const { thing, path, tag, resource, told, forms, rows } = kind;
  return defineOperation<Query>({
    id: `list-${thing.noun}s`,
    ...{ method: 'get', path, tag, needs: 'read', ...told.list },
    query: forms.list,
    success: { status: 200, shows: resource, list: true },
    async run(request) {
      const { query, door, kept } = request;
      const paging = readPaging(query, door);
      const { items, total } = await rows.list(request, paging);
      const { page: number, pageSize } = paging;
      return {
        status: 200,
        page: page(resource, numberedPage({ items, total, page: number, pageSize, kept })),
      };
    },
  });
}

function getOne<Thing, Shown, New, Change, Query extends NumberedPaging>(
  kind: OwnedKind<Thing, Shown, New, Change, Query>,
): Operation {
  const { thing, tag, resource, told, rows } = kind;
  return defineOperation({
    id: `get-${thing.noun}`,
    ...{ method: 'get', path: pathOfOne(kind), tag, needs: 'read', ...told.get },
    success: { status: 200, shows: resource },
    async run({ account, path }) {
      const sid = readPathSid(thing, path);
      const one = found(thing, sid, await rows.read(account.sid, sid));
      return { status: 200, item: item(resource, await rows.show(one)) };
    },
  });
}

function updateOne<Thing, Shown, New, Change, Query extends NumberedPaging>(
  kind: OwnedKind<Thing, Shown, New, Change, Query>,
  directory: Told,
): Operation {
  const { thing, tag, resource, told, forms, rows } = kind;
  return defineOperation<unknown, Change>({
    id: `update-${thing.noun}`,
    ...{ method: 'post', path: pathOfOne(kind), tag, needs: 'write', ...told.update },
    form: forms.change,
    success: { status: 200, shows: resource },
    async run(request) {
      const sid = readPathSid(thing, request.path);
      const changed = found(thing, sid, await orRefused(kind, rows.update(request, sid)));
      await directory.put(rows.entryOf(changed));
      await rows.afterUpdate?.(changed, request.form);
      return { status: 200, item: item(resource, await rows.show(changed)) };
    },
  });
}

function deleteOne<Thing, Shown, New, Change, Query extends NumberedPaging>(
  kind: OwnedKind<Thing, Shown, New, Change, Query>,
  directory: Told,
): Operation {
  const { thing, tag, told, rows } = kind;
  return defineOperation({
    id: `delete-${thing.noun}`,
    ...{ method: 'delete', path: pathOfOne(kind), tag, needs: 'write', ...told.delete },
    success: { status: 204 },
    async run(request) {
      const sid = readPathSid(thing, request.path);
      const deleted = found(thing, sid, await rows.delete(request, sid));
      await directory.remove(rows.entryOf(deleted));
      await rows.afterDelete?.(deleted);
      return { status: 204 };
    },
  });
}

type Named = Pick<OwnedKind<never, never, never, never, never>, 'thing' | 'path' | 'limit' | 'taken'>;

function pathOfOne({ path, thing }: Pick<Named, 'path' | 'thing'>): string {
  return `${path}/{${thing.parameter}}`;
}

/** @throws AlreadySetError when there is one already where there can be one, or as many as there can be */
async function orRefused<T>(
  { thing, taken, limit }: Pick<Named, 'thing' | 'taken' | 'limit'>,
  writing: Promise<T>,
): Promise<T> {
  try {
    return await writing;
  } catch (cause) {
    if (cause instanceof ConflictError && taken) {
      throw new AlreadySetError(taken.message, { cause }, taken.code);
    }
    if (!(cause instanceof LimitReachedError)) throw cause;
    const all = `There are ${cause.max} ${thing.noun}s, all that the account, and those with it below the top, may have`;
    const message = `${all}: delete one, or have ${limit} raised`;
    throw new AlreadySetError(message, { cause }, LIMIT_REACHED);
  }
}
