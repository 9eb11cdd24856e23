import { once } from 'node:events';
import { createServer } from 'node:http';
import { freeTcpPorts } from './ports.mjs';

const MARKUP = '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Pause length="5"/><Hangup/></Response>\n';

/**
 * Serves the markup of the first call that a newcomer places: five seconds of silence, then it hangs up.
 * @param {number | undefined} preferredPort
 * @returns {Promise<{ port: number, url: string, close(): void }>}
 */
export async function serveDemoMarkup(preferredPort) {
  const [port = 0] = await freeTcpPorts(1, [preferredPort]);
  const server = createServer((request, response) => {
    request.resume();
    const isDemo = request.url?.split('?')[0] === '/demo';
    response.writeHead(isDemo ? 200 : 404, { 'content-type': isDemo ? 'text/xml' : 'text/plain' });
    response.end(isDemo ? MARKUP : 'Only /demo is here.\n');
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port,
    url: `http://127.0.0.1:${port}/demo`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
