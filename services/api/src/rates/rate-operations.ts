import { isSid, mintSid, type Rate } from '@trunkline/contracts';
import { ConflictError, type RateChanges } from '@trunkline/store';
import type { AccountPorts } from '../accounts/account-ports.js';
import { AlreadySetError, ForbiddenError, NotFoundError } from '../errors.js';
import { defineOperation, item, type Operation, type OperationRequest, page } from '../operation.js';
import { readPaging } from '../parameters/paging.js';
import { numberedPage } from '../represent/page.js';
import { newRateParameters, rateChangeParameters, rateListParameters } from './rate-parameters.js';
import { rateResource } from './rate-resource.js';

/** What rates work with. */
export type RatePorts = Pick<AccountPorts, 'table' | 'directory'>;

const RATES_PATH = '/Rates';
const RATE_PATH = '/Rates/{RateSid}';
const TAG = 'Rates';
const REFUSALS = {
  403: 'Only an account above it may do this',
  409: 'The account has a rate for that direction and prefix',
};

/** What the API can do with the prices of an account's calls. */
export function rateOperations(ports: RatePorts): Operation[] {
  return [createRate(ports), listRates(ports), getRate(ports), updateRate(ports), deleteRate(ports)];
}

function createRate({ table, directory }: RatePorts): Operation {
  return defineOperation({
    id: 'create-rate',
    method: 'post',
    path: RATES_PATH,
    tag: TAG,
    summary: 'Says what completed calls to the numbers with a prefix cost',
    description:
      'The longest prefix of the number called decides. Accounts below this one that have no rates of their own use these.',
    needs: 'write',
    form: newRateParameters,
    exampleForm: { Prefix: '44', PricePerMinute: '0.0125', IncrementSeconds: '60' },
    success: { status: 201, shows: rateResource },
    refusals: REFUSALS,
    async run({ caller, account, form }) {
      refuseOfItself({ caller, account });
      const rate = await orTaken(
        table.createRate({
          sid: mintSid('RT'),
          accountSid: account.sid,
          direction: form.Direction,
          prefix: form.Prefix,
          description: form.Description,
          currency: form.Currency ?? account.currency,
          connectionFee: form.ConnectionFee,
          pricePerMinute: form.PricePerMinute,
          incrementSeconds: form.IncrementSeconds,
        }),
      );
      await directory.put({ kind: 'rate', rate });
      return { status: 201, item: item(rateResource, rate) };
    },
  });
}

function listRates({ table }: RatePorts): Operation {
  return defineOperation({
    id: 'list-rates',
    method: 'get',
    path: RATES_PATH,
    tag: TAG,
    summary: 'The rates of the account, by direction and prefix',
    description: '`Prefix` finds the rates whose prefixes begin so.',
    needs: 'read',
    query: rateListParameters,
    success: { status: 200, shows: rateResource, list: true },
    async run({ account, query, kept, door }) {
      const { page: number, pageSize } = readPaging(query, door);
      const { Prefix: prefix, Direction: direction } = query;
      const filter = { ...(prefix && { prefix }), ...(direction && { direction }) };
      const { rates, total } = await table.listRatesOf(account.sid, filter, { page: number, pageSize });
      return {
        status: 200,
        page: page(rateResource, numberedPage({ items: rates, total, page: number, pageSize, kept })),
      };
    },
  });
}

function getRate({ table }: RatePorts): Operation {
  return defineOperation({
    id: 'get-rate',
    method: 'get',
    path: RATE_PATH,
    tag: TAG,
    summary: 'One rate',
    needs: 'read',
    success: { status: 200, shows: rateResource },
    async run({ account, path }) {
      const sid = readSid(path);
      return { status: 200, item: item(rateResource, found(await table.readRate(account.sid, sid), sid)) };
    },
  });
}

function updateRate({ table, directory }: RatePorts): Operation {
  return defineOperation({
    id: 'update-rate',
    method: 'post',
    path: RATE_PATH,
    tag: TAG,
    summary: 'Changes a rate, for calls that end from then on',
    needs: 'write',
    form: rateChangeParameters,
    exampleForm: { PricePerMinute: '0.01' },
    success: { status: 200, shows: rateResource },
    refusals: REFUSALS,
    async run({ caller, account, path, form }) {
      refuseOfItself({ caller, account });
      const sid = readSid(path);
      const changes: RateChanges = {
        ...(form.Prefix !== undefined && { prefix: form.Prefix }),
        ...(form.Direction !== undefined && { direction: form.Direction }),
        ...(form.Currency !== undefined && { currency: form.Currency }),
        ...(form.ConnectionFee !== undefined && { connectionFee: form.ConnectionFee }),
        ...(form.PricePerMinute !== undefined && { pricePerMinute: form.PricePerMinute }),
        ...(form.IncrementSeconds !== undefined && { incrementSeconds: form.IncrementSeconds }),
        ...(form.Description !== undefined && { description: form.Description }),
      };
      const rate = found(await orTaken(table.updateRate(account.sid, sid, changes)), sid);
      await directory.put({ kind: 'rate', rate });
      return { status: 200, item: item(rateResource, rate) };
    },
  });
}

function deleteRate({ table, directory }: RatePorts): Operation {
  return defineOperation({
    id: 'delete-rate',
    method: 'delete',
    path: RATE_PATH,
    tag: TAG,
    summary: 'Removes a rate, for calls that end from then on',
    needs: 'write',
    success: { status: 204 },
    refusals: { 403: REFUSALS[403] },
    async run({ caller, account, path }) {
      refuseOfItself({ caller, account });
      const sid = readSid(path);
      const rate = found(await table.deleteRate(account.sid, sid), sid);
      await directory.remove({ kind: 'rate', rate });
      return { status: 204 };
    },
  });
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

async function orTaken<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (cause) {
    if (!(cause instanceof ConflictError)) throw cause;
    throw new AlreadySetError('Prefix has a rate already in that direction', { cause });
  }
}

function readSid({ RateSid: given = '' }: Readonly<Record<string, string>>): string {
  return found(isSid('RT', given) ? `RT${given.slice(2).toLowerCase()}` : null, given);
}

function found<T extends Rate | string>(rate: T | null, sid: string): T {
  if (rate === null) throw new NotFoundError(`There is no rate ${sid.slice(0, 34)}`);
  return rate;
}
