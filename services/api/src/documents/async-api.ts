import {
  CALL_EVENTS,
  CALLS_STREAM,
  callEventSchema,
  callNoteSchema,
  NOTE_KINDS,
  NOTES_STREAM,
} from '@trunkline/contracts';
import { z } from 'zod';
import type { PublicDocument } from './public-document.js';

type Json = Readonly<Record<string, unknown>>;

let text: string | null = null;

/** The document as it is served, to any page: it is the same for everybody. */
export const asyncApiFile: PublicDocument = {
  path: '/asyncapi.json',
  contentType: 'application/json',
  headers: { 'Access-Control-Allow-Origin': '*', 'Cache-Control': 'no-cache' },
  read: () => {
    text ??= JSON.stringify(asyncApiDocument());
    return text;
  },
};

/**
 * What Trunkline publishes, as an AsyncAPI 3.0 document: events and notes on NATS, and the events over HTTP. It is made
 * from the schemas that the processes themselves read messages with.
 * @param serverUrl where the API is; a variable of the document when absent
 */
export function asyncApiDocument(serverUrl?: string): Json {
  return {
    asyncapi: '3.0.0',
    id: 'urn:trunkline:events',
    info: {
      title: 'Trunkline events',
      version: '1.0.0',
      description: DESCRIPTION,
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      nats: {
        host: '{nats}',
        protocol: 'nats',
        variables: { nats: { default: 'localhost:4222' } },
        description: `NATS. An account's subscriber may read the account's subjects and nothing else. The JetStream streams ${CALLS_STREAM} and ${NOTES_STREAM} behind them are the cluster's own.`,
        security: [reference('securitySchemes', 'natsUser')],
      },
      http: {
        ...httpServer(serverUrl),
        description: 'The REST API',
        security: [reference('securitySchemes', 'account')],
      },
    },
    channels: { callEvents, callNotes, accountStream, callStream },
    operations: {
      sendCallEvent: sends('callEvents', 'Publishes what happened to a call'),
      sendCallNote: sends('callNotes', 'Publishes what was done for a call, and what its owner should know'),
      streamCalls: {
        ...sends('accountStream', "Streams the account's events over HTTP"),
        bindings: HTTP_GET,
      },
      streamCall: {
        ...sends('callStream', "Streams one call's events over HTTP, to its last"),
        bindings: HTTP_GET,
      },
    },
    components,
  };
}

const DESCRIPTION = `Every state of every call, as CloudEvents 1.0 in JSON whose data is the whole call after the event.

Events of a call come in the order of their \`sequence\`, which begins with 1 and never falls; an event may come twice, with the same \`id\`. A call's last event has one of the statuses completed, busy, no-answer, canceled and failed; \`deleted\` may follow when its record is deleted. Notes may be lost; events are not.

What subscribers of NATS see is the event as the processes need it: a SIP password given for a call is in it as \`passwordSealed\`, which only they can open, and URLs are as they were given. Over HTTP the sealed password is left out, and so are the credentials in URLs.`;

function reference(kind: string, name: string): Json {
  return { $ref: `#/components/${kind}/${name}` };
}

function httpServer(serverUrl: string | undefined): Json {
  if (serverUrl === undefined) {
    return { host: '{api}', protocol: 'http', variables: { api: { default: 'localhost:8080' } } };
  }
  const { protocol, host, pathname } = new URL(serverUrl);
  return { host, protocol: protocol.slice(0, -1), ...(pathname !== '/' && { pathname }) };
}

function sends(channel: string, summary: string): Json {
  return { action: 'send', channel: { $ref: `#/channels/${channel}` }, summary };
}

const accountSid = { description: 'AC and 32 hex digits: whose calls' };

const callEvents: Json = {
  address: 'calls.{accountSid}.{event}',
  description: 'On NATS. `calls.<accountSid>.>` is everything of one account.',
  servers: [{ $ref: '#/servers/nats' }],
  parameters: {
    accountSid,
    event: { enum: [...CALL_EVENTS], description: 'What happened: `in-progress` is the answer' },
  },
  messages: { callEvent: reference('messages', 'callEvent') },
};

const callNotes: Json = {
  address: 'notes.{accountSid}.{kind}',
  description: 'On NATS. `notes.<accountSid>.>` is everything of one account.',
  servers: [{ $ref: '#/servers/nats' }],
  parameters: { accountSid, kind: { enum: [...NOTE_KINDS], description: 'What the note tells' } },
  messages: { callNote: reference('messages', 'callNote') },
};

const HTTP_GET: Json = { http: { method: 'GET', bindingVersion: '0.3.0' } };

const accountStream: Json = {
  address: '/2012-04-24/Accounts/{accountSid}/Calls/Stream',
  description:
    'Server-sent events: `id` is the place in the stream, `event` the name, `data` the CloudEvent on one line. The header Last-Event-ID, or the parameter LastEventId, resumes without a gap; where events are missing all the same a message with the name `gap` says so. Filters: Event, Status, Direction (several), To, From, Metadata.key. Also without an account in the path: `/2012-04-24/Calls/Stream`.',
  servers: [{ $ref: '#/servers/http' }],
  parameters: { accountSid },
  messages: { shownCallEvent: reference('messages', 'shownCallEvent'), gap: reference('messages', 'gap') },
};

const callStream: Json = {
  address: '/2012-04-24/Accounts/{accountSid}/Calls/{callSid}/Stream',
  description:
    'Server-sent events of one call from its first on; the server ends the stream after the last. Resumed as the stream of the account is; 204 when the reader has the last event already.',
  servers: [{ $ref: '#/servers/http' }],
  parameters: { accountSid, callSid: { description: 'CA and 32 hex digits' } },
  messages: { shownCallEvent: reference('messages', 'shownCallEvent'), gap: reference('messages', 'gap') },
};

const callEvent = schemaOf(callEventSchema);

const components: Json = {
  messages: {
    callEvent: {
      name: 'callEvent',
      title: 'Something happened to a call',
      contentType: 'application/cloudevents+json',
      payload: reference('schemas', 'callEvent'),
    },
    callNote: {
      name: 'callNote',
      title: 'Something was done for a call, or should be known of it',
      contentType: 'application/cloudevents+json',
      payload: reference('schemas', 'callNote'),
    },
    shownCallEvent: {
      name: 'shownCallEvent',
      title: 'Something happened to a call, as it is shown over HTTP',
      contentType: 'text/event-stream',
      payload: reference('schemas', 'shownCallEvent'),
    },
    gap: {
      name: 'gap',
      title: 'Events are missing here',
      contentType: 'text/event-stream',
      payload: reference('schemas', 'gap'),
    },
  },
  schemas: {
    callEvent,
    callNote: schemaOf(callNoteSchema),
    shownCallEvent: withoutSealedPassword(callEvent),
    gap: schemaOf(
      z.object({
        after: z.int().nullable().describe('The last event that the reader has'),
        message: z.string(),
      }),
    ),
  },
  securitySchemes: {
    natsUser: { type: 'userPassword', description: 'A user of the account, see infra/nats' },
    account: {
      type: 'http',
      scheme: 'basic',
      description: "The account's Sid or email and its token, or an API key and its secret",
    },
  },
};

/** AsyncAPI's own schema format is a superset of JSON Schema draft 7. */
function schemaOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'output' });
  return rest;
}

/** The same schema without what is not shown over HTTP; see streams/public-event.ts. */
function withoutSealedPassword(schema: Json): Json {
  return JSON.parse(JSON.stringify(schema), (key, value) => {
    if (key === 'properties' && value.passwordSealed) {
      const { passwordSealed: _, ...rest } = value;
      return rest;
    }
    return key === 'required' && Array.isArray(value)
      ? value.filter((name) => name !== 'passwordSealed')
      : value;
  });
}
