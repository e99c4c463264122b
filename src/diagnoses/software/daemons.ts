import type { Software } from './model.js';

/** Files, mail, names, logins. */
export const DAEMONS: readonly Software[] = [
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
    name: 'Dovecot', ports: [110, 143, 993, 995],
    settings: {
      connections:
        '`client_limit`, `process_limit` and `service_count` of its login service, `mail_max_userip_connections`',
    },
    source: 'doc.dovecot.org, service configuration',
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
    name: 'FreeRADIUS', ports: [1812, 2083],
    settings: { idle: '`idle_timeout` of the `limit` of its `listen`', connections: '`max_connections` there' },
    source: 'freeradius.org, raddb/sites-available/default',
  },
  {
    name: 'Samba', kinds: ['smb'], isOneOfMany: true, ports: [445],
    settings: { idle: '`deadtime` (10080 minutes by default)', connections: '`max smbd processes`, `max connections`' },
    source: 'smb.conf(5)',
  },
];
