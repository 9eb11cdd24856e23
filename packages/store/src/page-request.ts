/** Pages count from 0. */
export interface PageRequest {
  page: number;
  pageSize: number;
}
