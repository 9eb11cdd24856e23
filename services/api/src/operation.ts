import type { KnownAccount } from './accounts/account-book.js';
import type { ParameterSet } from './parameters/parameter-set.js';
import type { Door } from './represent/door.js';
import type { Page } from './represent/page.js';
import type { Resource } from './represent/resource.js';

/** Who asks, and what the credentials allow. */
export interface Caller {
  account: KnownAccount;
  /** `read` for an API key that may change nothing. */
  scope: 'all' | 'read';
  /** Whether this is the account's primary token: not its second one, and no API key. */
  isPrimary: boolean;
}

/** What an operation is asked: checked, and free of HTTP. */
export interface OperationRequest<Query, Form> {
  caller: Caller;
  /** Whose things are meant: the account in the path, which the caller may act for, or the caller's own. */
  account: KnownAccount;
  /** What stands in the path for each `{Name}`. */
  path: Readonly<Record<string, string>>;
  query: Query;
  form: Form;
  /** The known parameters of the query other than those of paging, as page URIs are to repeat them (`Page.kept`). */
  kept: readonly (readonly [string, string])[];
  door: Door;
  /** A header's value, or null. */
  header(name: string): string | null;
  /** Aborted when the client goes away. Made when it is first read: only who needs it should. */
  readonly signal: AbortSignal;
}

/** What an operation gives back; the door and the format turn it into bytes. A 201 gets its `Location` from its resource. */
export type Answer =
  | { status: 200 | 201; item: AnyItem; headers?: Record<string, string> }
  | { status: 200; page: AnyPage }
  | { status: 204 }
  | {
      status: 200;
      stream: ReadableStream<Uint8Array>;
      contentType: string;
      headers?: Record<string, string>;
    };

/** An item with the resource that shows it; made by `item()`, which checks that they fit. */
export interface AnyItem {
  resource: AnyResource;
  value: unknown;
}

/** A page with the resource that shows its items; made by `page()`. */
export interface AnyPage {
  resource: AnyResource;
  page: Page<unknown>;
}

/** A resource whatever its items: what it is given was checked when it was put beside its item. */
export type AnyResource = Resource<never>;

export function item<T>(resource: Resource<T>, value: T): AnyItem {
  return { resource: resource as AnyResource, value };
}

export function page<T>(resource: Resource<T>, page: Page<T>): AnyPage {
  return { resource: resource as AnyResource, page };
}

/** One thing that the API can do. The router, the metrics and the OpenAPI document are made from the list of them. */
export interface Operation<Query = unknown, Form = unknown> {
  /** In words with hyphens: `create-call`. The label in metrics. */
  id: string;
  method: 'get' | 'post' | 'delete';
  /**
   * With `{Name}` for what varies, `/Calls/{CallSid}`: below `/<version>/Accounts/{AccountSid}` at both doors, and at the
   * door of 2012 also straight below the version. With `root: 'version'` only straight below the version, at both doors.
   * A segment written out wins over one that varies. An `{AccountSid}`, wherever it stands, is held against the caller.
   */
  path: string;
  root?: 'account' | 'version';
  /** For the document: what it belongs to, in a word, and what it does, in a sentence. */
  tag: string;
  summary: string;
  description?: string;
  /**
   * What the credentials must allow. `manage` is what only a primary token may do: accounts, tokens and keys; it is also
   * done to an account that is suspended, by one above it.
   */
  needs: 'read' | 'write' | 'manage';
  /** Whether those above may do it also for an account that is suspended or closed, though it changes something. */
  evenInactive?: boolean;
  query?: ParameterSet<Query>;
  form?: ParameterSet<Form>;
  /** A form that it takes, for the document. */
  exampleForm?: Readonly<Record<string, string>>;
  /** Headers that it reads, for the document: name and meaning. */
  headers?: Readonly<Record<string, string>>;
  /** The answer when it succeeds, for the document. */
  success: {
    status: 200 | 201 | 204;
    shows?: AnyResource;
    list?: boolean;
    contentType?: string;
    /** Headers that it may have: name and meaning. */
    headers?: Readonly<Record<string, string>>;
    /** What it shows, when that is another than the resource's own example. */
    example?: (door: Door) => unknown;
  };
  /** Further statuses that it answers with, and when. */
  refusals?: Readonly<Record<number, string>>;
  run(request: OperationRequest<Query, Form>): Promise<Answer>;
}

/** Takes the types of parameters off, so that operations fit into one list: each is given only what its own sets read. */
export function defineOperation<Query = unknown, Form = unknown>(
  operation: Operation<Query, Form>,
): Operation {
  return operation as unknown as Operation;
}
