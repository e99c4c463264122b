/** Kinds of faults that others lack: shutdowns that lose requests, TLS of other kinds, data connections, queues. */
import { CERTIFICATE } from '../clients.mjs';
import {
  FORWARD, apache, haproxy, lighttpd, mariadb, nginx, node, postgres, python, pythonOn, redis,
} from '../programs.mjs';
import { sshd } from './limits.mjs';

export const MORE_KINDS = [
  {
    name: 'postgres-fast-shutdown',
    story:
      'PostgreSQL is shut down fast (SIGINT) in the middle of queries of nine psycopg2 sessions, and ' +
      'started again after 3 s.',
    needs: ['postgres', 'psycopg2'],
    healthy: false,
    prepare: async (stage) => {
      stage.program = await postgres(stage, stage.server);
    },
    async play(stage) {
      const load = pythonOn(
        stage,
        stage.client,
        `
import psycopg2, threading, time
end = time.time() + 11
def work(i):
    time.sleep(i * .1); c = None
    while time.time() < end:
        try:
            if c is None: c = psycopg2.connect(host="${stage.server.v4}", user="postgres"); q = c.cursor()
            q.execute("select pg_sleep(%s)", (.3 + i * .07,)); q.fetchall()
        except Exception as e: print(i, str(e).split()[0:3]); c = None; time.sleep(.25)
ts = [threading.Thread(target=work, args=(i,)) for i in range(9)]
for t in ts: t.start()
for t in ts: t.join()
`,
      );
      await stage.wait(3);
      stage.program.signal('SIGINT');
      await stage.wait(3.5);
      stage.server.start(
        `exec runuser -u postgres -- $(ls -d /usr/lib/postgresql/*/bin | tail -1)/postgres ` +
          `-D ${stage.folder}/pg-server -c listen_addresses=* -c unix_socket_directories= -c fsync=off -p 5432`,
      );
      await load.over();
    },
    truth: {
      says:
        'Nine sessions of port 5432 were ended in one moment in the middle of their queries, then some 3 s of ' +
        'refusals: a restart.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['refused', 'unanswered-request', 'any'],
    },
  },
  {
    name: 'node-shutdown-loses',
    quick: true,
    story:
      'A node server ends by process.exit() on SIGTERM under twelve clients, and another takes its place ' +
      'after 0.5 s: requests are lost.',
    needs: ['node', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.again = () =>
        node(
          stage,
          stage.server,
          `
import http from 'node:http';
http.createServer((q, a) => setTimeout(() => a.end('ok\\n'), 250)).listen(8080);
process.on('SIGTERM', () => process.exit());
`,
          8080,
        );
      stage.program = await stage.again();
    },
    async play(stage) {
      const load = pythonOn(
        stage,
        stage.client,
        `
import http.client, threading, time
end = time.time() + 14
def work(i):
    time.sleep(i * .06); c = http.client.HTTPConnection("${stage.server.v4}", 8080, timeout=5)
    while time.time() < end:
        try: c.request("GET", "/"); c.getresponse().read(); time.sleep(.05)
        except Exception as e: print(i, type(e).__name__); c.close(); time.sleep(.08)
    c.close()
ts = [threading.Thread(target=work, args=(i,)) for i in range(12)]
for t in ts: t.start()
for t in ts: t.join()
`,
      );
      await stage.wait(3);
      stage.program.signal('SIGTERM');
      await stage.wait(0.5);
      await stage.again();
      await load.over();
    },
    truth: {
      says:
        'Twelve connections ended in one moment, most in the middle of a request, then refusals for some 0.5 s: a ' +
        'restart.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['refused', 'unanswered-request'],
    },
  },
  {
    name: 'nginx-worker-killed',
    quick: true,
    story: 'The worker of nginx is killed (SIGKILL) in the middle of slow requests; its master starts another at once.',
    needs: ['nginx', 'node', 'curl'],
    healthy: false,
    async prepare(stage) {
      await node(
        stage,
        stage.backend,
        `
import http from 'node:http';
http.createServer((q, a) => setTimeout(() => a.end('ok\\n'), 3000)).listen(8080);
`,
        8080,
      );
      await nginx(stage, stage.server, {
        http: `server { listen 80; location / { proxy_pass http://${stage.backend.v4}:8080; } }`,
      });
    },
    async play(stage) {
      const load = stage.client.start(
        `for i in $(seq 8); do curl -sS http://${stage.server.v4}/ -o /dev/null & sleep .25; done; sleep 1; ` +
          `for i in 1 2 3; do curl -s http://${stage.server.v4}/ -o /dev/null & done; wait`,
      );
      await stage.wait(2.2);
      await stage.server.run('master=$(cat nginx-server.pid); kill -9 $(cat /proc/$master/task/$master/children)');
      await load.over();
    },
    truth: {
      says: 'Eight requests of different ages were cut off in one moment, and others were served at once: a worker ' +
        'ended.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'haproxy-queue-timeout',
    story:
      'haproxy with maxconn 2 for a server that takes 2 s, timeout queue 3s: of 14 requests most wait in ' +
      'its queue and get a 503 after 3 s.',
    needs: ['haproxy', 'node', 'curl'],
    healthy: true,
    async prepare(stage) {
      await node(
        stage,
        stage.backend,
        `
import http from 'node:http';
http.createServer((q, a) => setTimeout(() => a.end('ok\\n'), 2000)).listen(8080);
`,
        8080,
      );
      await haproxy(
        stage,
        stage.server,
        'defaults\n  mode http\n  timeout connect 2s\n  timeout client 20s\n  timeout server 20s\n' +
          `listen w\n  bind :80\n  timeout queue 3s\n  server a ${stage.backend.v4}:8080 maxconn 2`,
        80,
      );
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 14); do curl -s http://${stage.server.v4}/ -o /dev/null & sleep .1; done; wait`,
      ),
  },
  {
    name: 'openssl-old-version',
    story:
      'nginx takes TLS 1.3 alone; clients of Python and curl that speak TLS 1.2 at most are answered by ' +
      'an alert, others are served.',
    needs: ['nginx', 'openssl', 'curl', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.server.must(`${CERTIFICATE} 2>/dev/null; chmod 644 *.pem`);
      stage.write('index.html', 'hello\n');
      await nginx(stage, stage.server, {
        http:
          `server { listen 443 ssl; ssl_protocols TLSv1.3; ssl_certificate ${stage.folder}/crt.pem; ` +
          `ssl_certificate_key ${stage.folder}/k.pem; }`,
        port: 443,
      });
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4 5; do curl -sSk --tls-max 1.2 https://${stage.server.v4}/index.html -o /dev/null; ` +
          `curl -sk https://${stage.server.v4}/index.html -o /dev/null; sleep .3; done`,
      ),
    truth: {
      says:
        'Five of ten TLS handshakes are answered by an alert: the server does not take the version that these ' +
        'clients offer.',
      diagnosis: 'tls-handshake-failure',
      by: 'server',
      findings: ['tls-handshake-failure'],
    },
  },
  {
    name: 'curl-plain-to-tls',
    story: 'Clients that speak HTTP to a port of haproxy with TLS: closed without an answer, eight times.',
    needs: ['haproxy', 'openssl', 'curl'],
    healthy: false,
    async prepare(stage) {
      stage.server.must(`${CERTIFICATE} 2>/dev/null; cat crt.pem k.pem > c.pem`);
      await haproxy(
        stage,
        stage.server,
        'defaults\n  mode http\n  timeout connect 2s\n  timeout client 20s\n  timeout server 20s\nlisten f\n' +
          `  bind :443 ssl crt ${stage.folder}/c.pem\n  http-request return status 200`,
        443,
      );
    },
    play: (stage) =>
      stage.client.run(`for i in $(seq 8); do curl -sS http://${stage.server.v4}:443/ -o /dev/null; sleep .3; done`),
    truth: {
      says: 'The server closes eight of eight connections at once without an answer: HTTP is spoken to a port of TLS.',
      diagnosis: 'closed-without-answer',
      by: 'server',
      findings: ['unanswered-request', 'linger-reset'],
    },
  },
  {
    name: 'vsftpd-passive-dropped',
    story: 'A firewall lets port 21 of vsftpd through and drops its passive ports: listings hang in connect().',
    needs: ['vsftpd', 'python3', 'nft'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      stage.server.must('mkdir -p /var/run/vsftpd/empty');
      stage.write(
        'ftp.conf',
        'listen=YES\nbackground=NO\nanonymous_enable=YES\npasv_min_port=40000\npasv_max_port=40100\n' +
          'secure_chroot_dir=/var/run/vsftpd/empty\nseccomp_sandbox=NO\n',
      );
      stage.server.start(`exec vsftpd ${stage.folder}/ftp.conf`);
      await stage.server.listening(21);
      stage.router.firewall(FORWARD, 'tcp dport 40000-40100 drop');
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import ftplib, threading, time
def session(i):
    time.sleep(i * .5)
    try: f = ftplib.FTP("${stage.server.v4}", timeout=8); f.login(); f.nlst()
    except Exception as e: print(i, type(e).__name__)
ts = [threading.Thread(target=session, args=(i,)) for i in range(5)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'Five connects to passive ports (40000 to 40100) are never answered, while port 21 of the host serves: a ' +
        'firewall drops them.',
      diagnosis: 'firewall-drop',
      findings: ['unanswered'],
    },
  },
  {
    name: 'sshd-alive-count',
    story:
      'sshd with ClientAliveInterval 3 and ClientAliveCountMax 2; the road to four clients is cut: it ' +
      'closes them 9 s later, unheard.',
    needs: ['sshd', 'ssh', 'nft'],
    healthy: false,
    prepare: (stage) => sshd(stage, '-o ClientAliveInterval=3 -o ClientAliveCountMax=2'),
    async play(stage) {
      const shells = [1, 2, 3, 4].map(() =>
        stage.client.start(
          `exec ssh -i id -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null root@${stage.server.v4} ` +
            `'while sleep .7; do date; done'`,
        ),
      );
      await stage.wait(5);
      stage.router.firewall(FORWARD, 'tcp sport 22 drop', 'tcp dport 22 drop');
      await stage.wait(16);
      for (const shell of shells) shell.signal('SIGKILL');
      await stage.wait(1);
    },
    truth: {
      says:
        'Four conversations fell silent at once; the server sent again and again and was not heard: the road was ' +
        'cut.',
      diagnosis: ['failover', 'firewall-drop', 'nat-forgot', 'idle-limit'],
      findings: ['half-open', 'unacknowledged-fin', 'any'],
    },
  },
  {
    name: 'redis-client-kill',
    story:
      'An operator ends all clients of redis but his own (CLIENT KILL TYPE normal SKIPME yes) while ' +
      'twelve of them ask; they connect anew.',
    needs: ['redis-server', 'redis-cli', 'python3'],
    healthy: false,
    prepare: (stage) => redis(stage.server),
    async play(stage) {
      const talk = pythonOn(
        stage,
        stage.client,
        `
import socket, threading, time
def session(i):
    time.sleep(i * .11); end = time.time() + 8; s = None
    while time.time() < end:
        try:
            if s is None: s = socket.create_connection(("${stage.server.v4}", 6379)); s.settimeout(5)
            s.sendall(b"PING\\r\\n")
            if not s.recv(99): raise OSError("closed")
            time.sleep(.9)
        except OSError as e: print(i, e); s.close(); s = None
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(12)]
for t in ts: t.start()
for t in ts: t.join()
`,
      );
      await stage.wait(4);
      await stage.server.run('redis-cli client kill type normal skipme yes');
      await talk.over();
    },
    truth: {
      says:
        'The server closed twelve connections in one moment, and goes on serving: what its clients asked next was ' +
        'lost.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'apache-slow-backend-45-ok',
    story:
      'Apache with KeepAliveTimeout 45 and clients that come back after 20 s on the same connection: nothing is wrong.',
    needs: ['apache2', 'python3'],
    healthy: true,
    async prepare(stage) {
      stage.write('index.html', 'hello\n'.repeat(50));
      await apache(
        stage,
        stage.server,
        'KeepAlive On\nKeepAliveTimeout 45\n<Directory />\nRequire all granted\n</Directory>',
        ['dir'],
      );
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import http.client, threading, time
def session(i):
    time.sleep(i * .4); c = http.client.HTTPConnection("${stage.server.v4}", 80)
    for k in range(2): c.request("GET", "/"); c.getresponse().read(); time.sleep(20 if k == 0 else .1)
    c.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(6)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
  },
  {
    name: 'lighttpd-read-idle-7',
    story:
      'lighttpd with server.max-read-idle 7: clients that begin a request and do not end it are closed 7 to 8 s later.',
    needs: ['lighttpd', 'python3'],
    healthy: false,
    prepare: (stage) => lighttpd(stage, stage.server, 'server.max-read-idle = 7'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, threading, time
def session(i):
    time.sleep(i * .3); s = socket.create_connection(("${stage.server.v4}", 80)); s.settimeout(20)
    try: s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n"); print(i, s.recv(99)[:20])
    except OSError as e: print(i, e)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(9)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says: 'The server closes 7 to 8 s after the last byte of requests that do not end (9 of 9): max-read-idle.',
      diagnosis: ['closed-without-answer', 'idle-limit', 'slowloris'],
      by: ['server', 'client'],
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'mariadb-interactive-3-node',
    story:
      'MariaDB with wait_timeout 3 and interactive_timeout 3; a node program holds six raw sessions and ' +
      'uses each after 5 s.',
    needs: ['mariadbd', 'node'],
    healthy: false,
    prepare: (stage) => mariadb(stage, stage.server, '--wait-timeout=3 --interactive-timeout=3 --connect-timeout=3'),
    async play(stage) {
      stage.write(
        'client.mjs',
        `
import net from 'node:net';
for (let i = 0; i < 6; i++) setTimeout(() => {
  const s = net.connect(3306, '${stage.server.v4}');
  s.on('error', (e) => console.log(e.code)); s.resume();
  setTimeout(() => { s.write(Buffer.from([1, 0, 0, 0, 14])); setTimeout(() => s.destroy(), 300); }, 5000);
}, i * 500);
`,
      );
      await stage.client.run('node client.mjs');
    },
    truth: {
      says: 'The server closes connections that say nothing for 3.0 s behind its greeting (6 of 6): connect_timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 3,
      findings: ['rst-after-push', 'linger-reset', 'any'],
    },
  },
];
