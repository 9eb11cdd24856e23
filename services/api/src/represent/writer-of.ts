import type { Format } from './resource.js';
import { csvWriter } from './write-csv.js';
import { jsonWriter } from './write-json.js';
import { xmlWriter } from './write-xml.js';
import type { Writer } from './writer.js';

const WRITERS: Readonly<Record<Format, Writer>> = { xml: xmlWriter, json: jsonWriter, csv: csvWriter };

export function writerOf(format: Format): Writer {
  return WRITERS[format];
}
