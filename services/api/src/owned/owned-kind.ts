import type { MirroredEntry } from '@trunkline/directory';
import type { Operation, OperationRequest } from '../operation.js';
import type { Paging } from '../parameters/paging.js';
import type { ParameterSet } from '../parameters/parameter-set.js';
import type { PathThing } from '../parameters/path-sid.js';
import type { Resource } from '../represent/resource.js';

/** What is told of one operation, for the document, and may differ from kind to kind. */
export type Told = Pick<Operation, 'summary' | 'description' | 'exampleForm' | 'refusals' | 'evenInactive'>;

/** The parameters of the lists of a kind: its filters, and which page. */
export interface NumberedPaging {
  Page?: number | undefined;
  PageSize?: number | undefined;
}

/** What one kind reads of requests. */
export interface OwnedForms<New, Change, Query extends NumberedPaging> {
  new: ParameterSet<New>;
  change: ParameterSet<Change>;
  list: ParameterSet<Query>;
}

/** Rows of one account's kind: as they are written and told (`Thing`), and as they are shown (`Shown`). */
export interface OwnedRows<Thing, Shown, New, Change, Query> {
  create(request: OperationRequest<unknown, New>, sid: string): Promise<Thing>;
  /** One page of the account's own, and how many all pages have. */
  list(
    request: OperationRequest<Query, unknown>,
    page: Paging,
  ): Promise<{ items: readonly Shown[]; total: number }>;
  /** Null, here and below, when the account has no such thing. */
  read(accountSid: string, sid: string): Promise<Thing | null>;
  update(request: OperationRequest<unknown, Change>, sid: string): Promise<Thing | null>;
  /** As it was. */
  delete(request: OperationRequest<unknown, unknown>, sid: string): Promise<Thing | null>;
  show(thing: Thing): Promise<Shown> | Shown;
  /** What the rest of the cluster is told of it. */
  entryOf(thing: Thing): MirroredEntry;
  /** What is to be done once the cluster knows. */
  afterUpdate?(thing: Thing, form: Change): Promise<void>;
  afterDelete?(thing: Thing): Promise<void>;
}

/** A kind of thing that accounts have several of, which the rest of the cluster is told of: all that is its own. */
export interface OwnedKind<Thing, Shown, New, Change, Query extends NumberedPaging> {
  thing: PathThing;
  /** Of the list; one is below it by its Sid: `/Trunks`. */
  path: string;
  tag: string;
  resource: Resource<Shown>;
  told: Readonly<Record<'create' | 'list' | 'get' | 'update' | 'delete', Told>>;
  forms: OwnedForms<New, Change, Query>;
  rows: OwnedRows<Thing, Shown, New, Change, Query>;
  /** The variable that says how many there may be. */
  limit?: string;
  /** Of what there can be one only, what is said to who makes another, and the code when there is a finer one than 20409. */
  taken?: { message: string; code?: number };
}
