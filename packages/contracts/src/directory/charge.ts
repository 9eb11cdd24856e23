import Big from 'big.js';
import type { Call } from '../call.js';
import type { Rate } from './rate.js';

/** What a call costs. */
export type Charge = Pick<Call, 'price' | 'priceUnit'>;

const SECONDS_PER_MINUTE = 60;
/** Digits after the point; beyond them the half is rounded up. */
const MAX_SCALE = 5;
const MIN_SCALE = 2;

/** What a call that nobody is to pay for costs: it was not completed, or no rate is for its number. */
export function noCharge(currency: string): Charge {
  return { price: '0.00', priceUnit: currency };
}

/**
 * The price of a completed call: the connection fee, and its talk in begun increments. Computed in decimal numbers, and
 * rounded once, at the end, to 5 digits after the point.
 */
export function chargeOf(talkSeconds: number, rate: Rate): Charge {
  const increments = Math.ceil(talkSeconds / rate.incrementSeconds);
  const perMinute = new Big(rate.pricePerMinute).times(increments * rate.incrementSeconds);
  const price = perMinute.div(SECONDS_PER_MINUTE).plus(rate.connectionFee).round(MAX_SCALE, Big.roundHalfUp);
  const scale = Math.max(MIN_SCALE, decimalsOf(price));
  return { price: price.toFixed(scale), priceUnit: rate.currency };
}

function decimalsOf(number: Big): number {
  return number.toFixed().split('.')[1]?.length ?? 0;
}
