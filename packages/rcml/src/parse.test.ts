import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MarkupError } from './errors.js';
import { MARKUP_LIMITS, parseMarkup } from './parse.js';

function complaintAbout(body: string, contentType: string | null = null): string {
  try {
    parseMarkup(body, contentType);
  } catch (error) {
    if (error instanceof MarkupError) return error.message;
    throw error;
  }
  return 'no complaint';
}

describe('a good document', () => {
  test('becomes a tree with trimmed texts and attributes, and lines', () => {
    const response = parseMarkup(
      '<?xml version="1.0" encoding="UTF-8"?>\n<Response>\n  <Pause\n    length=" 2 "/>\n  <Redirect> a </Redirect>\n</Response>',
      'text/xml',
    );
    expect(response.children.map(({ name, text, line }) => ({ name, text, line }))).toEqual([
      { name: 'Pause', text: '', line: 3 },
      { name: 'Redirect', text: 'a', line: 5 },
    ]);
    expect(response.children[0]?.attributes.get('length')).toBe('2');
  });

  test('may hold entities of XML itself, CDATA, comments, a byte order mark and instructions', () => {
    const response = parseMarkup(
      '\uFEFF<?xml version="1.0"?><!-- a & b --><Response><Redirect>http://h/?a=1&amp;b=<![CDATA[2&c=3]]></Redirect></Response>',
      'application/xml',
    );
    expect(response.children[0]?.text).toBe('http://h/?a=1&b=2&c=3');
  });

  test.each([null, 'text/xml; charset=utf-8', 'application/rcml+xml', 'text/plain', 'application/json', ''])(
    'is read whatever its content type: %s',
    (contentType) => {
      expect(parseMarkup('<Response/>', contentType).name).toBe('Response');
    },
  );

  test('keeps attributes with the names of object properties apart from the object', () => {
    const response = parseMarkup('<Response __proto__="x" constructor="y"/>', null);
    expect([...response.attributes]).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ]);
  });
});

describe('a bare &', () => {
  test.each([
    '<Response>\n<Redirect>http://h/?a=1&b=2</Redirect></Response>',
    '<Response>\n<Redirect>http://h/?a=1&b=2;</Redirect></Response>',
    '<Response>\n<Redirect>http://h/?a=1&amp;b&</Redirect></Response>',
    '<Response>\n<Say voice="a&b">x</Say></Response>',
    '<Response>\n<Say>&nbsp;</Say></Response>',
    '<Response>\n<Say>Tom & Jerry',
  ])('is told with its line and how to mend it: %j', (body) => {
    expect(complaintAbout(body)).toMatch(/^line 2: a bare & is not allowed: write it as &amp;, in URLs too/);
  });

  test('is not blamed for a fault before it, nor when it is only text', () => {
    expect(complaintAbout('<Response></Wrong>\n<Say>a & b</Say></Response>')).toMatch(
      /^line 1: unexpected close tag/,
    );
    expect(complaintAbout('<Response><!-- & --><![CDATA[&]]>\n</Wrong>')).toMatch(
      /^line 2: unexpected close tag/,
    );
  });
});

describe('a bad document', () => {
  test.each([
    ['', 'the document is empty'],
    [' \n ', 'the document is empty'],
    ['hello', 'line 1: text data outside of root node'],
    ['<html>\n<body/></html>', "line 1: the document's root is <html>, but must be <Response>"],
    ['<response/>', "line 1: the document's root is <response>, but must be <Response>"],
    ['<Response>\n<Say>', 'line 2: unclosed tag: Say'],
    ['<Response/>\n<Response/>', 'line 2: documents may contain only one root'],
    ['\n<?xml version="1.0"?><Response/>', 'line 2: an XML declaration must be at the start of the document'],
    ['<Response><Pause length=1/></Response>', 'line 1: unquoted attribute value'],
    ['<Response a="1" a="2"/>', 'line 1: duplicate attribute: a'],
    ['<Response>\0</Response>', 'line 1: disallowed character'],
    ['<Response>&#0;</Response>', 'line 1: malformed character entity'],
    ['<!DOCTYPE Response SYSTEM "file:///etc/passwd"><Response/>', 'line 1: a DOCTYPE is not allowed'],
  ])('is refused with what is wrong: %j', (body, complaint) => {
    expect(complaintAbout(body)).toBe(complaint);
  });

  test('tells the content type when that is not XML, and keeps the line', () => {
    expect(complaintAbout('{"a":1}', 'application/json')).toBe(
      'line 1: text data outside of root node (the document came as application/json)',
    );
    expect(complaintAbout('{"a":1}', 'text/xml')).toBe('line 1: text data outside of root node');
  });
});

describe('a hostile document', () => {
  test('with a billion laughs is refused before any of them', () => {
    const levels = Array.from(
      { length: 9 },
      (_, n) => `<!ENTITY lol${n + 1} "${`&lol${n};`.repeat(10)}">`,
    ).join('');
    const body = `<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol0 "lol">${levels}]><Response>&lol9;</Response>`;
    expect(complaintAbout(body)).toBe('line 1: a DOCTYPE is not allowed');
  });

  test.each([
    ['1 MB', `<Response>${' '.repeat(2 ** 20)}</Response>`, /longer than 262144 characters/],
    ['deep nesting', `<Response>${'<a>'.repeat(80_000)}`, /nested deeper than 16/],
    ['very many elements', `<Response>${'<a/>'.repeat(60_000)}</Response>`, /more than 1000 elements/],
    [
      'very many attributes',
      `<Response ${Array.from({ length: 9999 }, (_, n) => `a${n}="1"`).join(' ')}/>`,
      /more than 32 attributes/,
    ],
    ['a huge attribute', `<Response a="${'x'.repeat(9000)}"/>`, /longer than 8192 characters/],
    ['unclosed CDATA over and over', '<![CDATA['.repeat(29_000), /line 1/],
    ['unclosed comments over and over', `<Response>${'<!--'.repeat(60_000)}`, /line 1/],
    ['a very long name', `<${'x'.repeat(200_000)}/>`, /^.{1,250}$/],
  ])('with %s is refused quickly', (_, body, complaint) => {
    const startMs = performance.now();
    expect(complaintAbout(body)).toMatch(complaint);
    expect(performance.now() - startMs).toBeLessThan(1000);
  });

  test('takes all that the limits allow', () => {
    const children = '<a/>'.repeat(MARKUP_LIMITS.elements - 1);
    expect(parseMarkup(`<Response>${children}</Response>`, null).children).toHaveLength(999);
  });

  test('of whatever kind gives a tree or a MarkupError, nothing else', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      'Response',
      '&',
      ';',
      '"',
      '=',
      ' ',
      '<![CDATA[',
      ']]>',
      '<!--',
      '\0',
      '\uD800',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string()), { maxLength: 30 }), (pieces) => {
        complaintAbout(pieces.join(''));
        complaintAbout(`<Response>${pieces.join('')}</Response>`);
      }),
    );
  });
});
