/** Something that everybody may read without credentials: a description of the API, or a part of the page that shows it. */
export interface PublicDocument {
  /** From the server's root, `/openapi.json`. */
  path: string;
  contentType: string;
  /** Read when it is first asked for, and kept. @param isFolder whether it was asked for with a slash at the end */
  read(isFolder: boolean): string | Buffer | Promise<string | Buffer>;
  headers?: Readonly<Record<string, string>>;
}
