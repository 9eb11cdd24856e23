/** A part of a document: JSON as OpenAPI 3.1 has it. */
export type Described = { [name: string]: unknown };
