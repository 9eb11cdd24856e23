import type { Call } from '@trunkline/contracts';
import type { CallControl, FetchedMarkup, MarkupRequest } from '@trunkline/rcml';
import type { WebhookClient, WebhookOutcome, WebhookResponse } from '@trunkline/webhook';
import { MarkupStatusError } from '../errors.js';
import type { CallHistory } from './call-history.js';
import type { CallLog } from './call-log.js';
import type { Exchange, MarkupFaults } from './markup-faults.js';

/** What requests for markup go through. */
export interface FetchOptions {
  client: Pick<WebhookClient, 'send'>;
  /** The token that signs what is sent to an account's servers; null when it is not known. */
  tokenOf: (accountSid: string) => string | null;
  log: CallLog;
  /** Told of each request for markup: whether it brought any. */
  onFetched: (result: 'ok' | 'failed') => void;
}

/** A call whose markup is run. */
export interface MarkupSubject {
  call: () => Call;
  history: CallHistory;
  /** What answers or refuses it. Absent for a call that we placed: its markup begins with the answer. */
  line?: CallLine;
}

export type CallLine = Pick<CallControl, 'isAnswered' | 'answer' | 'reject'>;

/** Makes what fetches one call's documents: signed, and each request with its outcome noted. */
export function createMarkupFetcher(
  subject: MarkupSubject,
  faults: MarkupFaults,
  options: FetchOptions,
): (request: MarkupRequest, signal: AbortSignal) => Promise<FetchedMarkup> {
  const { log, onFetched } = options;
  return async (request, signal) => {
    const told = (exchange: Exchange) => {
      faults.page = exchange;
      subject.history.note('markup-request', exchange);
    };
    try {
      const response = await ask(request, { call: subject.call(), signal, told }, options);
      onFetched('ok');
      return { url: response.url, contentType: response.contentType, body: response.body };
    } catch (error) {
      if (!signal.aborted) {
        onFetched('failed');
        faults.tell(error as Error);
        const server = URL.parse(request.url)?.origin ?? null;
        log.warn({ callSid: subject.call().sid, server, err: error }, 'markup could not be fetched');
      }
      throw error;
    }
  };
}

/** @throws WebhookError, MarkupStatusError */
async function ask(
  { url, method }: MarkupRequest,
  { call, signal, told }: { call: Call; signal: AbortSignal; told: (exchange: Exchange) => void },
  { client, tokenOf }: FetchOptions,
): Promise<WebhookResponse> {
  const request = { method, url: withoutCredentials(url), event: null, attempt: 1 };
  const onOutcome = (response: WebhookOutcome) => told({ request, response });
  const signingToken = tokenOf(call.accountSid);
  const response = await client.send({
    url,
    method,
    params: markupParams(call),
    signal,
    signingToken,
    onOutcome,
  });
  if (response.status < 200 || response.status > 299)
    throw new MarkupStatusError(response.url, response.status);
  return response;
}

/** A URL as its owner may see it in the call's history. One that is none is not repeated. */
function withoutCredentials(text: string): string {
  const url = URL.parse(text);
  if (url === null) return '';
  url.username = '';
  url.password = '';
  return url.href;
}

/** The parameters of every request for markup (Restcomm's set, and what is new); what is not known is left out. */
function markupParams(call: Call): [string, string][] {
  const known: [string, string | null][] = [
    ['CallSid', call.sid],
    ['AccountSid', call.accountSid],
    ['From', call.from],
    ['To', call.to],
    ['CallStatus', call.status],
    ['ApiVersion', call.apiVersion],
    ['Direction', call.direction],
    ['CallerName', call.callerName],
    ['ForwardedFrom', call.forwardedFrom],
    ['ParentCallSid', call.parentCallSid],
    ['CallTimestamp', call.dateCreated],
    ['AnsweredBy', call.answeredBy],
    ['Metadata', metadataText(call)],
  ];
  const headers = Object.entries(call.sipHeaders).map(
    ([name, value]) => [`SipHeader_${name}`, value] as const,
  );
  return [...known, ...headers].filter((param): param is [string, string] => param[1] !== null);
}

/** JSON; null when there is none. */
function metadataText({ metadata }: Call): string | null {
  return Object.keys(metadata).length > 0 ? JSON.stringify(metadata) : null;
}
