import { describe, expect, test } from 'vitest';
import type { CallControl, FetchedMarkup, MarkupRequest, MarkupWarning } from './call-control.js';
import { FallbackFailedError, MarkupError, RedirectLoopError } from './errors.js';
import { runScript, type Script, type ScriptEnd } from './interpreter.js';

/** A call whose customer's server is a table; it keeps what was asked of it, in order. */
function createCall(documents: Record<string, string | Error>) {
  const log: string[] = [];
  const warnings: MarkupWarning[] = [];
  const stop = new AbortController();
  const control: CallControl = {
    async fetchMarkup(request, signal): Promise<FetchedMarkup> {
      signal.throwIfAborted();
      log.push(`${request.method} ${request.url}`);
      const document = documents[request.url] ?? new Error(`404 for ${request.url}`);
      if (document instanceof Error) throw document;
      return { url: request.url, contentType: 'text/xml', body: document };
    },
    isAnswered: () => true,
    answer: async () => {},
    reject: async () => {},
    async pause(seconds, signal) {
      signal.throwIfAborted();
      log.push(`pause ${seconds}`);
    },
    warn: (warning) => warnings.push(warning),
  };
  const run = (fallback: MarkupRequest | null = null): Promise<ScriptEnd> => {
    const script: Script = { start: { url: 'http://shop.test/a/start', method: 'POST' }, fallback };
    return runScript(script, control, stop.signal);
  };
  return { control, log, warnings, stop, run };
}

const START = 'http://shop.test/a/start';
const FALLBACK: MarkupRequest = { url: 'http://spare.test/', method: 'GET' };

const atEnd: ScriptEnd = { kind: 'ended', by: 'end-of-document' };
const byHangup: ScriptEnd = { kind: 'ended', by: 'hangup' };

function errorOf(end: ScriptEnd): Error {
  if (end.kind !== 'failed') throw new Error(`the script ${end.kind}`);
  return end.error;
}

describe('a document', () => {
  test('that is empty ends the call', async () => {
    const call = createCall({ [START]: '<Response/>' });
    expect(await call.run()).toEqual(atEnd);
    expect(call.log).toEqual([`POST ${START}`]);
    expect(call.warnings).toEqual([]);
  });

  test('is obeyed in its order until Hangup', async () => {
    const call = createCall({
      [START]: '<Response><Pause length="2"/><Pause/><Hangup/><Pause length="9"/></Response>',
    });
    expect(await call.run()).toEqual(byHangup);
    expect(call.log).toEqual([`POST ${START}`, 'pause 2', 'pause 1']);
  });

  test('has verbs not built yet and unknown ones skipped, with what is in them, and told', async () => {
    const call = createCall({
      [START]: '<Response>\n<Gather><Pause/><Hangup/></Gather>\n<pause/>\nhello<Pause/></Response>',
    });
    expect(await call.run()).toEqual(atEnd);
    expect(call.log).toEqual([`POST ${START}`, 'pause 1']);
    expect(call.warnings).toEqual([
      { verb: 'Response', message: 'text outside of a verb is ignored', line: 1 },
      { verb: 'Gather', message: 'this release does not do it: skipped', line: 2 },
      { verb: 'pause', message: 'no such verb: skipped', line: 3 },
    ]);
  });

  test('full of mistakes does not fill the log', async () => {
    const call = createCall({ [START]: `<Response>${'<Oops/>'.repeat(900)}</Response>` });
    expect(await call.run()).toEqual(atEnd);
    expect(call.warnings).toHaveLength(100);
    expect(call.warnings.at(-1)?.message).toMatch(/no more warnings/);
  });
});

describe('Pause', () => {
  test.each([
    ['0', []],
    ['007', ['pause 7']],
    ['86400', ['pause 86400']],
  ])('takes length %s', async (length, expected) => {
    const call = createCall({ [START]: `<Response><Pause length="${length}"/></Response>` });
    await call.run();
    expect(call.log.slice(1)).toEqual(expected);
    expect(call.warnings).toEqual([]);
  });

  test.each(['', '-1', '1.5', '1e3', 'NaN', '٣', '5s', '0x10'])(
    'takes its default for the length %j and warns',
    async (length) => {
      const call = createCall({ [START]: `<Response><Pause length="${length}"/></Response>` });
      await call.run();
      expect(call.log.slice(1)).toEqual(['pause 1']);
      expect(call.warnings[0]?.message).toMatch(/whole number of seconds/);
    },
  );

  test('is bounded', async () => {
    const call = createCall({ [START]: `<Response><Pause length="${'9'.repeat(400)}"/></Response>` });
    await call.run();
    expect(call.log.slice(1)).toEqual(['pause 86400']);
    expect(call.warnings).toHaveLength(1);
  });

  test('warns of an attribute that it does not have', async () => {
    const call = createCall({ [START]: '<Response><Pause Length="5"/></Response>' });
    await call.run();
    expect(call.log.slice(1)).toEqual(['pause 1']);
    expect(call.warnings[0]?.message).toBe('it has no attribute Length: ignored');
  });
});

describe('Redirect', () => {
  test.each([
    ['<Redirect>next?x=1&amp;y=2</Redirect>', 'POST http://shop.test/a/next?x=1&y=2'],
    ['<Redirect method="get">/b</Redirect>', 'GET http://shop.test/b'],
    ['<Redirect method="Post"> ../c </Redirect>', 'POST http://shop.test/c'],
    ['<Redirect>//other.test/d</Redirect>', 'POST http://other.test/d'],
    ['<Redirect>https://other.test:8443/e</Redirect>', 'POST https://other.test:8443/e'],
    ['<Redirect>?again</Redirect>', `POST ${START}?again`],
  ])('of %s asks for %s', async (element, request) => {
    const call = createCall({ [START]: `<Response>${element}<Hangup/></Response>` });
    await call.run();
    expect(call.log[1]).toBe(request);
  });

  test('resolves against the URL that the last document came from in the end', async () => {
    const call = createCall({ 'http://cdn.test/x/two': '<Response/>' });
    const { fetchMarkup } = call.control;
    call.control.fetchMarkup = async (request, signal) =>
      request.url === START
        ? {
            url: 'http://cdn.test/x/one',
            contentType: null,
            body: '<Response><Redirect>two</Redirect></Response>',
          }
        : fetchMarkup(request, signal);
    expect(await call.run()).toEqual(atEnd);
    expect(call.log).toEqual(['POST http://cdn.test/x/two']);
  });

  test('without a URL is skipped with a warning', async () => {
    const call = createCall({ [START]: '<Response><Redirect> </Redirect><Hangup/></Response>' });
    expect(await call.run()).toEqual(byHangup);
    expect(call.warnings).toEqual([
      { verb: 'Redirect', message: 'there is no URL in it: it is skipped', line: 1 },
    ]);
  });

  test('with another method warns and uses POST', async () => {
    const call = createCall({
      [START]: '<Response><Redirect method="DELETE">/b</Redirect></Response>',
      'http://shop.test/b': '<Response/>',
    });
    expect(await call.run()).toEqual(atEnd);
    expect(call.log[1]).toBe('POST http://shop.test/b');
    expect(call.warnings).toHaveLength(1);
  });

  test.each(['javascript:alert(1)', 'file:///etc/passwd', 'http://', 'http://h:99999/', 'sip:secret@h'])(
    'to %s fails, and the message does not repeat it',
    async (url) => {
      const call = createCall({ [START]: `<Response>\n<Redirect>${url}</Redirect></Response>` });
      const error = errorOf(await call.run(FALLBACK));
      expect(error).toBeInstanceOf(MarkupError);
      expect(error.message).toBe('line 2: the text of Redirect is not an http or https URL');
      expect(call.log).toHaveLength(1);
    },
  );

  test('that leads nowhere fails without the fallback', async () => {
    const call = createCall({ [START]: '<Response><Redirect>/gone</Redirect></Response>' });
    expect(errorOf(await call.run(FALLBACK)).message).toBe('404 for http://shop.test/gone');
    expect(call.log).toEqual([`POST ${START}`, 'POST http://shop.test/gone']);
  });

  test('in a circle is slowed down and then fails', async () => {
    const call = createCall({
      [START]: '<Response><Pause length="0"/><Redirect/><Redirect>start</Redirect></Response>',
    });
    expect(errorOf(await call.run())).toBeInstanceOf(RedirectLoopError);
    expect(call.log.filter((line) => line.startsWith('POST'))).toHaveLength(100);
    expect(call.log.slice(0, 10).includes('pause 1')).toBe(false);
    expect(call.log.slice(10, 14)).toEqual(['pause 1', `POST ${START}`, 'pause 1', `POST ${START}`]);
  });

  test('in a circle with a Pause goes on for as long as the call', async () => {
    const call = createCall({ [START]: '<Response><Pause/><Redirect>start</Redirect></Response>' });
    const { fetchMarkup } = call.control;
    let fetched = 0;
    call.control.fetchMarkup = (request, signal) => {
      fetched += 1;
      if (fetched === 500) call.stop.abort();
      return fetchMarkup(request, signal);
    };
    expect(await call.run()).toEqual({ kind: 'stopped' });
    expect(fetched).toBe(500);
  });
});

describe('the fallback', () => {
  test.each([new Error('timed out'), '<Response>', '', '<html/>', '<Response><Say>a & b</Say></Response>'])(
    'is used once when the first document is %s',
    async (first) => {
      const call = createCall({ [START]: first, [FALLBACK.url]: '<Response><Hangup/></Response>' });
      expect(await call.run(FALLBACK)).toEqual(byHangup);
      expect(call.log).toEqual([`POST ${START}`, `GET ${FALLBACK.url}`]);
      expect(call.warnings[0]?.message).toMatch(/^the fallback is used: /);
      expect(call.warnings[0]?.cause).toBeInstanceOf(Error);
    },
  );

  test('failing too ends in failure that tells both', async () => {
    const call = createCall({ [START]: new Error('timed out'), [FALLBACK.url]: '<html/>' });
    const error = errorOf(await call.run(FALLBACK));
    expect(error).toBeInstanceOf(FallbackFailedError);
    expect(error.message).toMatch(/timed out.*root is <html>/);
    expect(error.cause).toBeInstanceOf(MarkupError);
  });

  test('being absent, the first failure is the error', async () => {
    const failure = new Error('timed out');
    expect(await createCall({ [START]: failure }).run()).toEqual({ kind: 'failed', error: failure });
  });
});

describe('markup that came with the call', () => {
  const runInline = (markup: string, documents: Record<string, string> = {}, fallback = FALLBACK) => {
    const call = createCall(documents);
    return { call, end: runScript({ start: { markup }, fallback }, call.control, call.stop.signal) };
  };

  test('is obeyed without a request, and its Redirect leads on', async () => {
    const { call, end } = runInline(`<Response><Pause/><Redirect>${START}</Redirect></Response>`, {
      [START]: '<Response><Hangup/></Response>',
    });
    expect(await end).toEqual(byHangup);
    expect(call.log).toEqual(['pause 1', `POST ${START}`]);
  });

  test('that cannot be read gives way to the fallback', async () => {
    const { call, end } = runInline('<Response>', { [FALLBACK.url]: '<Response><Hangup/></Response>' });
    expect(await end).toEqual(byHangup);
    expect(call.log).toEqual([`GET ${FALLBACK.url}`]);
    expect(call.warnings[0]?.cause).toBeInstanceOf(MarkupError);
  });

  test('knows no place that a relative URL could start from', async () => {
    const { call, end } = runInline('<Response><Redirect>/next</Redirect></Response>');
    expect(errorOf(await end).message).toBe(
      'line 1: a relative URL in Redirect: markup without a URL of its own needs absolute ones',
    );
    expect(call.log).toEqual([]);
  });

  test.each(['javascript:alert(1)', 'http://'])('may redirect to no %s', async (url) => {
    const { end } = runInline(`<Response><Redirect>${url}</Redirect></Response>`);
    expect(errorOf(await end).message).toMatch(/not an http or https URL/);
  });
});

describe('the signal', () => {
  test('before the start stops the script before it asks for anything', async () => {
    const call = createCall({ [START]: '<Response/>' });
    call.stop.abort();
    expect(await call.run(FALLBACK)).toEqual({ kind: 'stopped' });
    expect(call.log).toEqual([]);
  });

  test('during a Pause stops there', async () => {
    const call = createCall({ [START]: '<Response><Pause/><Redirect>/b</Redirect></Response>' });
    call.control.pause = async (_seconds, signal) => {
      call.stop.abort(new Error('the phone hung up'));
      signal.throwIfAborted();
    };
    expect(await call.run()).toEqual({ kind: 'stopped' });
    expect(call.log).toHaveLength(1);
  });

  test('during the first fetch does not ask for the fallback', async () => {
    const call = createCall({});
    call.control.fetchMarkup = async () => {
      call.stop.abort();
      throw new Error('aborted');
    };
    expect(await call.run(FALLBACK)).toEqual({ kind: 'stopped' });
    expect(call.warnings).toEqual([]);
  });
});

test('a port that fails in an unforeseen way fails the script, never the process', async () => {
  const call = createCall({ [START]: '<Response><Pause/></Response>' });
  call.control.pause = () => {
    throw 'not even an Error';
  };
  expect(errorOf(await call.run()).message).toBe('not even an Error');
});
