import type { MarkupRequest } from '../call-control.js';
import { MarkupError } from '../errors.js';
import type { MarkupElement } from '../parse.js';
import type { Verb, VerbContext } from './verb.js';

/** `<Redirect method="POST">url</Redirect>`: goes on with another document; what follows in this one is not reached. */
export const redirect: Verb = {
  attributes: ['method'],
  needsAnswer: false,
  async run(element, context) {
    if (element.text === '') {
      context.warn('there is no URL in it: it is skipped');
      return { kind: 'next' };
    }
    const request = { url: resolveUrl(element, context), method: readMethod(element, context) };
    return { kind: 'redirect', request };
  },
};

/** The URL itself stays out of the message: it may carry a password. */
function resolveUrl({ text, line }: MarkupElement, { documentUrl }: VerbContext): string {
  const url = URL.parse(text, documentUrl ?? undefined);
  if (url !== null && /^https?:$/.test(url.protocol)) return url.href;
  if (url === null && documentUrl === null && URL.canParse(text, ANY_DOCUMENT))
    throw new MarkupError(
      'a relative URL in Redirect: markup without a URL of its own needs absolute ones',
      line,
    );
  throw new MarkupError('the text of Redirect is not an http or https URL', line);
}

/** Stands for the URL that inline markup does not have, to tell a relative URL from none. */
const ANY_DOCUMENT = 'http://document.invalid/';

function readMethod(element: MarkupElement, context: VerbContext): MarkupRequest['method'] {
  const method = element.attributes.get('method')?.toUpperCase() ?? 'POST';
  if (method === 'GET' || method === 'POST') return method;
  context.warn('method must be GET or POST: POST is used');
  return 'POST';
}
