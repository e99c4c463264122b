import { type IncomingMessage, type Server, type ServerResponse, createServer } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { CommandError } from './failure.js';
import type { MetricsAddress } from './metrics-address.js';

/** Who may ask at once, and how long asking may take, in milliseconds: a scrape is one small request. */
const MOST_CONNECTIONS = 32;
const PATIENCE = 5000;
const MOST_HEADER_BYTES = 8192;

/** OpenMetrics 1.0 §2.1, and the format before it, of which this text is one too. */
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const PLAIN = 'text/plain; version=0.0.4; charset=utf-8';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

export interface MetricsServer {
  /** `http://127.0.0.1:9464/metrics` */
  readonly url: string;
  close(): void;
}

/**
 * Serves what `text` answers at `/metrics`, to be read only. On loopback only names of this host are answered to: a
 * page in a browser here that has its own name resolved to 127.0.0.1 is not.
 *
 * @throws CommandError where the port is taken or may not be used
 */
export async function serveMetrics({ host, port }: MetricsAddress, text: () => string): Promise<MetricsServer> {
  const isLocal = loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
  const server = createServer(
    {
      maxHeaderSize: MOST_HEADER_BYTES, headersTimeout: PATIENCE, requestTimeout: PATIENCE, keepAliveTimeout: PATIENCE,
      connectionsCheckingInterval: PATIENCE,
    },
    (request, response) => {
      answer(request, response, isLocal, text);
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  await listening(server, host, port);
  const address = server.address();
  const own = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://${isIP(host) === 6 ? `[${host}]` : host}:${own}/metrics`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, isLocal: boolean, text: () => string): void {
  // Nothing that is sent along is read.
  if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined)
    response.shouldKeepAlive = false;
  const say = (status: number, type: string, body: string): void => {
    response.writeHead(status, {
      'Content-Type': type, 'Content-Length': Buffer.byteLength(body), 'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store', ...(status === 405 && { Allow: 'GET, HEAD' }),
    });
    response.end(request.method === 'HEAD' ? undefined : body);
  };
  if (isLocal && !isNameOfLoopback(request.headers.host)) return say(403, PLAIN, 'this is for its own host alone\n');
  if (request.method !== 'GET' && request.method !== 'HEAD') return say(405, PLAIN, 'metrics can be read only\n');
  const [path] = (request.url ?? '/').split('?', 1);
  if (path === '/') return say(200, PLAIN, 'lastack: /metrics\n');
  if (path !== '/metrics') return say(404, PLAIN, 'there is /metrics\n');
  say(200, wantsPlain(request.headers.accept) ? PLAIN : OPENMETRICS, text());
}

/** A scraper that names what it takes, and does not name OpenMetrics. */
function wantsPlain(accept = ''): boolean {
  return accept.includes('text/plain') && !accept.includes('openmetrics');
}

function isNameOfLoopback(host = ''): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '').toLowerCase();
  const family = isIP(name);
  return name === 'localhost' || (family !== 0 && loopback.check(name, family === 6 ? 'ipv6' : 'ipv4'));
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reasons: Readonly<Record<string, string>> = {
        EADDRINUSE: 'is taken by another program', EACCES: 'may not be used without more rights',
        EADDRNOTAVAIL: 'is no address of this host',
      };
      reject(
        new CommandError(
          `--metrics: ${host}:${port} ${reasons[error.code ?? ''] ?? `cannot be used: ${error.message}`}`,
        ),
      );
    });
    server.listen({ host, port, exclusive: true }, resolve);
  });
}
