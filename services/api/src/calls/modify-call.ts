import { BusUnavailableError, NoResponderError } from '@trunkline/bus';
import { type Call, type CallRecord, type EndCall, type Fence, isFinalStatus } from '@trunkline/contracts';
import { z } from 'zod';
import { CallEndedError, CallStateError, TryAgainError } from '../errors.js';
import { multiline, word } from '../parameters/kinds-of-value.js';
import { parameterSet } from '../parameters/parameter-set.js';
import type { CallPorts } from '../ports.js';
import { concludeCall, endInQueue } from './conclude-call.js';
import { getCall } from './get-call.js';
import { mintFence } from './mint-fence.js';

/** Which call, of whom, and what is to become of it. */
export interface ModifyRequest {
  accountSid: string;
  callSid: string;
  status: EndCall['status'];
}

/** What changes a call that goes on, at the original and its kin. */
const LIVE_CONTROL = [
  'Url',
  'Method',
  'Twiml',
  'FallbackUrl',
  'FallbackMethod',
  'StatusCallback',
  'StatusCallbackMethod',
  'StatusCallbackEvent',
  'TimeLimit',
  'MoveConnectedCallLeg',
  'Mute',
] as const;
const ONLY_ENDS = 'is not possible: this release can only end a call, with Status';

/** Whoever gives one means more than the end: nothing is done then. Long and with lines, as markup may be. */
function refused() {
  return multiline(Number.MAX_SAFE_INTEGER)
    .transform((given, context) => {
      context.addIssue({ code: 'custom', input: given, message: ONLY_ENDS, params: { code: 20001 } });
      return z.NEVER;
    })
    .optional()
    .describe('Refused: this release can only end a call.');
}

/** The form that ends a call. */
export const modifyParameters = parameterSet({
  ...(Object.fromEntries(LIVE_CONTROL.map((name) => [name, refused()])) as Record<
    (typeof LIVE_CONTROL)[number],
    ReturnType<typeof refused>
  >),
  Status: word(['canceled', 'completed'], 'must be canceled or completed').describe(
    '`canceled` ends a call that is not answered yet, `completed` ends it in any case.',
  ),
});

/**
 * Ends a call: a queued one by taking its fence, so that no dialer takes it any more; a live one by asking the dialer
 * that holds it. Resolves with the call as it is then: ended, or about to end.
 * @throws NotFoundError, CallEndedError, CallStateError (asked to cancel an answered call), or TryAgainError
 */
export async function modifyCall(
  ports: CallPorts,
  { accountSid, callSid, status }: ModifyRequest,
): Promise<Call> {
  const record = await getCall(ports, accountSid, callSid);
  refuseEnded(record);
  const { sid } = record.call;
  const fence = record.call.status === 'queued' ? await claim(ports, record) : await readHolder(ports, sid);
  if (fence === 'won') return cancel(ports, record);
  if (fence?.kind === 'dialer') {
    const call = await askDialer(ports, fence.owner, { callSid: sid, status });
    if (call) return call;
  }
  // Another api decided to cancel it. Should it have died before it said so, this says it: the event is the same.
  if (fence?.kind === 'api' && record.call.status === 'queued') return cancel(ports, record);
  refuseEnded(await getCall(ports, accountSid, sid));
  throw new TryAgainError('The call is ending by itself just now: read it again in a moment', RETRY_SECONDS);
}

function refuseEnded({ call }: CallRecord): void {
  if (isFinalStatus(call.status))
    throw new CallEndedError(`The call has ended already: it is ${call.status}`);
}

/** Who decides a call. */
type Holder = Pick<Fence, 'kind' | 'owner'>;

async function claim(ports: CallPorts, record: CallRecord): Promise<'won' | Holder> {
  const fence = mintFence(ports);
  try {
    const claimed = await ports.bus.fences.claim(record.call.sid, fence);
    return claimed.won ? 'won' : claimed.held;
  } catch (cause) {
    if (!(cause instanceof BusUnavailableError && cause.outcomeUnknown)) throw cause;
    // Perhaps nobody else can end the call any more.
    ports.finishCancel(record, fence);
    const message =
      'The call is about to be canceled, should no dialer have taken it: read it again in a moment';
    throw new TryAgainError(message, RETRY_SECONDS, { cause });
  }
}

async function readHolder({ bus }: CallPorts, callSid: string): Promise<Holder | null> {
  const claimed = await bus.fences.read(callSid);
  if (claimed) return claimed.fence;
  // The fence of a call that has lived longer than fences do is gone.
  const found = await bus.liveCalls.find(callSid);
  return found && { kind: 'dialer', owner: found.entry.owner };
}

/** Also `completed` ends an unanswered call as canceled: there was nothing to complete. */
async function cancel(ports: CallPorts, record: CallRecord): Promise<Call> {
  const event = endInQueue(ports, record);
  try {
    await concludeCall(ports, event);
  } catch (cause) {
    const message = 'The call will not be placed, but its end could not be recorded yet';
    throw new TryAgainError(message, RETRY_SECONDS, { cause });
  }
  return event.data;
}

const RETRY_SECONDS = 1;
/** A lost dialer's calls are taken over about 10 s after its last sign of life. */
const TAKEOVER_SECONDS = 10;

/** The call as it is ending, or null when that dialer does not hold it any more. */
async function askDialer(ports: CallPorts, dialerId: string, command: EndCall): Promise<Call | null> {
  const reply = await ports.bus.requestEndCall(dialerId, command).catch((cause) => {
    if (!(cause instanceof NoResponderError)) throw cause;
    const message = 'The process that held the call is gone: another is about to end the call';
    throw new TryAgainError(message, TAKEOVER_SECONDS, { cause });
  });
  if (reply.result === 'ending') return reply.call;
  if (reply.result === 'in-progress') {
    throw new CallStateError('The call is answered: it can be ended with Status=completed, but not canceled');
  }
  return null;
}
