/** What neither a database nor a log takes: controls, of which a client may write any with escapes. */
const CONTROLS = /[\p{Cc}\p{Cs}]+/gu;

/** Text of the far end's as it may stand in a record: without controls, and no longer than that, no character cut in two. */
export function cleanText(text: string, maxLength: number): string {
  return text
    .replaceAll(CONTROLS, ' ')
    .trim()
    .slice(0, maxLength)
    .replace(/[\uD800-\uDBFF]$/, '');
}
