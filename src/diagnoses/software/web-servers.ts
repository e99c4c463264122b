import type { Software } from './model.js';

/** Web servers. */
export const WEB_SERVERS: readonly Software[] = [
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
    name: 'Apache', product: 'Apache',
    settings: {
      idle: '`KeepAliveTimeout` (5 s by default)', answer: '`Timeout`', patience: '`ProxyTimeout`',
      connections: '`MaxRequestWorkers` and `ServerLimit`', backlog: '`ListenBackLog`, and `MaxRequestWorkers`',
      request: '`RequestReadTimeout` (mod_reqtimeout), `MaxRequestWorkers`',
    },
    source: 'httpd.apache.org/docs/2.4/mod/core.html#keepalivetimeout, mod_reqtimeout.html, mpm_common.html',
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
    name: 'Yaws', product: 'Yaws',
    settings: {
      idle: '`keepalive_timeout` (30000 ms by default)', connections: '`max_connections`',
      backlog: '`listen_backlog` (1024 by default)', request: '`keepalive_timeout` (30000 ms by default)',
    },
    source: 'yaws.conf(5)',
  },
  {
    name: 'webfs', product: 'webfs',
    settings: { connections: '`-c` (32 by default)', request: '`-t` (60 s by default)' }, source: 'webfsd(1)',
  },
  {
    name: 'IIS', product: 'IIS',
    settings: { idle: '`connectionTimeout` (120 s by default)', request: '`headerWaitTimeout`' },
    source: 'learn.microsoft.com, IIS site limits',
  },
];
