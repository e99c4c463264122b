/** More proxies, with other seconds: both legs, limits of their patience, health checks. */
import {
  apache,
  beanstalkd,
  gunicorn,
  haproxy,
  mariadb,
  nginx,
  node,
  postgres,
  python,
  redis,
  tinyproxy,
} from '../programs.mjs';

/** Python sockets that ping a redis behind something, idle for so long, and ping again. */
const PINGERS = (host, port, { count, apart, idle }) => `
import socket, threading, time
def session(i):
    time.sleep(i * ${apart}); s = socket.create_connection(("${host}", ${port})); s.settimeout(20)
    try:
        s.sendall(b"PING\\r\\n"); s.recv(99); time.sleep(${idle})
        s.sendall(b"PING\\r\\n"); print(i, s.recv(99)); s.sendall(b"PING\\r\\n")
    except OSError as e: print(i, type(e).__name__)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(${count})]
for t in ts: t.start()
for t in ts: t.join()
`;

/** The beginning of a configuration of haproxy, with its seconds for clients and for servers. */
const TIMES = (mode, client, server = client) =>
  `defaults\n  mode ${mode}\n  timeout connect 2s\n  timeout client ${client}s\n  timeout server ${server}s\n`;

export const MORE_PROXIES = [
  {
    name: 'socat-idle-11',
    story:
      'socat -T 11 relays to redis on the backend: clients of Python that ping again after 13 s are cut on both ' +
      'legs.',
    needs: ['socat', 'redis-server', 'python3'],
    healthy: false,
    async prepare(stage) {
      await redis(stage.backend);
      stage.server.start(`exec socat -T 11 TCP-LISTEN:7000,fork,reuseaddr,backlog=32 TCP:${stage.backend.v4}:6379`);
      await stage.server.listening(7000);
    },
    play: (stage) => python(stage, stage.client, PINGERS(stage.server.v4, 7000, { count: 7, apart: 0.55, idle: 13 })),
    truth: {
      says: 'The relay closes both legs after 11.0 s idle (7 of 7): socat -T 11; the clients ping 2 s later.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 11,
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'haproxy-tunnel-7',
    story: 'haproxy in TCP mode, timeout client and server 7s, before redis: clients that ping again after 9 s.',
    needs: ['haproxy', 'redis-server', 'python3'],
    healthy: false,
    async prepare(stage) {
      await redis(stage.backend);
      await haproxy(
        stage,
        stage.server,
        `${TIMES('tcp', 7)}listen r\n  bind :6379\n  server a ${stage.backend.v4}:6379`,
        6379,
      );
    },
    play: (stage) => python(stage, stage.client, PINGERS(stage.server.v4, 6379, { count: 6, apart: 0.45, idle: 9 })),
    truth: {
      says:
        'haproxy closes both legs after 7.0 s idle (6 of 6): timeout client, timeout server; the clients ping 2 s ' +
        'later.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 7,
      findings: ['rst-after-push', 'linger-reset'],
    },
  },
  {
    name: 'nginx-websocket-idle-7',
    story:
      'nginx with proxy_read_timeout 7s before a node program that speaks WebSocket: connections that are silent ' +
      'for longer are closed on both legs.',
    needs: ['nginx', 'node', 'python3'],
    healthy: false,
    async prepare(stage) {
      await node(
        stage,
        stage.backend,
        `
import http from 'node:http';
http.createServer((q, a) => a.end('ok\\n')).on('upgrade', (q, s) => {
  s.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n');
  s.on('data', () => s.write(Buffer.from([0x81, 2, 111, 107]))); s.on('error', () => {}); s.on('end', () => s.end());
}).listen(8080);
`,
        8080,
      );
      await nginx(stage, stage.server, {
        http:
          `server { listen 80; location / { proxy_pass http://${stage.backend.v4}:8080; proxy_http_version 1.1; ` +
          'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; proxy_read_timeout 7s; } }',
      });
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, threading, time
def session(i):
    time.sleep(i * .6); s = socket.create_connection(("${stage.server.v4}", 80)); s.settimeout(20)
    try:
        s.sendall(b"GET /ws HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n")
        s.recv(999)
        for k in range(1 + i % 3): s.sendall(b"\\x81\\x82\\0\\0\\0\\0hi"); s.recv(99); time.sleep(1)
        time.sleep(9)
        for k in range(2): s.sendall(b"\\x81\\x82\\0\\0\\0\\0hi"); time.sleep(.2)
        print(i, s.recv(9))
    except OSError as e: print(i, type(e).__name__)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(8)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'nginx closes both legs 7.0 s after the last frame (8 of 8): proxy_read_timeout; the clients write 3 s ' +
        'later.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 7,
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'tinyproxy-idle-7',
    story: 'tinyproxy with Timeout 7: CONNECT tunnels of Python to a node echo server, silent for 10 s.',
    needs: ['tinyproxy', 'node', 'python3'],
    healthy: false,
    async prepare(stage) {
      await node(
        stage,
        stage.backend,
        `
import net from 'node:net';
net.createServer((s) => { s.on('data', (d) => s.write(d)); s.on('error', () => {}); }).listen(7000);
`,
        7000,
      );
      await tinyproxy(stage, stage.server, 'Timeout 7');
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, threading, time
def session(i):
    time.sleep(i * .5); s = socket.create_connection(("${stage.server.v4}", 8888)); s.settimeout(20)
    try:
        s.sendall(b"CONNECT ${stage.backend.v4}:7000 HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"); s.recv(999)
        s.sendall(b"hello"); s.recv(99); time.sleep(10)
        s.sendall(b"hello"); time.sleep(.2); s.sendall(b"hello"); print(i, s.recv(99))
    except OSError as e: print(i, type(e).__name__)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(8)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'The proxy closes both legs of tunnels that are silent for 7 to 8 s (8 of 8): Timeout 7; the clients write ' +
        'later.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [7, 8.1],
      findings: ['rst-after-push', 'linger-reset'],
    },
  },
  {
    name: 'haproxy-server-timeout-3',
    quick: true,
    story:
      'haproxy timeout server 3s before a node program that takes 5 s for each request: 504, the backend answers ' +
      'nobody.',
    needs: ['haproxy', 'node', 'curl'],
    healthy: false,
    async prepare(stage) {
      await node(
        stage,
        stage.backend,
        `
import http from 'node:http';
http.createServer((q, a) => setTimeout(() => a.end('ok\\n'), 5000)).listen(8080);
`,
        8080,
      );
      await haproxy(
        stage,
        stage.server,
        `${TIMES('http', 20, 3)}listen w\n  bind :80\n  server a ${stage.backend.v4}:8080`,
        80,
      );
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 7); do curl -s http://${stage.server.v4}/ -o /dev/null -w '%{http_code} %{time_total}\\n' & ` +
          'sleep .6; done; wait',
      ),
    truth: {
      says: 'The proxy gives up 3.00 s after each request (7 of 7); the backend would take 5 s: timeout server.',
      diagnosis: 'client-patience',
      by: 'server',
      seconds: 3,
      findings: ['unanswered-request', 'linger-reset'],
    },
  },
  {
    name: 'apache-proxy-timeout-3',
    story: 'Apache mod_proxy with ProxyTimeout 3 before gunicorn, which takes 4.5 s for each request: 502 or 504.',
    needs: ['apache2', 'gunicorn', 'curl'],
    healthy: false,
    tap: 'backend',
    async prepare(stage) {
      await gunicorn(stage, stage.backend, '-k gthread --threads 16');
      await apache(
        stage,
        stage.server,
        `ProxyTimeout 3\nProxyPass / http://${stage.backend.v4}:8000/\n` +
          `<Directory />\nRequire all granted\n</Directory>`,
        ['proxy', 'proxy_http'],
      );
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 9); do curl -s 'http://${stage.server.v4}/?w=4.5' -o /dev/null -w '%{http_code} ' & ` +
          'sleep .5; done; wait',
      ),
    truth: {
      says:
        'The proxy gives up 3.0 s after each request (9 of 9); the backend answers 4.5 s after it, to nobody: ' +
        'ProxyTimeout.',
      diagnosis: 'client-patience',
      by: 'server',
      seconds: 3,
      findings: ['unanswered-request', 'rst-after-push'],
    },
  },
  {
    name: 'nginx-upstream-closes',
    story:
      'nginx before two backends, one of which closes each connection as soon as it has read the request (a worker ' +
      'that crashes).',
    needs: ['nginx', 'node', 'curl'],
    healthy: false,
    async prepare(stage) {
      await node(
        stage,
        stage.backend,
        `
import net from 'node:net';
net.createServer((s) => { s.on('data', () => s.end()); s.on('error', () => {}); }).listen(8081);
`,
        8081,
      );
      await nginx(stage, stage.server, {
        http: `server { listen 80; location / { proxy_pass http://${stage.backend.v4}:8081; } }`,
      });
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 8); do curl -s http://${stage.server.v4}/ -o /dev/null -w '%{http_code} '; sleep .4; done`,
      ),
    truth: {
      says: 'The backend closes eight of eight connections of the proxy at once upon the request, without an answer.',
      diagnosis: 'closed-without-answer',
      by: 'backend',
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'haproxy-postgres-check-ok',
    story:
      'haproxy checks PostgreSQL each second (option pgsql-check) and carries a few sessions of psql: nothing is ' +
      'wrong.',
    needs: ['haproxy', 'postgres', 'psql'],
    healthy: true,
    async prepare(stage) {
      await postgres(stage, stage.backend);
      await haproxy(
        stage,
        stage.server,
        `${TIMES('tcp', 20)}listen p\n  bind :5432\n` +
          `  option pgsql-check user postgres\n  server a ${stage.backend.v4}:5432 check inter 1s`,
        5432,
      );
    },
    play: (stage) =>
      stage.client.run(`for i in 1 2 3 4 5; do psql -h ${stage.server.v4} -U postgres -Atc 'select 1'; sleep 2; done`),
    truth: {
      says: 'Checks at a steady beat, as information; sessions end by Terminate.',
    },
  },
  {
    name: 'haproxy-mysql-check-ok',
    story:
      'haproxy checks MariaDB each 2 s (option mysql-check) and carries a few sessions of PyMySQL: nothing is ' +
      'wrong.',
    needs: ['haproxy', 'mariadbd', 'pymysql'],
    healthy: true,
    async prepare(stage) {
      await mariadb(stage, stage.server);
      await haproxy(
        stage,
        stage.backend,
        `${TIMES('tcp', 20)}listen m\n  bind :3306\n` +
          `  option mysql-check user u\n  server a ${stage.server.v4}:3306 check inter 2s`,
        3306,
      );
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import pymysql, time
for i in range(6):
    c = pymysql.connect(host="${stage.backend.v4}", user="u"); q = c.cursor()
    q.execute("select %s", (i,)); q.fetchall(); c.close(); time.sleep(1.7)
`,
      ),
    truth: {
      says: 'Checks at a steady beat, as information; sessions end by COM_QUIT.',
    },
  },
  {
    name: 'beanstalkd-ok',
    story:
      'beanstalkd with workers of Python that wait for jobs (reserve-with-timeout 2, blocking) and a producer: ' +
      'healthy.',
    needs: ['beanstalkd', 'python3'],
    healthy: true,
    prepare: (stage) => beanstalkd(stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, threading, time
end = time.time() + 12
def worker():
    s = socket.create_connection(("${stage.server.v4}", 11300)); f = s.makefile("rb")
    while time.time() < end:
        s.sendall(b"reserve-with-timeout 2\\r\\n"); said = f.readline()
        if said.startswith(b"RESERVED"):
            n = said.split(); f.read(int(n[2]) + 2); s.sendall(b"delete " + n[1] + b"\\r\\n"); f.readline()
    s.sendall(b"quit\\r\\n"); s.close()
def producer():
    s = socket.create_connection(("${stage.server.v4}", 11300)); f = s.makefile("rb")
    while time.time() < end - 2: s.sendall(b"put 1 0 60 5\\r\\nhello\\r\\n"); f.readline(); time.sleep(.7)
    s.close()
ts = [threading.Thread(target=f) for f in (worker, worker, worker, producer)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
  },
];
