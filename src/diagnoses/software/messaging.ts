import type { Software } from './model.js';

/** Brokers, chats and calls: both ends speak when they like. */
export const MESSAGING: readonly Software[] = [
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
];
