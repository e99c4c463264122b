import type { Software } from './model.js';

/** Databases, their poolers, and caches. */
export const DATABASES: readonly Software[] = [
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
    name: 'MongoDB', kinds: ['mongodb'], ports: [27_017], settings: { connections: '`net.maxIncomingConnections`' },
    source: 'mongodb.com/docs, configuration options',
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
    name: 'InfluxDB', ports: [8086], settings: { connections: '`max-connection-limit`' },
    source: 'docs.influxdata.com/influxdb/v1, http settings',
  },
];
