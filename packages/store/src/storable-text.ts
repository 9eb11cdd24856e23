/** Whether Postgres can hold the text at all: it cannot hold a NUL, so that nothing it holds ever equals such a text. */
export function isStorableText(text: string): boolean {
  return !text.includes('\0');
}

/** Whether its jsonb can hold the text: it cannot hold halves of characters either (JSON has them as escapes). */
export function isStorableInJson(text: string): boolean {
  return isStorableText(text) && !/\p{Cs}/u.test(text);
}
