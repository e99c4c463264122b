/** Limits: of connections, of the accept queue, of ports. */
import {
  apache,
  gunicorn,
  haproxy,
  mariadb,
  memcached,
  nginx,
  node,
  postgres,
  python,
  pythonOn,
  redis,
} from '../programs.mjs';

/** What a full server says, to Python sockets that greet or wait, so many at a time. */
const CROWD = (host, port, { count, hello = '', hold = 4, apart = 0.08 }) => `
import socket, threading, time
def session(i):
    time.sleep(i * ${apart})
    try:
        s = socket.create_connection(("${host}", ${port}), 6); s.settimeout(6)
        if ${JSON.stringify(hello)}: s.sendall(${JSON.stringify(hello)}.encode())
        said = s.recv(999); print(i, said[:60])
        if said and not said.startswith((b"-ERR", b"ERROR", b"421")): time.sleep(${hold})
        s.close()
    except OSError as e: print(i, type(e).__name__)
ts = [threading.Thread(target=session, args=(i,)) for i in range(${count})]
for t in ts: t.start()
for t in ts: t.join()
`;

export const LIMITS = [
  {
    name: 'redis-maxclients',
    quick: true,
    story: 'redis with maxclients 12 and 20 Python sockets that ping and stay for 4 s: eight are told -ERR and closed.',
    needs: ['redis-server', 'python3'],
    healthy: false,
    prepare: (stage) => redis(stage.server, '--maxclients 12'),
    play: (stage) => python(stage, stage.client, CROWD(stage.server.v4, 6379, { count: 20, hello: 'PING\r\n' })),
    truth: {
      says:
        'From the 13th open connection on the server closes each new one at once, after 41 bytes: a limit (redis ' +
        'maxclients 12).',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'postgres-max-connections',
    story:
      'PostgreSQL with max_connections=8 (3 reserved) and 14 psycopg2 sessions of an ordinary user: "too many ' +
      'clients".',
    needs: ['postgres', 'psycopg2'],
    healthy: false,
    prepare: async (stage) => {
      await postgres(stage, stage.server, '-c max_connections=8');
      await stage.server.run('psql -h 127.0.0.1 -U postgres -c "create role u login"');
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import psycopg2, threading, time
def session(i):
    time.sleep(i * .15)
    try:
        c = psycopg2.connect(host="${stage.server.v4}", user="u", dbname="postgres")
        c.cursor().execute("select 1"); time.sleep(4); c.close()
    except Exception as e: print(i, str(e).strip()[-70:])
ts = [threading.Thread(target=session, args=(i,)) for i in range(14)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'From the sixth open connection on the server closes each new one within milliseconds, after an error ' +
        'message: a limit (max_connections).',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'mariadb-max-connections',
    story: 'MariaDB with max_connections=10 and 18 PyMySQL sessions: ERROR 1040 Too many connections.',
    needs: ['mariadbd', 'pymysql'],
    healthy: false,
    prepare: (stage) => mariadb(stage, stage.server, '--max-connections=10'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import pymysql, threading, time
def session(i):
    time.sleep(i * .1)
    try:
        c = pymysql.connect(host="${stage.server.v4}", user="u"); c.cursor().execute("select 1")
        time.sleep(4); c.close()
    except Exception as e: print(i, e)
ts = [threading.Thread(target=session, args=(i,)) for i in range(18)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'From the eleventh open connection on the server closes each new one at once with an error: a limit ' +
        '(max_connections).',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'memcached-maxconns',
    story:
      'memcached -c 20 (16 of which are its own) with maxconns_fast: 34 Python clients; those beyond four get ERROR ' +
      'Too many open connections.',
    needs: ['memcached', 'python3'],
    healthy: false,
    prepare: (stage) => memcached(stage.server, '-c 20 -o maxconns_fast -t 2'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        CROWD(stage.server.v4, 11211, { count: 34, hello: 'version\r\n', hold: 5, apart: 0.06 }),
      ),
    truth: {
      says:
        'From the fifth open connection on the server closes each new one at once, 30 of 34: a limit (memcached ' +
        '-c, of which it keeps 16 for itself).',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'vsftpd-max-clients',
    story: 'vsftpd max_clients=4 and nine Python clients that stay for 4 s: 421 There are too many connected users.',
    needs: ['vsftpd', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.server.must('mkdir -p /var/run/vsftpd/empty');
      stage.write(
        'ftp.conf',
        'listen=YES\nbackground=NO\nanonymous_enable=YES\nmax_clients=4\n' +
          'secure_chroot_dir=/var/run/vsftpd/empty\nseccomp_sandbox=NO\n',
      );
      stage.server.start(`exec vsftpd ${stage.folder}/ftp.conf`);
      await stage.server.listening(21);
    },
    play: (stage) => python(stage, stage.client, CROWD(stage.server.v4, 21, { count: 9, apart: 0.2 })),
    truth: {
      says: 'From the fifth open connection on the server says 421 and closes at once: a limit (max_clients).',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'sshd-maxstartups',
    story:
      'sshd with MaxStartups 3:100:3 and twelve clients that connect and do not log in for 3 s: sshd closes what ' +
      'comes beyond three.',
    needs: ['sshd', 'python3'],
    healthy: false,
    prepare: (stage) => sshd(stage, '-o MaxStartups=3:100:3'),
    play: (stage) => python(stage, stage.client, CROWD(stage.server.v4, 22, { count: 12, hold: 3, apart: 0.15 })),
    truth: {
      says:
        'While three connections are open the server closes each new one at once, without its banner: a limit ' +
        '(sshd MaxStartups).',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'nginx-drains-idle-ok',
    story:
      'nginx with worker_connections 24 and 34 keep-alive clients that each ask once: it closes idle ones to make ' +
      'room, after their answer; nothing is lost.',
    needs: ['nginx', 'python3'],
    healthy: true,
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await nginx(stage, stage.server, { http: 'server { listen 80; }', connections: 24 });
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        CROWD(stage.server.v4, 80, { count: 34, hello: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', hold: 5, apart: 0.05 }),
      ),
  },
  {
    name: 'apache-accept-queue',
    story:
      'Apache prefork with MaxRequestWorkers 3, ListenBackLog 4 and a CGI program of 0.6 s; 24 curls at once: SYNs ' +
      'are dropped, connects take 1 to 3 s.',
    needs: ['apache2', 'curl'],
    healthy: false,
    async prepare(stage) {
      stage.write('slow.cgi', '#!/bin/sh\nsleep 0.6\nprintf "Content-Type: text/plain\\r\\n\\r\\nok\\n"\n');
      await apache(
        stage,
        stage.server,
        'ServerLimit 3\nMaxRequestWorkers 3\nStartServers 3\nMinSpareServers 3\nMaxSpareServers 3\nListenBackLog ' +
          '4\nKeepAlive Off\n' +
          '<Directory />\nRequire all granted\nOptions +ExecCGI\nSetHandler cgi-script\n</Directory>',
        ['mpm_prefork', 'cgi'],
      );
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 24); do curl -sS -m 20 http://${stage.server.v4}/slow.cgi -o /dev/null -w '%{http_code} ` +
          `%{time_connect} %{time_total}\\n' & done; wait`,
      ),
    truth: {
      says:
        'About half of the 24 connects needed several SYNs (1 to 3 s) while the server answered others: the accept ' +
        'queue is full (ListenBackLog 4).',
      diagnosis: 'accept-queue',
      by: 'server',
      findings: ['slow-connect', 'incomplete-handshake'],
    },
  },
  {
    name: 'redis-accept-queue-frozen',
    quick: true,
    story:
      'redis with tcp-backlog 5 is stopped (SIGSTOP) for 6 s while 20 clients connect: six are in the queue, the ' +
      'SYNs of the others are dropped.',
    needs: ['redis-server', 'python3'],
    healthy: false,
    prepare: async (stage) => {
      stage.program = await redis(stage.server, '--tcp-backlog 5');
    },
    async play(stage) {
      stage.program.signal('SIGSTOP');
      const crowd = pythonOn(
        stage,
        stage.client,
        CROWD(stage.server.v4, 6379, { count: 20, hello: 'PING\r\n', hold: 1, apart: 0.1 }),
      );
      await stage.wait(6);
      stage.program.signal('SIGCONT');
      await crowd.over();
    },
    truth: {
      says:
        'For 6 s the server took no connection from its queue (6 connected and unanswered, 14 with SYNs dropped): ' +
        'a frozen process, its accept queue full.',
      diagnosis: ['accept-queue', 'frozen-process'],
      by: 'server',
      findings: ['slow-connect', 'incomplete-handshake', 'unanswered', 'unanswered-request'],
    },
  },
  {
    name: 'node-overflow-reset',
    delay: { client: 15 },
    story:
      'A node server (backlog 3) that is busy for 5 s, with net.ipv4.tcp_abort_on_overflow=1: RSTs answer the ACK of ' +
      'the handshake.',
    needs: ['node', 'python3', 'curl'],
    healthy: false,
    async prepare(stage) {
      stage.server.must('sysctl -qw net.ipv4.tcp_abort_on_overflow=1');
      await node(
        stage,
        stage.server,
        `
import http from 'node:http';
function busy() { const end = Date.now() + 5000; while (Date.now() < end); }
const s = http.createServer((q, a) => { a.end('ok\\n'); if (q.url === '/busy') setImmediate(busy); });
s.listen(8080, '0.0.0.0', 3);
`,
        8080,
      );
    },
    async play(stage) {
      await stage.client.run(`curl -s http://${stage.server.v4}:8080/busy`);
      await python(
        stage,
        stage.client,
        CROWD(stage.server.v4, 8080, {
          count: 16,
          hello: 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
          hold: 0,
          apart: 0.001,
        }),
      );
    },
    truth: {
      says:
        'The server resets handshakes that its queue has no room for (tcp_abort_on_overflow), while it is busy ' +
        'for 5 s.',
      diagnosis: ['accept-queue', 'frozen-process'],
      by: 'server',
      findings: ['incomplete-handshake'],
    },
  },
  {
    name: 'python-port-exhaustion',
    quick: true,
    story:
      'ip_local_port_range = 52000 52399 at the client, and a Python program that asks haproxy over a new connection ' +
      'each time and closes first: ' +
      'after 400 connections no port is left.',
    needs: ['haproxy', 'python3'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      stage.client.must('sysctl -qw net.ipv4.ip_local_port_range="52000 52399" net.ipv4.tcp_tw_reuse=0');
      await haproxy(
        stage,
        stage.server,
        'defaults\n  mode http\n  timeout connect 1s\n  timeout client 9s\n  timeout server 9s\nlisten f\n  bind ' +
          ':80\n  http-request return status 200 content-type text/plain string ok',
        80,
      );
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, time, collections
said = collections.Counter()
for i in range(900):
    try:
        s = socket.create_connection(("${stage.server.v4}", 80))
        s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"); s.recv(999); s.close(); said["ok"] += 1
    except OSError as e: said[e.strerror] += 1; time.sleep(.01)
print(dict(said))
`,
      ),
    truth: {
      says:
        "400 connections used exactly the ports 52000-52399 once each, all in the client's TIME-WAIT, and then " +
        'none came: the ports ran out.',
      diagnosis: 'port-exhaustion',
      by: 'client',
      findings: ['port-exhaustion'],
    },
  },
  {
    name: 'gunicorn-backlog-ok',
    story:
      'gunicorn, one sync worker of 0.1 s a request, backlog 64, twelve curls at once: they wait in the queue for ' +
      'about a second and are answered.',
    needs: ['gunicorn', 'curl'],
    healthy: true,
    prepare: (stage) => gunicorn(stage, stage.server, '--backlog 64'),
    play: (stage) =>
      stage.client.run(
        `for k in 1 2 3; do for i in $(seq 12); do curl -sS -m 20 'http://${stage.server.v4}:8000/?w=0.1' -o ` +
          `/dev/null -w '%{http_code} ' & done; wait; done`,
      ),
  },
];

/** sshd in the foreground without logins but by key. */
export async function sshd(stage, options = '') {
  stage.server.must(
    'mkdir -p /run/sshd; ssh-keygen -q -t ed25519 -N "" -f hk; ssh-keygen -q -t ed25519 -N "" -f id; cp id.pub ak; ' +
      'chmod 600 hk id',
  );
  const program = stage.server.start(
    `exec /usr/sbin/sshd -D -e -f /dev/null -p 22 -h ${stage.folder}/hk -o AuthorizedKeysFile=${stage.folder}/ak -o ` +
      `StrictModes=no ` +
      `-o UsePAM=no -o PermitRootLogin=yes -o 'Subsystem=sftp internal-sftp' ${options}`,
  );
  await stage.server.listening(22);
  return program;
}
