import { SaxesParser, type SaxesTagPlain } from 'saxes';
import { MarkupError } from './errors.js';

/** One element of a document. Text and attribute values are trimmed. */
export interface MarkupElement {
  name: string;
  attributes: ReadonlyMap<string, string>;
  /** The text and CDATA directly inside, joined. */
  text: string;
  children: readonly MarkupElement[];
  /** Where it begins, counted from 1. */
  line: number;
}

/** What a document may be at most; far above what people write, far below what hurts. */
export const MARKUP_LIMITS = {
  characters: 256 * 1024,
  depth: 16,
  elements: 1000,
  attributesPerElement: 32,
  attributeCharacters: 8 * 1024,
} as const;

/**
 * Reads a document strictly and returns its `Response`. There are no entities but the five of XML 1.0 §4.6, and no
 * DOCTYPE. Any content type is tried; one that is not XML is told in the error, since it is usually the reason.
 * @throws MarkupError
 */
export function parseMarkup(body: string, contentType: string | null): MarkupElement {
  try {
    if (body.trim() === '') throw new MarkupError('the document is empty', null);
    if (body.length > MARKUP_LIMITS.characters)
      throw new MarkupError(`the document is longer than ${MARKUP_LIMITS.characters} characters`, null);
    return new TreeBuilder(body).read();
  } catch (error) {
    if (!(error instanceof MarkupError) || saysXml(contentType)) throw error;
    throw error.withNote(`the document came as ${shorten(contentType ?? '')}`);
  }
}

interface OpenElement extends MarkupElement {
  attributes: Map<string, string>;
  children: OpenElement[];
}

/** Builds the tree from saxes' events; every handler may throw, which ends the reading. */
class TreeBuilder {
  private readonly parser = new SaxesParser(SAXES_OPTIONS);
  private readonly open: OpenElement[] = [];
  private elements = 0;
  private attributes = 0;
  private tagLine = 1;
  private root: OpenElement | null = null;

  constructor(private readonly body: string) {}

  read(): MarkupElement {
    this.listen();
    this.parser.write(this.body).close();
    if (this.root === null) throw new MarkupError('the document has no element', null);
    return this.root;
  }

  private listen(): void {
    const { parser } = this;
    parser.on('error', (error) => this.failAsXml(error.message));
    parser.on('doctype', () => this.fail('a DOCTYPE is not allowed'));
    parser.on('opentagstart', () => this.countElement());
    parser.on('attribute', ({ name, value }) => this.countAttribute(name, value));
    parser.on('opentag', (tag) => this.openElement(tag));
    parser.on('closetag', () => this.closeElement());
    parser.on('text', (text) => this.addText(text));
    parser.on('cdata', (text) => this.addText(text));
  }

  private countElement(): void {
    this.elements += 1;
    this.attributes = 0;
    // The character after the name has been read by now, and may have been the end of the line.
    this.tagLine = this.parser.column === 0 ? this.parser.line - 1 : this.parser.line;
    if (this.elements > MARKUP_LIMITS.elements) this.fail(`more than ${MARKUP_LIMITS.elements} elements`);
    if (this.open.length >= MARKUP_LIMITS.depth)
      this.fail(`elements are nested deeper than ${MARKUP_LIMITS.depth}`);
  }

  private countAttribute(name: string, value: string): void {
    this.attributes += 1;
    if (this.attributes > MARKUP_LIMITS.attributesPerElement)
      this.fail(`an element has more than ${MARKUP_LIMITS.attributesPerElement} attributes`);
    if (name.length + value.length > MARKUP_LIMITS.attributeCharacters)
      this.fail(`an attribute is longer than ${MARKUP_LIMITS.attributeCharacters} characters`);
  }

  private openElement(tag: SaxesTagPlain): void {
    const element: OpenElement = {
      name: tag.name,
      attributes: new Map(Object.entries(tag.attributes).map(([name, value]) => [name, value.trim()])),
      text: '',
      children: [],
      line: this.tagLine,
    };
    const parent = this.open.at(-1);
    if (parent) parent.children.push(element);
    else this.takeRoot(element);
    this.open.push(element);
  }

  private takeRoot(element: OpenElement): void {
    if (element.name !== 'Response')
      this.fail(`the document's root is <${shorten(element.name)}>, but must be <Response>`);
    this.root = element;
  }

  private closeElement(): void {
    const element = this.open.pop();
    if (element) element.text = element.text.trim();
  }

  private addText(text: string): void {
    const element = this.open.at(-1);
    if (element) element.text += text;
  }

  /** saxes looks for the end of an entity as far as it takes, and then complains of something else. */
  private failAsXml(message: string): never {
    const index = findBareAmpersand(this.body.slice(0, this.parser.position));
    if (index === null) return this.fail(withoutPosition(message));
    throw new MarkupError(AMPERSAND_HINT, this.body.slice(0, index).split('\n').length);
  }

  private fail(what: string): never {
    throw new MarkupError(what, this.parser.line);
  }
}

const SAXES_OPTIONS = { xmlns: false, position: true } as const;

const AMPERSAND_HINT =
  'a bare & is not allowed: write it as &amp;, in URLs too (the only entities are &amp; &lt; &gt; &quot; &apos;)';

/** An & that begins none of XML's own entities; those in CDATA, comments and instructions are only text. */
function findBareAmpersand(text: string): number | null {
  const pattern =
    /<!\[CDATA\[[\s\S]*?(?:\]\]>|$)|<!--[\s\S]*?(?:-->|$)|<\?[\s\S]*?(?:\?>|$)|&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[\da-fA-F]+);)/g;
  for (const match of text.matchAll(pattern)) if (match[0] === '&') return match.index;
  return null;
}

/** saxes puts the position in front (`3:14: `) and ends with a full stop; we tell the line in a form of our own. */
function withoutPosition(message: string): string {
  return shorten(message.replace(/^\d+:\d+:\s*/, '').replace(/\.$/, ''));
}

function saysXml(contentType: string | null): boolean {
  return contentType === null || /^[\w.+-]+\/(?:[\w.+-]+\+)?xml\s*(?:;|$)/i.test(contentType.trim());
}

function shorten(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
