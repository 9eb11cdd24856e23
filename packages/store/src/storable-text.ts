/** Whether Postgres can hold the text at all: it cannot hold a NUL, so that nothing it holds ever equals such a text. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0');
}
