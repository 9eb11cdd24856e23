import type { Call } from '@trunkline/contracts';
import { XMLParser } from 'fast-xml-parser';
import { callResource } from '../represent/call-resource.js';
import { DOOR_2010, DOOR_2012 } from '../represent/door.js';
import type { Page } from '../represent/page.js';
import type { Place } from '../represent/resource.js';
import { testRecord } from './test-call.js';

/** Calls, pages and places for tests of representations. */
export const SID = 'CA0193f2a0b1c27d3e8f4a5b6c7d8e9f03';
export const { call: queued } = testRecord({ sid: SID });
export const ended: Call = {
  ...queued,
  status: 'completed',
  ringTime: '2026-11-24T10:00:01.000Z',
  startTime: '2026-11-24T10:00:05.001Z',
  endTime: '2026-11-24T10:01:06.019Z',
  durationSeconds: 61,
  queueTimeMs: 12,
  price: '0.0120',
  priceUnit: 'USD',
  sipCode: 200,
  sipReason: 'OK',
  q850Cause: 16,
  hangupSide: 'remote',
  endReason: 'hangup',
  attempts: [
    {
      trunk: '10.0.0.1:5060',
      trunkSid: null,
      target: null,
      why: '',
      q850Cause: null,
      error: null,
      startedAt: '2026-11-24T10:00:00.012Z',
      endedAt: null,
      sipCode: 200,
      sipReason: 'OK',
      failure: null,
    },
  ],
  quality: { mos: 4.3, lossPercent: 0.1, jitterMs: 2 },
  metadata: { order: '17' },
};

export const at2012 = (extension: Place['extension']): Place => ({
  door: DOOR_2012,
  base: '/2012-04-24',
  extension,
});

export const BASE_2010 = `/2010-04-01/Accounts/${queued.accountSid}`;
export const at2010 = (extension: Place['extension']): Place => ({
  door: DOOR_2010,
  base: BASE_2010,
  extension,
});

export const callItem = (call: Call) => ({ resource: callResource as never, value: call });

/** The second of three pages of one call. */
export function callPage(changes: Partial<Page<Call>> = {}) {
  const page: Page<Call> = {
    items: [ended],
    page: 1,
    pageSize: 1,
    pageCount: 3,
    total: 3,
    start: 1,
    end: 1,
    kept: [['To', '+1&2']],
    previous: { page: 0, token: 'PB<x' },
    next: { page: 2, token: 'PAx' },
    ...changes,
  };
  return { resource: callResource as never, page };
}

export const EMPTY: Partial<Page<Call>> = {
  items: [],
  page: 0,
  pageCount: 0,
  total: 0,
  start: 0,
  end: 0,
  kept: [],
  previous: null,
  next: null,
};

export function parseXml(xml: string) {
  const options = {
    ignoreAttributes: false,
    attributeNamePrefix: '',
    parseTagValue: false,
    trimValues: false,
  };
  return new XMLParser(options).parse(xml);
}
