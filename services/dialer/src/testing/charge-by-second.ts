import { type Call, type Charge, noCharge } from '@trunkline/contracts';

/** A price list for tests: a dollar a second of completed calls. */
export function chargeBySecond({ status, durationSeconds }: Call): Charge {
  return status === 'completed' ? { price: `${durationSeconds}.00`, priceUnit: 'USD' } : noCharge('USD');
}
