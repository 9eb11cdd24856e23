import type { Call } from '@trunkline/contracts';
import { z } from 'zod';
import { BadParameterError } from '../errors.js';
import { method, multiline, url } from '../parameters/kinds-of-value.js';
import { faultOfMarkup } from './check-markup.js';

/** The longest markup that a request may carry, in characters: as much as clients of the original's kin know it. */
const MAX_MARKUP_LENGTH = 4000;

/** What is to be done when the phone is answered. */
export const markupParameters = {
  Url: url().optional().describe('Where the markup is. One of Url and Twiml is required; Url wins.'),
  Twiml: multiline(MAX_MARKUP_LENGTH)
    .transform((given, context) => {
      const message = faultOfMarkup(given);
      if (message !== null) context.addIssue({ code: 'custom', input: given, message });
      return given;
    })
    .optional()
    .describe('The markup itself: well-formed XML with the root element Response, without a DOCTYPE.'),
  ApplicationSid: z.string().optional().describe('Refused: there are no applications here.'),
  Method: method().describe('How Url is requested.'),
  FallbackUrl: url().optional().describe('Where the markup is when Url fails.'),
  FallbackMethod: method().describe('How FallbackUrl is requested.'),
};

type Markup = z.output<z.ZodObject<typeof markupParameters>>;
type MarkupInstructions = Pick<
  Call['instructions'],
  'url' | 'markup' | 'method' | 'fallbackUrl' | 'fallbackMethod'
>;

/** @throws BadParameterError when there is no markup */
export function markupOf(form: Markup): MarkupInstructions {
  if (form.ApplicationSid !== undefined) {
    throw new BadParameterError('ApplicationSid', 'is not possible: give Url or Twiml');
  }
  if (form.Url === undefined && form.Twiml === undefined) {
    throw new BadParameterError('Url', 'is required, or Twiml');
  }
  return {
    url: form.Url ?? null,
    markup: form.Url === undefined ? (form.Twiml ?? null) : null,
    method: form.Method,
    fallbackUrl: form.FallbackUrl ?? null,
    fallbackMethod: form.FallbackMethod,
  };
}
