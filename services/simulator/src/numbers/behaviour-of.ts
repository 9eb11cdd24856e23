import type { Credentials } from '@trunkline/sip';
import type { Behaviour } from '../phone.js';
import { answerAtOnce, earlyMediaThenAnswer, ringThenAnswer } from './answer.js';
import { askCredentials } from './ask-credentials.js';
import { hangUpAndCallBack } from './call-back.js';
import { answerThenHangUp } from './hang-up.js';
import { refuse } from './refuse.js';
import { neverReply, ringForEver } from './ring-out.js';

/** A numbering plan: what a called number does is in its last four digits. README.md shows the same table. */
export function createNumberingPlan(credentials: Credentials): (calledNumber: string) => Behaviour {
  const ordinary = ringThenAnswer(1_000);
  const plan = new Map<string, Behaviour>([
    ['0001', ordinary],
    ['0002', refuse(486, 'Busy Here')],
    ['0003', ringForEver],
    ['0004', refuse(603, 'Decline')],
    ['0005', refuse(404, 'Not Found')],
    ['0006', refuse(503, 'Service Unavailable')],
    ['0007', answerAtOnce],
    ['0008', earlyMediaThenAnswer(2_000)],
    ['0009', answerThenHangUp(2_000)],
    ['0010', neverReply],
    ['0011', askCredentials(credentials, answerAtOnce)],
    ['0012', hangUpAndCallBack({ talkMs: 1_000, pauseMs: 1_000 })],
  ]);
  return (calledNumber) => plan.get(calledNumber.slice(-4)) ?? ordinary;
}
