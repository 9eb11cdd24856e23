import type { Call } from '@trunkline/contracts';
import type { CallHistory } from './call-history.js';

/** Tells, once the call is answered, which of its instructions are kept with it and carried out by no release so far. */
export function warnOfUndone({ instructions }: Call, history: CallHistory): void {
  const { sendDigits, record, machineDetection } = instructions;
  const undone = [
    sendDigits !== null && 'SendDigits: no keys are pressed',
    record !== null && 'Record: the call is not recorded',
    machineDetection !== null && 'MachineDetection: nobody finds out who answered',
  ];
  for (const what of undone)
    if (what) history.note('warning', { message: `${what}; this release does not do it` });
}
