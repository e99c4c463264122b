import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import { PRODUCTS } from '../flow/product.js';
import { everyone } from './diagnosis.js';
import type { Scene } from './diagnosis.js';
import type { Facts } from './facts/facts.js';
import type { Service } from './facts/gathering.js';
import { APPLICATION_SERVERS } from './software/application-servers.js';
import { DAEMONS } from './software/daemons.js';
import { DATABASES } from './software/databases.js';
import { MESSAGING } from './software/messaging.js';
import { PROXIES } from './software/proxies.js';
import { WEB_SERVERS } from './software/web-servers.js';
import type { Bound, Software } from './software/model.js';

/** All that is known: no two have a port or a protocol in common. */
const SOFTWARE: readonly Software[] = [
  ...WEB_SERVERS, ...PROXIES, ...APPLICATION_SERVERS, ...DATABASES, ...MESSAGING, ...DAEMONS,
];

/** Bounds of a host that is known to be a proxy. */
type ProxyBound = 'proxyIdle' | 'proxyPatience';

/** Where no software is recognized: the settings of those that do not say who they are. */
const OTHERS: Readonly<Record<Bound | ProxyBound, string>> = {
  proxyIdle:
    'HAProxy `timeout client`/`timeout server`/`timeout tunnel`, nginx `proxy_timeout`, socat `-T`, stunnel ' +
    '`TIMEOUTidle`, tinyproxy `Timeout`, Dante `timeout.io`, Pgpool-II `client_idle_limit`',
  proxyPatience:
    'HAProxy `timeout server`, nginx `proxy_read_timeout`, Apache `ProxyTimeout`, Varnish `first_byte_timeout`',
  idle:
    'Go `http.Server.IdleTimeout`, HAProxy `timeout client`/`timeout server`/`timeout tunnel`, stunnel ' +
    '`TIMEOUTidle`, socat `-T`',
  answer:
    'Go `http.Server.WriteTimeout` and the handler, gunicorn `--timeout`, HAProxy `timeout server`, uWSGI `harakiri`, ' +
    'PHP-FPM `request_terminate_timeout`',
  patience:
    'curl `--max-time`, requests `timeout=`, Go `http.Client.Timeout`, HAProxy `timeout server`, nginx ' +
    '`proxy_read_timeout`',
  connections: 'its own, and that of descriptors: `ulimit -n`, systemd `LimitNOFILE=`',
  backlog: 'what it gives to listen(): gunicorn `--backlog`, Tomcat `acceptCount`, nginx `listen … backlog=`',
  request: 'Apache `RequestReadTimeout`, nginx `client_header_timeout`, HAProxy `timeout http-request`',
};

/** The software of a service, as its connections show it. */
export interface Recognized {
  readonly name: string;
  /** It named itself, or a protocol did that it alone speaks; else protocol or port hint at it. */
  readonly isCertain: boolean;
  readonly settings: Software['settings'];
}

/** What offers the service of these connections; null where nothing tells. */
export function softwareOf(connections: readonly Facts[], port: number): Recognized | null {
  for (const { product } of connections) {
    if (product === 0) continue;
    const named = PRODUCTS[product]!;
    const known = SOFTWARE.find(
      (software) => software.product === named || (named === 'MySQL' && software.product === 'MariaDB'),
    );
    return { name: named, isCertain: true, settings: known?.settings ?? {} };
  }
  const spoken = new Set<string>();
  // Few protocols are spoken, and connections share what says which (read-facts.ts).
  for (const kinds of new Set(connections.map((facts) => facts.kinds)))
    for (const kind of kinds) spoken.add(PAYLOAD_KINDS[kind]!);
  // Who speaks something else than its port says is something else.
  const byPort = SOFTWARE.find(({ ports }) => ports?.includes(port) === true);
  const byKind = SOFTWARE.find(({ kinds }) => kinds?.some((kind) => spoken.has(kind)) === true);
  const known = byKind === undefined || byPort?.name === 'PgBouncer' ? byPort : byKind;
  if (
    known === undefined ||
    (byKind === undefined && (spoken.has('http-request') || spoken.has('tls') || spoken.has('http2')))
  )
    return null;
  return {
    name: known.name, isCertain: byKind !== undefined && known.isOneOfMany !== true, settings: known.settings,
  };
}

/** Programs that stand between others. What else names itself in an answer of theirs is the server behind. */
const NAMES_OF_PROXIES: readonly string[] = [
  'nginx', 'HAProxy', 'Envoy', 'Varnish', 'Squid', 'Apache', 'Caddy', 'H2O', 'Traffic Server', 'nghttpx',
];

/** The software of a service; of a host that asks others in turn it is told only where that is a proxy's own name. */
export function serverSoftware(
  scene: Pick<Scene, 'clientOf'>, service: Service, connections?: readonly Facts[],
): Recognized | null {
  if (connections !== undefined) return softwareAsServer(scene, service, connections);
  let known = softwareOfWhole.get(service);
  if (known === undefined) softwareOfWhole.set(service, known = softwareAsServer(scene, service, everyone(service)));
  return known;
}

/** By all its connections: most detectors ask for it in their words. */
const softwareOfWhole = new WeakMap<Service, Recognized | null>();

function softwareAsServer(
  scene: Pick<Scene, 'clientOf'>, service: Service, connections: readonly Facts[],
): Recognized | null {
  const isProxy = scene.clientOf(service.address).some(({ address }) => address !== service.address);
  if (!isProxy) return softwareOf(connections, service.port);
  return proxySoftware(scene, service.address, connections);
}

/** What a host is that asks others: known where it is a proxy, which is a server as well. */
export function clientSoftware(scene: Pick<Scene, 'clientOf' | 'servicesOf'>, address: string): Recognized | null {
  return proxySoftware(scene, address, scene.servicesOf(address).flatMap(everyone));
}

/**
 * By the name of a proxy in what it answers; that of the server behind, where it has the same, may have been passed on
 * (Privoxy, Apache's mod_proxy, Go's ReverseProxy leave the Server field as it is).
 */
function proxySoftware(
  scene: Pick<Scene, 'clientOf'>, address: string, connections: readonly Facts[],
): Recognized | null {
  const own = connections.filter(({ product }) => NAMES_OF_PROXIES.includes(PRODUCTS[product]!));
  if (own.length === 0) return null;
  const known = softwareOf(own, 0);
  const { product } = own[0]!;
  const isPassedOn = scene.clientOf(address).flatMap(everyone).some((facts) => facts.product === product);
  return known !== null && isPassedOn ? { ...known, isCertain: false } : known;
}

/**
 * The setting of a service's software by its name, and that software, to stand in parentheses:
 * `Node.js: \`server.keepAliveTimeout\`…`.
 */
export function settingOf(bound: Bound | ProxyBound, software: Recognized | null): string {
  const setting = software?.settings[bound === 'proxyIdle' ? 'idle' : bound === 'proxyPatience' ? 'patience' : bound];
  if (software === null || setting === undefined) return OTHERS[bound];
  return software.isCertain ? `${software.name}: ${setting}` : `if this is ${software.name}: ${setting}`;
}

/** For a test of the table. */
export const SOFTWARE_TABLE: readonly Software[] = SOFTWARE;
