import type { Segment } from '../decode/segment.js';

/** Server software that names itself in its first payload. Numbers are what `Connections.product` holds. */
export const PRODUCTS = [
  'unknown', 'nginx', 'Apache', 'gunicorn', 'uvicorn', 'Werkzeug', 'Jetty', 'Tomcat', 'lighttpd', 'IIS', 'Caddy',
  'Envoy', 'HAProxy', 'Varnish', 'Squid', 'OpenSSH', 'vsftpd', 'ProFTPD', 'Postfix', 'Exim', 'Dovecot', 'MariaDB',
  'MySQL', 'Node.js', 'Python http.server', 'Cowboy', 'H2O', 'Traffic Server', 'hypercorn', 'Waitress', 'Tornado',
  'aiohttp', 'Twisted', 'CherryPy', 'daphne', 'thin', 'Yaws', 'Mojolicious', 'nghttpx', 'webfs', 'mini_httpd',
  'Kestrel', 'WEBrick',
] as const;
export type Product = (typeof PRODUCTS)[number];

/** What a program calls itself, in lower case. */
type Name = readonly [text: string, product: Product];

/** In the `Server` or `Via` field of HTTP. The first one that fits is told. */
const NAMES: readonly Name[] = [
  ['nginx', 'nginx'], ['openresty', 'nginx'], ['apache-coyote', 'Tomcat'], ['tomcat', 'Tomcat'], ['apache', 'Apache'],
  ['gunicorn', 'gunicorn'], ['uvicorn', 'uvicorn'], ['werkzeug', 'Werkzeug'], ['jetty', 'Jetty'],
  ['lighttpd', 'lighttpd'], ['microsoft-iis', 'IIS'], ['caddy', 'Caddy'], ['envoy', 'Envoy'], ['haproxy', 'HAProxy'],
  ['varnish', 'Varnish'], ['squid', 'Squid'], ['node.js', 'Node.js'], ['basehttp', 'Python http.server'],
  ['simplehttp', 'Python http.server'], ['cowboy', 'Cowboy'], ['h2o/', 'H2O'], ['ats/', 'Traffic Server'],
  ['hypercorn', 'hypercorn'], ['waitress', 'Waitress'], ['tornado', 'Tornado'], ['aiohttp', 'aiohttp'],
  ['twistedweb', 'Twisted'], ['cherrypy', 'CherryPy'], ['cheroot', 'CherryPy'], ['daphne', 'daphne'],
  ['yaws', 'Yaws'], ['mojolicious', 'Mojolicious'], ['nghttpx', 'nghttpx'], ['webfs', 'webfs'],
  ['mini_httpd', 'mini_httpd'], ['kestrel', 'Kestrel'], ['webrick', 'WEBrick'],
];

/** In a greeting or a handshake packet, beside the name of its host, which may be any word. */
const GREETERS: readonly Name[] = [
  ['openssh', 'OpenSSH'], ['vsftpd', 'vsftpd'], ['proftpd', 'ProFTPD'], ['postfix', 'Postfix'], ['exim', 'Exim'],
  ['dovecot', 'Dovecot'], ['mariadb', 'MariaDB'],
];

/** A word that others hold, too: it stands alone. */
const THIN = /^thin(?: |$)/;

/** Bytes of the payload that are looked at: a greeting, or the head of an HTTP answer. */
const LOOKED_AT = 512;

const SERVER = '\r\nserver: ';
const VIA = '\r\nvia: ';
const KEEP_ALIVE = '\r\nkeep-alive: timeout=';

/** A number of `PRODUCTS` for the first payload of a server. */
export function product(segment: Segment, bytes: Uint8Array): number {
  const captured = Math.min(segment.payloadCaptured, LOOKED_AT);
  if (captured < 8) return 0;
  const from = segment.payloadOffset;
  const first = bytes[from]!;
  // A greeting (SSH-, 220, * OK, +OK, MySQL's handshake) names its program; of HTTP only the Server field does.
  const isHttp = first === 0x48 && bytes[from + 1] === 0x54 && bytes[from + 2] === 0x54;
  const isGreeting =
    first === 0x53 || first === 0x32 || first === 0x2a || first === 0x2b ||
    (bytes[from + 4] === 10 && bytes[from + 3] === 0);
  if (!isHttp && !isGreeting) return 0;
  const text = lowerCase(bytes, from, captured);
  if (!isHttp) return numberOf(text, GREETERS);
  const named = numberOf(fieldOf(text, SERVER));
  // nginx as a proxy names itself there, and tells what it has read of Via. Who adds itself to Via leaves Server as it
  // was: the last one that is named there has sent this (RFC 9110 §7.6.3).
  const passed = named === PRODUCTS.indexOf('nginx') ? 0 : numberOf(fieldOf(text, VIA).split(',').at(-1)!);
  if (passed !== 0 || text.includes(SERVER)) return passed || named;
  // node:http names nobody, but tells its keep-alive time (lib/_http_outgoing.js) as no other server does: "Keep-Alive:
  // timeout=5" alone.
  const keepAlive = text.indexOf(KEEP_ALIVE);
  if (keepAlive < 0) return 0;
  const end = text.indexOf('\r\n', keepAlive + KEEP_ALIVE.length);
  return end > 0 && /^\d+$/.test(text.slice(keepAlive + KEEP_ALIVE.length, end)) ? PRODUCTS.indexOf('Node.js') : 0;
}

/** What stands in the first field that begins so; nothing where there is none. */
function fieldOf(text: string, name: string): string {
  const at = text.indexOf(name);
  if (at < 0) return '';
  const end = text.indexOf('\r\n', at + name.length);
  return text.slice(at + name.length, end < 0 ? text.length : end);
}

function numberOf(text: string, names = NAMES): number {
  const known = names.find(([name]) => text.includes(name));
  if (known === undefined) return THIN.test(text) ? PRODUCTS.indexOf('thin') : 0;
  return PRODUCTS.indexOf(known[1]);
}

function lowerCase(bytes: Uint8Array, from: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString('latin1').toLowerCase();
}
