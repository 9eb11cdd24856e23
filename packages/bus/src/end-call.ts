import { type EndCall, type EndCallReply, endCallReplySchema, endCallSchema } from '@trunkline/contracts';
import { ErrorCode, type Msg, NatsError } from 'nats';
import { BusUnavailableError, NoResponderError } from './errors.js';
import { encode, parseJson } from './json-bucket.js';
import type { Link } from './link.js';

const REPLY_TIMEOUT_MS = 2_000;
/** Is no EndCallReply, so that the asker learns at once that there will be none. */
const NO_REPLY = '{}';

/** @throws NoResponderError, BusUnavailableError, MalformedMessageError */
export async function requestEndCall(link: Link, subject: string, command: EndCall): Promise<EndCallReply> {
  const reply = await link.ask(`${subject} ${command.callSid}`, () => ask(link, subject, command));
  if (reply === null) throw new NoResponderError(`nobody takes ${subject}`);
  return parseJson(`the reply to ${subject}`, reply.string(), endCallReplySchema);
}

/** Null when nobody takes the command. */
async function ask(link: Link, subject: string, command: EndCall): Promise<Msg | null> {
  try {
    return await link.nats.request(subject, encode(command), { timeout: REPLY_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof NatsError)) throw error;
    if (error.code === ErrorCode.NoResponders) return null;
    if (error.code !== ErrorCode.Timeout) throw error;
    throw new BusUnavailableError(`no reply to ${subject}`, { cause: error, outcomeUnknown: true });
  }
}

/** Answers every command, also one that is malformed or that the handler fails at. */
export function serveEndCall(
  link: Link,
  subject: string,
  on: { handler: (command: EndCall) => EndCallReply; onError: (error: Error) => void },
): { stop(): void } {
  const subscription = link.nats.subscribe(subject, {
    callback: (error, message) => {
      if (error) {
        on.onError(error);
        return;
      }
      try {
        message.respond(encode(on.handler(parseJson(subject, message.string(), endCallSchema))));
      } catch (failure) {
        on.onError(failure as Error);
        message.respond(NO_REPLY);
      }
    },
  });
  return {
    stop: () => {
      if (!link.nats.isClosed()) subscription.unsubscribe();
    },
  };
}
