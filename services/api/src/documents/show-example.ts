import type { Operation } from '../operation.js';
import type { Door } from '../represent/door.js';
import { numberedPage } from '../represent/page.js';
import type { Format, Place } from '../represent/resource.js';
import { writerOf } from '../represent/writer-of.js';

const PAGE_SIZE = 50;

/** What an operation answers with in one format, as it would be written; undefined for a resource without an example. */
export function showExample(
  { success, path: ownPath }: Operation,
  { door, path, format }: { door: Door; path: string; format: Format },
): unknown {
  const { shows: resource, list, example } = success;
  const value = example ? example(door) : resource?.example;
  if (!resource || value === undefined) return undefined;
  const writer = writerOf(format);
  const base = fill(path.slice(0, path.length - ownPath.length));
  const place: Place = { door, base, extension: writer.extension };
  const page = () => numberedPage({ items: [value], total: 1, page: 0, pageSize: PAGE_SIZE, kept: [] });
  const text = list
    ? writer.page({ resource, page: page() }, place, fill(path) + writer.extension).text
    : writer.item({ resource, value }, place);
  return format === 'json' ? JSON.parse(text) : text;
}

/** A request with the example form, for a shell. */
export function showRequest({ exampleForm = {} }: Operation, path: string): string {
  const fields = Object.entries(exampleForm).map(([name, value]) => `  --data-urlencode '${name}=${value}'`);
  const request = `curl -u "$ACCOUNT_SID:$AUTH_TOKEN" "http://127.0.0.1:8080${fill(path)}"`;
  return ['```sh', [request, ...fields].join(' \\\n'), '```'].join('\n');
}

/** The example form as a document has it: maps as objects. */
export function formOf({ exampleForm = {} }: Operation): Record<string, unknown> {
  const form: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(exampleForm)) {
    const [map = '', key] = name.split('.');
    form[map] = key === undefined ? value : { ...(form[map] as object | undefined), [key]: value };
  }
  return form;
}

function fill(path: string): string {
  return path.replace(/\{\w+\}/g, (name) => SIDS[name] ?? name);
}

const SIDS: Readonly<Record<string, string>> = {
  '{AccountSid}': 'AC0193f2a0b1c27d3e8f4a5b6c7d8e9f01',
  '{CallSid}': 'CA0193f2a0b1c27d3e8f4a5b6c7d8e9f03',
  '{KeySid}': 'SK0193f2a0b1c27d3e8f4a5b6c7d8e9f04',
  '{RateSid}': 'RT0193f2a0b1c27d3e8f4a5b6c7d8e9f05',
};
