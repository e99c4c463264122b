import { spawnSync } from 'node:child_process';

/** What scenarios need, and the Debian package that brings it. */
const PACKAGES = {
  ab: 'apache2-utils',
  apache2: 'apache2',
  aria2c: 'aria2',
  beanstalkd: 'beanstalkd',
  bird: 'bird2',
  caddy: 'caddy',
  conntrack: 'conntrack',
  curl: 'curl',
  danted: 'dante-server',
  dnsmasq: 'dnsmasq-base',
  dovecot: 'dovecot-imapd',
  dropbear: 'dropbear-bin',
  etcd: 'etcd-server',
  freeradius: 'freeradius',
  gearman: 'gearman-tools',
  gearmand: 'gearman-job-server',
  git: 'git',
  go: 'golang-go',
  gunicorn: 'gunicorn',
  h2load: 'nghttp2-client',
  haproxy: 'haproxy',
  hitch: 'hitch',
  hping3: 'hping3',
  icecast2: 'icecast2',
  influxd: 'influxdb',
  iperf3: 'iperf3',
  java: 'openjdk-17-jdk-headless',
  kamailio: 'kamailio',
  kdig: 'knot-dnsutils',
  knotd: 'knot',
  lighttpd: 'lighttpd',
  mariadbd: 'mariadb-server',
  memcached: 'memcached',
  mosquitto: 'mosquitto',
  named: 'bind9',
  'nats-server': 'nats-server',
  ncat: 'ncat',
  nginx: 'nginx-light',
  ngircd: 'ngircd',
  nmap: 'nmap',
  nsd: 'nsd',
  openssl: 'openssl',
  openvpn: 'openvpn',
  perl: 'perl',
  pgbench: 'postgresql',
  pgbouncer: 'pgbouncer',
  pgpool: 'pgpool2',
  php: 'php-cli',
  postfix: 'postfix',
  privoxy: 'privoxy',
  proftpd: 'proftpd-core',
  prometheus: 'prometheus',
  'prometheus-node-exporter': 'prometheus-node-exporter',
  prosody: 'prosody',
  psql: 'postgresql-client',
  puma: 'puma',
  'rabbitmq-server': 'rabbitmq-server',
  'redis-cli': 'redis-tools',
  'redis-sentinel': 'redis-sentinel',
  'redis-server': 'redis-server',
  rsync: 'rsync',
  rsyslogd: 'rsyslog',
  ruby: 'ruby',
  ser2net: 'ser2net',
  slapd: 'slapd',
  smbclient: 'smbclient',
  smbd: 'samba',
  socat: 'socat',
  squid: 'squid',
  ssh: 'openssh-client',
  sshd: 'openssh-server',
  stunnel4: 'stunnel4',
  svnserve: 'subversion',
  tinyproxy: 'tinyproxy',
  turnserver: 'coturn',
  unbound: 'unbound',
  uwsgi: 'uwsgi',
  varnishd: 'varnish',
  vsftpd: 'vsftpd',
  wget: 'wget',
  wrk: 'wrk',
  xinetd: 'xinetd',
};

/** What is asked otherwise than by the name of a command, and its package. */
const QUESTIONS = {
  node: ['true', 'nodejs'],
  python3: ['test -x /usr/bin/python3', 'python3'],
  postgres: ['ls /usr/lib/postgresql/*/bin/initdb', 'postgresql'],
  nft: ['true', 'nftables'],
  aiohttp: module('aiohttp'),
  h2: module('h2'),
  'php-fpm': ['ls /usr/sbin/php-fpm*', 'php-fpm'],
  pika: module('pika'),
  psycopg2: module('psycopg2'),
  pymysql: module('pymysql'),
  redis: module('redis'),
  requests: module('requests'),
  zookeeper: ['ls /usr/share/java/zookeeper.jar', 'zookeeper'],
  tomcat: ['test -x /usr/share/tomcat10/bin/catalina.sh', 'tomcat10'],
  uvicorn: module('uvicorn'),
};

/** All names that a scenario may need. */
export const NAMES = [...Object.keys(PACKAGES), ...Object.keys(QUESTIONS)];

const asked = new Map();

/** What of these is not installed, as the Debian packages that bring it. */
export function missing(names) {
  return [...new Set(names.filter((name) => !has(name)).map((name) => QUESTIONS[name]?.[1] ?? PACKAGES[name]))];
}

function has(name) {
  if (!asked.has(name)) {
    const [question] = QUESTIONS[name] ?? [`PATH=/usr/sbin:/usr/bin:/sbin:/bin command -v ${name}`];
    asked.set(name, spawnSync('bash', ['-c', question], { stdio: 'ignore' }).status === 0);
  }
  return asked.get(name);
}

function module(name) {
  return [`/usr/bin/python3 -c 'import ${name}'`, `python3-${name}`];
}
