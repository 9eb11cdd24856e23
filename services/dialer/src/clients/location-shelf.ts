import type { Location } from '@trunkline/contracts';

/** Where the devices of clients are kept, for all dialers. */
export interface LocationShelf {
  read(clientSid: string): Promise<Location | null>;
  /** By compare-and-set; null leaves it as it is. */
  change(clientSid: string, change: (before: Location) => Location | null): Promise<Location>;
}
