/** The least Sid that a call can have that was made at this moment (RFC 9562 §5.7: a UUIDv7 begins with its ms). */
export function callSidAt(time: Date): string {
  return `CA${Math.max(0, time.getTime()).toString(16).padStart(12, '0').padEnd(32, '0')}`;
}
