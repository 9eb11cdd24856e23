import { pagingParameters } from './paging.js';

const { PageToken: _, ...numbered } = pagingParameters;

/** The parameters of a list whose pages are found by number alone, to be spread into its set. */
export const numberedPagingParameters = numbered;
