import type { Software } from './model.js';

/** Proxies, caches and tunnels: servers to their clients, clients of others. */
export const PROXIES: readonly Software[] = [
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
    name: 'nghttpx', product: 'nghttpx',
    settings: {
      idle:
        '`--frontend-keep-alive-timeout` (1 minute by default), of HTTP/2 `--frontend-http2-read-timeout` (3 minutes)',
      patience: '`--backend-read-timeout` (1 minute by default)', connections: '`--worker-frontend-connections`',
      backlog: '`--backlog`', request: '`--frontend-read-timeout`',
    },
    source: 'nghttp2.org/documentation/nghttpx.1.html',
  },
  { name: 'stunnel', settings: { idle: '`TIMEOUTidle`', answer: '`TIMEOUTbusy`' }, source: 'stunnel(8)' },
];
