import type { Format } from '../request-path.js';
import { jsonRepresentation } from './json.js';
import type { Representation } from './representation.js';
import { xmlRepresentation } from './xml.js';

export function representationOf(format: Format): Representation {
  return format === 'json' ? jsonRepresentation : xmlRepresentation;
}
