/** Audio in PCMU at this port of the loopback address, or held: `sendonly`, `recvonly`, `inactive`. */
export function sdp(port: number, direction = 'sendrecv'): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  return `${[...lines, `m=audio ${port} RTP/AVP 0`, `a=${direction}`].join('\r\n')}\r\n`;
}
