import type { Format } from './represent/resource.js';

/** As many Accept headers as this are remembered: clients have few, and send the same each time. */
const MAX_REMEMBERED = 200;
const remembered = new Map<string, Format>();

/**
 * The format that an Accept header asks for (RFC 9110 §12.5.1): of those that there are, the one with the highest weight,
 * and of several the first. XML when it names none, or is absent: a client is never refused for what it accepts.
 */
export function acceptedFormat(accept: string | undefined): Format {
  if (accept === undefined || accept === '*/*') return 'xml';
  const known = remembered.get(accept);
  if (known) return known;
  const format = choose(accept);
  if (remembered.size < MAX_REMEMBERED) remembered.set(accept, format);
  return format;
}

function choose(accept: string): Format {
  let best: { format: Format; weight: number } | null = null;
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const format = formatOf(type);
    const weight = weightOf(parameters);
    if (format && weight > (best?.weight ?? 0)) best = { format, weight };
  }
  return best?.format ?? 'xml';
}

function formatOf(type: string): Format | null {
  if (/[/+]json$/.test(type)) return 'json';
  if (/\/xml$/.test(type)) return 'xml';
  return type === 'text/csv' ? 'csv' : null;
}

function weightOf(parameters: readonly string[]): number {
  const given = parameters.find((one) => one.startsWith('q='));
  const weight = given === undefined ? 1 : Number(given.slice(2));
  return weight >= 0 && weight <= 1 ? weight : 0;
}
