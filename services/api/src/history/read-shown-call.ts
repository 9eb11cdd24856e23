import type { CallRecord } from '@trunkline/contracts';
import { getCall, type ReadPorts } from '../calls/get-call.js';
import { NotFoundError } from '../errors.js';
import type { OperationRequest } from '../operation.js';

type Asked = Pick<OperationRequest<unknown, unknown>, 'account' | 'path'>;

/** The call in the path, of the account that is meant. @throws NotFoundError, also when its record was deleted */
export async function readShownCall(ports: ReadPorts, { account, path }: Asked): Promise<CallRecord> {
  const record = await getCall(ports, account.sid, path.CallSid ?? '');
  if (record.call.dateDeleted !== null) throw new NotFoundError('There is no such call');
  return record;
}
