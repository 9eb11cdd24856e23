import type { Rate } from '@trunkline/contracts';
import type { AccountPorts } from '../accounts/account-ports.js';
import { ForbiddenError } from '../errors.js';
import type { Operation, OperationRequest } from '../operation.js';
import type { OwnedKind } from '../owned/owned-kind.js';
import { ownedOperations } from '../owned/owned-operations.js';
import {
  type NewRateForm,
  newRateParameters,
  type RateChangeForm,
  type RateListQuery,
  rateChangeParameters,
  rateListParameters,
} from './rate-parameters.js';
import { rateResource } from './rate-resource.js';

/** What rates work with. */
export type RatePorts = Pick<AccountPorts, 'table' | 'directory'>;

type RateKind = OwnedKind<Rate, Rate, NewRateForm, RateChangeForm, RateListQuery>;

/** What the API can do with the prices of an account's calls. */
export function rateOperations({ table, directory }: RatePorts): Operation[] {
  const kind: RateKind = {
    thing: { prefix: 'RT', parameter: 'RateSid', noun: 'rate' },
    path: '/Rates',
    tag: 'Rates',
    resource: rateResource,
    told: TOLD,
    forms: { new: newRateParameters, change: rateChangeParameters, list: rateListParameters },
    rows: rateRows(table),
    taken: { message: 'Prefix has a rate already in that direction' },
  };
  return ownedOperations(kind, directory);
}

const REFUSALS = {
  403: 'Only an account above it may do this',
  409: 'The account has a rate for that direction and prefix',
};

const TOLD: RateKind['told'] = {
  create: {
    summary: 'Says what completed calls to the numbers with a prefix cost',
    description:
      'The longest prefix of the number called decides. Accounts below this one that have no rates of their own use these.',
    exampleForm: { Prefix: '44', PricePerMinute: '0.0125', IncrementSeconds: '60' },
    refusals: REFUSALS,
  },
  list: {
    summary: 'The rates of the account, by direction and prefix',
    description: '`Prefix` finds the rates whose prefixes begin so.',
  },
  get: { summary: 'One rate' },
  update: {
    summary: 'Changes a rate, for calls that end from then on',
    exampleForm: { PricePerMinute: '0.01' },
    refusals: REFUSALS,
  },
  delete: {
    summary: 'Removes a rate, for calls that end from then on',
    refusals: { 403: REFUSALS[403] },
  },
};

function rateRows(table: RatePorts['table']): RateKind['rows'] {
  return {
    async create(request, sid) {
      refuseOfItself(request);
      const { account, form } = request;
      return table.createRate({
        ...{ sid, accountSid: account.sid, direction: form.Direction, prefix: form.Prefix },
        description: form.Description,
        currency: form.Currency ?? account.currency,
        connectionFee: form.ConnectionFee,
        pricePerMinute: form.PricePerMinute,
        incrementSeconds: form.IncrementSeconds,
      });
    },
    async list({ account, query }, page) {
      const { Prefix: prefix, Direction: direction } = query;
      const filter = { ...(prefix && { prefix }), ...(direction && { direction }) };
      const { rates: items, total } = await table.listRatesOf(account.sid, filter, page);
      return { items, total };
    },
    read: (accountSid, sid) => table.readRate(accountSid, sid),
    async update(request, sid) {
      refuseOfItself(request);
      const { account, form } = request;
      return table.updateRate(account.sid, sid, {
        ...(form.Prefix !== undefined && { prefix: form.Prefix }),
        ...(form.Direction !== undefined && { direction: form.Direction }),
        ...(form.Currency !== undefined && { currency: form.Currency }),
        ...(form.ConnectionFee !== undefined && { connectionFee: form.ConnectionFee }),
        ...(form.PricePerMinute !== undefined && { pricePerMinute: form.PricePerMinute }),
        ...(form.IncrementSeconds !== undefined && { incrementSeconds: form.IncrementSeconds }),
        ...(form.Description !== undefined && { description: form.Description }),
      });
    },
    async delete(request, sid) {
      refuseOfItself(request);
      return table.deleteRate(request.account.sid, sid);
    },
    show: (rate) => rate,
    entryOf: (rate) => ({ kind: 'rate', rate }),
  };
}

/** What an account pays to the one above it, it does not decide itself. */
function refuseOfItself({
  caller,
  account,
}: Pick<OperationRequest<unknown, unknown>, 'caller' | 'account'>): void {
  if (account.parentSid !== null && account.sid === caller.account.sid) {
    throw new ForbiddenError('Rates are changed by an account above this one');
  }
}
