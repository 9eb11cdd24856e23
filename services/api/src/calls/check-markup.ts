import { XMLParser, XMLValidator } from 'fast-xml-parser';

/**
 * What is wrong with markup that came with a request, in words that follow the parameter's name, or null: it must be
 * well-formed XML (XML 1.0 §2.1) with the root element `Response`, and have no DOCTYPE. Its verbs are the dialer's to judge.
 */
export function faultOfMarkup(markup: string): string | null {
  if (!markup.startsWith('<')) return NO_MARKUP;
  const valid = XMLValidator.validate(markup);
  if (valid !== true) return malformed(`line ${valid.err.line}: ${valid.err.msg.replace(/\.$/, '')}`);
  const plain = markup.replace(NOT_MARKUP, '');
  if (plain.includes('<!DOCTYPE')) return 'must have no DOCTYPE';
  const entity = UNKNOWN_ENTITY.exec(plain)?.[0];
  if (entity !== undefined)
    return malformed(`the entity ${entity} is not one of &amp; &lt; &gt; &quot; &apos;`);
  const [root, ...others] = readRoots(markup);
  if (root === undefined) return NO_MARKUP;
  // The validator takes what stands behind a root that is `<Response/>` for a part of it.
  if (others.length > 0 || !plain.trimEnd().endsWith('>'))
    return malformed('something follows the root element');
  return root === 'Response' ? null : `must have the root element Response, but has ${root.slice(0, 40)}`;
}

const NO_MARKUP = 'must be markup: <Response>…</Response>';
/** In which anything may stand. */
const NOT_MARKUP = /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>/g;
const UNKNOWN_ENTITY = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)[^;]{0,20};?/;

function malformed(what: string): string {
  return `is not well-formed XML: ${what}`;
}

const parser = new XMLParser({ preserveOrder: true, processEntities: false });

/** The names of the elements at the top; none of what the parser takes for an attack, such as 100 levels. */
function readRoots(markup: string): string[] {
  let nodes: object[];
  try {
    nodes = parser.parse(markup);
  } catch {
    return [];
  }
  return nodes.flatMap((node) => Object.keys(node)).filter((name) => /^[^?#:]/.test(name));
}
