/** Characters that end or begin something in SIP: where one is too many or too few, parsers differ. */
export const DELIMITERS: readonly string[] = [
  ...['\r\n', '\r\n\r\n', '\r', '\n', '\r\n ', '\0', '"', '\\', '<', '>'],
  ...[';', ',', ':', '=', '%', '@', '[', ']', '?', '*'],
];
