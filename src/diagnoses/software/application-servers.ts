import type { Software } from './model.js';

/** Servers that programs of the web are written for, or with. */
export const APPLICATION_SERVERS: readonly Software[] = [
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
    name: 'Mojolicious', product: 'Mojolicious',
    settings: {
      idle: '`keep_alive_timeout` (5 s by default)', answer: '`inactivity_timeout` (30 s by default)',
      connections: '`clients` of each worker (1000 by default)', backlog: '`backlog`',
      request: '`inactivity_timeout` (30 s by default)',
    },
    source: 'docs.mojolicious.org/Mojo/Server/Daemon, Mojo/Server/Hypnotoad',
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
    name: 'Go net/http',
    settings: {
      idle: '`http.Server.IdleTimeout`', answer: '`http.Server.WriteTimeout` and the handler',
      request: '`ReadHeaderTimeout`', patience: '`http.Client.Timeout`',
    },
    source: 'pkg.go.dev/net/http#Server',
  },
];
