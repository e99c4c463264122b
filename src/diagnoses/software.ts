import { PAYLOAD_KINDS } from '../flow/payload-kind.js';
import type { PayloadKind } from '../flow/payload-kind.js';
import { PRODUCTS } from '../flow/product.js';
import type { Product } from '../flow/product.js';
import { everyone } from './diagnosis.js';
import type { Scene } from './diagnosis.js';
import type { Facts } from './facts.js';
import type { Service } from './gathering.js';

/** What a setting bounds. */
export type Bound =
  /** How long a connection may be idle. */
  | 'idle'
  /** How long the server works on a request, or waits for the rest of one. */
  | 'answer'
  /** How long it waits, as a client or proxy, for the answer of another. */
  | 'patience'
  /** How many connections it takes. */
  | 'connections'
  /** How many wait to be accepted. */
  | 'backlog'
  /** How long a request may take to arrive. */
  | 'request';

/** Server software, how it is recognized, and what its settings are called. */
interface Software {
  readonly name: string;
  /** By what it calls itself: certain. */
  readonly product?: Product;
  /** By the protocol of its first bytes: where one program is the usual one. */
  readonly kinds?: readonly PayloadKind[];
  /** Other programs speak that protocol, too: a hint, unless it names itself. */
  readonly isOneOfMany?: true;
  /** By its usual port: a hint. */
  readonly ports?: readonly number[];
  readonly settings: Readonly<Partial<Record<Bound, string>>>;
  /** Where the settings are documented. */
  readonly source: string;
}

/** Settings' own names; defaults only where the documentation named states them. */
const SOFTWARE: readonly Software[] = [
  {
    name: 'nginx', product: 'nginx',
    settings: {
      idle:
        '`keepalive_timeout` for its clients; for WebSocket and other tunnels `proxy_read_timeout`, which a ping ' +
        'resets',
      answer:
        '`client_header_timeout`, `client_body_timeout` and `reset_timedout_connection`; a `return 444` closes ' +
        'without an answer',
      patience: '`proxy_read_timeout` (60 s by default)',
      connections: '`worker_connections` and `worker_rlimit_nofile`', backlog: '`listen … backlog=` (511 by default)',
      request: '`client_header_timeout` and `client_body_timeout`, `limit_conn` for each address',
    },
    source: 'nginx.org/en/docs/http/ngx_http_core_module.html, ngx_http_proxy_module.html',
  },
  {
    name: 'Node.js', product: 'Node.js',
    settings: {
      idle: '`server.keepAliveTimeout`; the connection is closed `server.keepAliveTimeoutBuffer` (1 s by default) later',
      answer: '`server.requestTimeout`, `server.headersTimeout`, `server.timeout`',
      patience: 'the `timeout` of the request; of fetch `headersTimeout` and `bodyTimeout`',
      connections: 'descriptors (`ulimit -n`, systemd `LimitNOFILE=`), and `server.maxConnections`',
      backlog: 'the `backlog` of `server.listen()`', request: '`server.headersTimeout` and `server.requestTimeout`',
    },
    source: 'nodejs.org/api/http.html#serverkeepalivetimeout',
  },
  {
    name: 'Apache', product: 'Apache',
    settings: {
      idle: '`KeepAliveTimeout` (5 s by default)', answer: '`Timeout`', patience: '`ProxyTimeout`',
      connections: '`MaxRequestWorkers` and `ServerLimit`', backlog: '`ListenBackLog`, and `MaxRequestWorkers`',
      request: '`RequestReadTimeout` (mod_reqtimeout), `MaxRequestWorkers`',
    },
    source: 'httpd.apache.org/docs/2.4/mod/core.html#keepalivetimeout, mod_reqtimeout.html, mpm_common.html',
  },
  {
    name: 'HAProxy', product: 'HAProxy',
    settings: {
      idle: '`timeout client`, `timeout server`, `timeout tunnel`, `timeout http-keep-alive`',
      answer: '`timeout server`', patience: '`timeout server`', connections: '`maxconn`',
      backlog: '`maxconn` and `backlog`', request: '`timeout http-request`',
    },
    source: 'docs.haproxy.org, configuration manual 4.2',
  },
  {
    name: 'gunicorn', product: 'gunicorn',
    settings: {
      idle: '`--keep-alive`', answer: '`--timeout`: the arbiter kills a worker that is silent for so long',
      connections: '`--worker-connections`, `--workers`', backlog: '`--backlog` (2048 by default), `--workers`',
    },
    source: 'docs.gunicorn.org/en/stable/settings.html',
  },
  {
    name: 'uvicorn', product: 'uvicorn',
    settings: {
      idle: '`--timeout-keep-alive` (5 s by default)',
      answer: '`--timeout-graceful-shutdown`, where it was being stopped', connections: '`--limit-concurrency`',
      backlog: '`--backlog` (2048 by default)',
    },
    source: 'uvicorn.org/settings',
  },
  {
    name: 'Tomcat', product: 'Tomcat',
    settings: {
      idle: '`keepAliveTimeout` (that of `connectionTimeout` unless it is set)',
      answer: '`connectionTimeout`, `asyncTimeout`', connections: '`maxConnections`, `maxThreads`',
      backlog: '`acceptCount` (100 by default)', request: '`connectionTimeout`',
    },
    source: 'tomcat.apache.org/tomcat-10.1-doc/config/http.html',
  },
  {
    name: 'Jetty', product: 'Jetty',
    settings: {
      idle: '`idleTimeout` (30 s by default)', answer: '`idleTimeout`', connections: 'its ConnectionLimit',
      backlog: '`acceptQueueSize`', request: '`idleTimeout`',
    },
    source: 'jetty.org/docs, ServerConnector',
  },
  {
    name: 'lighttpd', product: 'lighttpd',
    settings: {
      idle: '`server.max-keep-alive-idle`', answer: '`server.max-read-idle`, `server.max-write-idle`',
      connections: '`server.max-connections`, `server.max-fds`', backlog: '`server.listen-backlog`',
      request: '`server.max-read-idle`',
    },
    source: 'redmine.lighttpd.net/projects/lighttpd/wiki/Docs_Performance',
  },
  {
    name: 'Envoy', product: 'Envoy',
    settings: {
      idle: '`idle_timeout` of `common_http_protocol_options`', patience: 'the `timeout` of its route',
      request: '`request_headers_timeout`',
    },
    source: 'envoyproxy.io/docs, faq/configuration/timeouts',
  },
  {
    name: 'Varnish', product: 'Varnish',
    settings: {
      idle: '`timeout_idle`', patience: '`first_byte_timeout`, `between_bytes_timeout`', backlog: '`listen_depth`',
    },
    source: 'varnish-cache.org/docs, varnishd parameters',
  },
  {
    name: 'Squid', product: 'Squid',
    settings: {
      idle: '`client_idle_pconn_timeout` (2 minutes by default)',
      patience: '`read_timeout` (15 minutes by default), `connect_timeout`', connections: '`max_filedescriptors`',
      request: '`request_start_timeout`, `request_timeout`',
    },
    source: 'squid-cache.org/Doc/config',
  },
  {
    name: 'Caddy', product: 'Caddy',
    settings: {
      idle: '`timeouts { idle }` of the server (5 minutes by default)', answer: '`timeouts { write }`',
      patience: '`response_header_timeout` of its transport', request: '`timeouts { read_header, read_body }`',
    },
    source: 'caddyserver.com/docs/caddyfile/options#timeouts',
  },
  {
    name: 'H2O', product: 'H2O',
    settings: {
      idle: '`http1-request-timeout`, `http2-idle-timeout` (10 s by default)',
      patience: '`proxy.timeout.io` (30 s by default)', connections: '`max-connections` (1024 by default)',
      request: '`http1-request-timeout` (10 s by default), `http1-request-io-timeout`',
    },
    source: 'h2o.examp1e.net/configure',
  },
  {
    name: 'Traffic Server', product: 'Traffic Server',
    settings: {
      idle: '`proxy.config.http.keep_alive_no_activity_timeout_in` (120 s by default)',
      patience: '`proxy.config.http.transaction_no_activity_timeout_out` (30 s by default)',
      connections: '`proxy.config.net.connections_throttle`',
      request: '`proxy.config.http.transaction_no_activity_timeout_in`',
    },
    source: 'docs.trafficserver.apache.org, records.yaml',
  },
  {
    name: 'hypercorn', product: 'hypercorn',
    settings: {
      idle: '`--keep-alive` (5 s by default), `keep_alive_max_requests`', backlog: '`--backlog` (100 by default)',
      request: '`--read-timeout`',
    },
    source: 'hypercorn.readthedocs.io, how_to_guides/configuring',
  },
  {
    name: 'Waitress', product: 'Waitress',
    settings: {
      idle: '`channel_timeout` (120 s by default; it looks every `cleanup_interval`)',
      connections: '`connection_limit` (100 by default), `threads`', backlog: '`backlog` (1024 by default)',
      request: '`channel_timeout`',
    },
    source: 'docs.pylonsproject.org/projects/waitress, arguments',
  },
  {
    name: 'Tornado', product: 'Tornado',
    settings: { idle: '`idle_connection_timeout` (3600 s by default)', request: '`body_timeout`' },
    source: 'tornadoweb.org, tornado.http1connection',
  },
  {
    name: 'aiohttp', product: 'aiohttp',
    settings: { idle: '`keepalive_timeout` (75 s by default)', backlog: '`backlog` (128 by default)' },
    source: 'docs.aiohttp.org, web_reference',
  },
  {
    name: 'Twisted', product: 'Twisted',
    settings: { idle: 'the `timeout` of its `Site` (60 s by default)', request: 'the `timeout` of its `Site`' },
    source: 'docs.twisted.org, twisted.web.http.HTTPFactory',
  },
  {
    name: 'CherryPy', product: 'CherryPy',
    settings: {
      idle: '`server.socket_timeout` (10 s by default)', connections: '`server.thread_pool` (10 by default)',
      backlog: '`server.socket_queue_size` (5 by default)', request: '`server.socket_timeout` (10 s by default)',
    },
    source: 'docs.cherrypy.dev, cherrypy._cpserver',
  },
  {
    name: 'daphne', product: 'daphne',
    settings: {
      idle: '`--ping-interval` and `--ping-timeout` (20 s and 30 s by default) of WebSocket',
      answer: '`--http-timeout`, `--application-close-timeout`',
    },
    source: 'github.com/django/daphne/blob/main/daphne/cli.py',
  },
  {
    name: 'thin', product: 'thin',
    settings: {
      idle: '`--timeout` (30 s by default)', answer: '`--timeout` (30 s by default)',
      connections: '`--max-conns` (1024 by default)', request: '`--timeout` (30 s by default)',
    },
    source: 'github.com/macournoyer/thin/blob/master/lib/thin/runner.rb',
  },
  {
    name: 'Yaws', product: 'Yaws',
    settings: {
      idle: '`keepalive_timeout` (30000 ms by default)', connections: '`max_connections`',
      backlog: '`listen_backlog` (1024 by default)', request: '`keepalive_timeout` (30000 ms by default)',
    },
    source: 'yaws.conf(5)',
  },
  {
    name: 'Mojolicious', product: 'Mojolicious',
    settings: {
      idle: '`keep_alive_timeout` (5 s by default)', answer: '`inactivity_timeout` (30 s by default)',
      connections: '`clients` of each worker (1000 by default)', backlog: '`backlog`',
      request: '`inactivity_timeout` (30 s by default)',
    },
    source: 'docs.mojolicious.org/Mojo/Server/Daemon, Mojo/Server/Hypnotoad',
  },
  {
    name: 'nghttpx', product: 'nghttpx',
    settings: {
      idle:
        '`--frontend-keep-alive-timeout` (1 minute by default), of HTTP/2 `--frontend-http2-read-timeout` (3 minutes)',
      patience: '`--backend-read-timeout` (1 minute by default)', connections: '`--worker-frontend-connections`',
      backlog: '`--backlog`', request: '`--frontend-read-timeout`',
    },
    source: 'nghttp2.org/documentation/nghttpx.1.html',
  },
  {
    name: 'webfs', product: 'webfs',
    settings: { connections: '`-c` (32 by default)', request: '`-t` (60 s by default)' }, source: 'webfsd(1)',
  },
  {
    name: 'Cowboy', product: 'Cowboy',
    settings: {
      idle: '`request_timeout` (5 s by default), in a request and of HTTP/2 `idle_timeout` (60 s)',
      answer: '`idle_timeout` (60 s by default)', connections: '`max_connections` of Ranch (1024 by default)',
      request: '`request_timeout` (5 s by default), of a body `idle_timeout` (60 s)',
    },
    source: 'ninenines.eu/docs/en/cowboy/2.12/manual/cowboy_http',
  },
  {
    name: 'Kestrel', product: 'Kestrel',
    settings: {
      idle: '`Limits.KeepAliveTimeout` (130 s by default)', connections: '`Limits.MaxConcurrentConnections`',
      request: '`Limits.RequestHeadersTimeout` (30 s by default), `Limits.MinRequestBodyDataRate`',
    },
    source: 'learn.microsoft.com/aspnet/core/fundamentals/servers/kestrel/options',
  },
  {
    name: 'WEBrick', product: 'WEBrick',
    settings: {
      idle: '`:RequestTimeout` (30 s by default)', connections: '`:MaxClients` (100 by default)',
      request: '`:RequestTimeout` (30 s by default)',
    },
    source: 'docs.ruby-lang.org, WEBrick::Config',
  },
  {
    name: 'IIS', product: 'IIS',
    settings: { idle: '`connectionTimeout` (120 s by default)', request: '`headerWaitTimeout`' },
    source: 'learn.microsoft.com, IIS site limits',
  },
  {
    name: 'MariaDB or MySQL', product: 'MariaDB', kinds: ['mysql-greeting'], ports: [3306],
    settings: {
      idle: '`wait_timeout` (28800 s by default), `interactive_timeout`, before the login `connect_timeout`',
      answer: '`net_read_timeout`, `net_write_timeout`, `max_statement_time`',
      connections: '`max_connections` (151 by default), `max_user_connections`', backlog: '`back_log`',
    },
    source: 'mariadb.com/kb/en/server-system-variables, dev.mysql.com/doc server-system-variables',
  },
  {
    name: 'PgBouncer', ports: [6432],
    settings: {
      idle: '`client_idle_timeout`, `idle_transaction_timeout`, `server_idle_timeout`',
      answer: '`query_timeout`, `query_wait_timeout`', connections: '`max_client_conn` (100 by default)',
      backlog: '`listen_backlog`',
    },
    source: 'pgbouncer.org/config.html',
  },
  {
    name: 'PostgreSQL', kinds: ['postgresql-startup', 'postgresql-cancel'], ports: [5432],
    settings: {
      idle:
        '`idle_in_transaction_session_timeout`, outside of transactions `idle_session_timeout` (both off by ' +
        'default), of replication `wal_sender_timeout`',
      answer: '`statement_timeout`, or pg_terminate_backend()', connections: '`max_connections` (100 by default)',
    },
    source: 'postgresql.org/docs/current/runtime-config-client.html',
  },
  {
    // Before redis, whose PING and -ERR it shares.
    name: 'NATS',
    kinds: ['nats'],
    ports: [4222],
    settings: {
      idle: '`ping_interval` and `ping_max` (2 minutes and 2 by default), before the login `authorization { timeout }`',
      connections: '`max_connections` (65536 by default)',
    },
    source: 'docs.nats.io/running-a-nats-service/configuration',
  },
  {
    name: 'redis', kinds: ['redis-command', 'redis-answer'], ports: [6379],
    settings: {
      idle: '`timeout` (off by default)', answer: 'CLIENT KILL, `client-output-buffer-limit`',
      connections: '`maxclients` (10000 by default)', backlog: '`tcp-backlog` (511 by default)',
    },
    source: 'redis.io/docs/latest/develop/reference/clients, redis.conf',
  },
  {
    name: 'memcached', kinds: ['memcached-command'], ports: [11_211],
    settings: { idle: '`-o idle_timeout` (off by default)', connections: '`-c` (1024 by default)', backlog: '`-b`' },
    source: 'memcached(1)',
  },
  {
    name: 'vsftpd', product: 'vsftpd', kinds: ['ftp-greeting'], isOneOfMany: true, ports: [21],
    settings: {
      idle: '`idle_session_timeout` (300 s by default), `data_connection_timeout`',
      connections: '`max_clients`, `max_per_ip`',
    },
    source: 'vsftpd.conf(5)',
  },
  {
    name: 'ProFTPD', product: 'ProFTPD',
    settings: {
      idle: '`TimeoutIdle` (600 s by default), before the login `TimeoutLogin`, `TimeoutNoTransfer`, `TimeoutStalled`',
      connections: '`MaxInstances`, `MaxClients`',
    },
    source: 'proftpd.org/docs, directives',
  },
  {
    name: 'sshd', product: 'OpenSSH', kinds: ['ssh'], isOneOfMany: true, ports: [22],
    settings: {
      idle: '`ClientAliveInterval` and `ClientAliveCountMax`, `ChannelTimeout`, before the login `LoginGraceTime`',
      connections: '`MaxStartups` (10:30:100 by default), `PerSourcePenalties`',
    },
    source: 'man.openbsd.org/sshd_config',
  },
  {
    name: 'Postfix', product: 'Postfix', kinds: ['smtp-greeting'], isOneOfMany: true, ports: [25, 587],
    settings: {
      idle: '`smtpd_timeout`',
      connections: '`smtpd_client_connection_count_limit` (50 by default), `default_process_limit`',
    },
    source: 'postfix.org/postconf.5.html',
  },
  {
    name: 'slapd', kinds: ['ldap'], isOneOfMany: true, ports: [389, 636],
    settings: {
      idle:
        '`idletimeout` (`olcIdleTimeout`, off by default; it looks every quarter of it); if Active Directory: ' +
        '`MaxConnIdleTime` of its LDAP policies (900 s by default)',
      answer: '`writetimeout`, `timelimit`', connections: '`conn_max_pending`, and descriptors: `ulimit -n`',
    },
    source:
      'slapd.conf(5), slapd-config(5); learn.microsoft.com/troubleshoot/windows-server/active-directory/' +
      'view-set-ldap-policy-using-ntdsutil',
  },
  {
    name: 'MQTT broker', kinds: ['mqtt'], ports: [1883, 8883],
    settings: {
      idle:
        'the keep-alive that the client gives in its CONNECT: it is closed after one and a half times that ' +
        '(mosquitto looks every 5 s)',
      connections: '`max_connections` (mosquitto)',
    },
    source: 'docs.oasis-open.org/mqtt, 3.1.2.10; mosquitto.conf(5)',
  },
  {
    name: 'Dovecot', ports: [110, 143, 993, 995],
    settings: {
      connections:
        '`client_limit`, `process_limit` and `service_count` of its login service, `mail_max_userip_connections`',
    },
    source: 'doc.dovecot.org, service configuration',
  },
  {
    name: 'MongoDB', kinds: ['mongodb'], ports: [27_017], settings: { connections: '`net.maxIncomingConnections`' },
    source: 'mongodb.com/docs, configuration options',
  },
  {
    name: 'RabbitMQ', kinds: ['amqp'], isOneOfMany: true, ports: [5672],
    settings: { idle: '`heartbeat` (60 s by default)', backlog: '`tcp_listen_options.backlog`' },
    source: 'rabbitmq.com/docs/heartbeats',
  },
  {
    name: 'Kafka', ports: [9092],
    settings: { idle: '`connections.max.idle.ms` (600000 by default)', connections: '`max.connections.per.ip`' },
    source: 'kafka.apache.org/documentation',
  },
  {
    name: 'rsync', kinds: ['rsync'], ports: [873],
    settings: { idle: '`timeout` of the daemon (off by default)', connections: '`max connections` of the module' },
    source: 'rsyncd.conf(5)',
  },
  {
    name: 'git daemon', kinds: ['git'], isOneOfMany: true, ports: [9418],
    settings: {
      idle: '`--timeout`, before the request `--init-timeout`', connections: '`--max-connections` (32 by default)',
    },
    source: 'git-daemon(1)',
  },
  {
    name: 'BIND', isOneOfMany: true, ports: [53],
    settings: {
      idle:
        '`tcp-idle-timeout` (30 s by default), with EDNS `tcp-keepalive-timeout`; Unbound has `tcp-idle-timeout` and ' +
        'shortens it where `incoming-num-tcp` is used up, Knot `tcp-idle-timeout`, NSD `tcp-timeout`, which is 0.2 s ' +
        'where half of `tcp-count` is in use',
      connections:
        '`tcp-clients` (150 by default), of Unbound `incoming-num-tcp`, of Knot `tcp-max-clients`, of NSD `tcp-count`',
      backlog: '`tcp-listen-queue`',
    },
    source:
      'bind9.readthedocs.io/en/latest/reference.html; unbound.conf(5); knot.conf(5); nsd.conf(5), NSD server.c ' +
      '(handle_tcp_accept)',
  },
  {
    name: 'IRC server', kinds: ['irc'], isOneOfMany: true, ports: [6667],
    settings: {
      idle: 'ngIRCd `PingTimeout` and `PongTimeout`, InspIRCd `pingfreq`',
      connections: 'ngIRCd `MaxConnections` and `MaxConnectionsIP`, InspIRCd `localmax` and `globalmax`',
    },
    source: 'ngircd.conf(5); docs.inspircd.org, <connect>',
  },
  {
    name: 'XMPP server', kinds: ['xmpp'], isOneOfMany: true, ports: [5222],
    settings: { idle: 'before the login `c2s_timeout` of Prosody, `negotiation_timeout` of ejabberd' },
    source: 'prosody.im/doc/configure; docs.ejabberd.im, ejabberd_c2s',
  },
  {
    name: 'Kamailio', isOneOfMany: true, ports: [5060, 5061],
    settings: { idle: '`tcp_connection_lifetime`', connections: '`tcp_max_connections`' },
    source: 'kamailio.org/wiki/cookbooks/5.6.x/core',
  },
  {
    name: 'coturn', ports: [3478, 5349],
    settings: { idle: '`--max-allocate-timeout` (60 s by default) before the allocation' },
    source: 'turnserver(1)',
  },
  {
    name: 'ZooKeeper', ports: [2181],
    settings: {
      idle: 'the session timeout that the client asks for, between `minSessionTimeout` and `maxSessionTimeout`',
      connections: '`maxClientCnxns` for each client (60 by default), `maxCnxns`',
    },
    source: 'zookeeper.apache.org/doc/current/zookeeperAdmin.html',
  },
  {
    name: 'FreeRADIUS', ports: [1812, 2083],
    settings: { idle: '`idle_timeout` of the `limit` of its `listen`', connections: '`max_connections` there' },
    source: 'freeradius.org, raddb/sites-available/default',
  },
  {
    name: 'InfluxDB', ports: [8086], settings: { connections: '`max-connection-limit`' },
    source: 'docs.influxdata.com/influxdb/v1, http settings',
  },
  {
    name: 'Samba', kinds: ['smb'], isOneOfMany: true, ports: [445],
    settings: { idle: '`deadtime` (10080 minutes by default)', connections: '`max smbd processes`, `max connections`' },
    source: 'smb.conf(5)',
  },
  { name: 'stunnel', settings: { idle: '`TIMEOUTidle`', answer: '`TIMEOUTbusy`' }, source: 'stunnel(8)' },
  {
    name: 'Go net/http',
    settings: {
      idle: '`http.Server.IdleTimeout`', answer: '`http.Server.WriteTimeout` and the handler',
      request: '`ReadHeaderTimeout`', patience: '`http.Client.Timeout`',
    },
    source: 'pkg.go.dev/net/http#Server',
  },
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
const PROXIES: readonly string[] = [
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
  const own = connections.filter(({ product }) => PROXIES.includes(PRODUCTS[product]!));
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
