import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

/** What is noted in a request's context. */
export interface ApiEnv {
  Bindings: HttpBindings;
  Variables: {
    /** What was asked for, in a word, for the metrics: paths have Sids in them. */
    operation: string;
  };
}

/** A request on its way to its answer. */
export type ApiContext = Context<ApiEnv>;
