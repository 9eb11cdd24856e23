import type { CallRecord } from '@trunkline/contracts';
import { type CallFilter, type CallPage, type PageRequest, StoreUnavailableError } from '@trunkline/store';
import type { CallHistory } from '../ports.js';

/** Call history that a test writes, and that can be switched off. It knows the filters `to` and `from`. */
export class InMemoryHistory implements CallHistory {
  readonly records = new Map<string, CallRecord>();
  isAway = false;

  add(...records: CallRecord[]): void {
    for (const record of records) this.records.set(record.call.sid, record);
  }

  async readCall(accountSid: string, callSid: string): Promise<CallRecord | null> {
    this.refuseWhenAway();
    const record = this.records.get(callSid);
    return record?.call.accountSid === accountSid ? record : null;
  }

  async listCalls(
    accountSid: string,
    filter: CallFilter,
    { page, pageSize }: PageRequest,
  ): Promise<CallPage> {
    this.refuseWhenAway();
    const calls = [...this.records.values()]
      .map(({ call }) => call)
      .filter((call) => call.accountSid === accountSid)
      .filter((call) => filter.to?.includes(call.to) ?? true)
      .filter((call) => filter.from?.includes(call.from) ?? true)
      .sort((a, b) => (a.sid < b.sid ? 1 : -1));
    return { calls: calls.slice(page * pageSize, (page + 1) * pageSize), total: calls.length };
  }

  private refuseWhenAway(): void {
    if (this.isAway) throw new StoreUnavailableError('Postgres is away');
  }
}
