/** Mixed loads, health checks by scripts, reboots, and what strangers send. */
import { FORWARD, gunicorn, memcached, mariadb, nginx, node, postgres, python, redis } from '../programs.mjs';

export const MIXED = [
  {
    name: 'busy-mixed-ok',
    story:
      'A busy healthy host for 15 s: nginx (keep-alive and not), redis, memcached and PostgreSQL under clients that ' +
      'come and go, ' +
      'some of which idle for seconds, all closed in order.',
    needs: ['nginx', 'redis-server', 'memcached', 'postgres', 'psycopg2', 'requests', 'redis'],
    healthy: true,
    async prepare(stage) {
      stage.write('index.html', 'hello\n'.repeat(200));
      await nginx(stage, stage.server, { http: 'server { listen 80; keepalive_timeout 20s; }' });
      await redis(stage.server);
      await memcached(stage.server);
      await postgres(stage, stage.server);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import psycopg2, random, redis, requests, socket, threading, time
random.seed(5); host = "${stage.server.v4}"; end = time.time() + 14; n = [0]
def pause(most): time.sleep(random.uniform(.01, most))
def web():
    while time.time() < end:
        s = requests.Session()
        for k in range(random.randint(1, 6)): s.get("http://%s/index.html" % host); n[0] += 1; pause(.5)
        s.close()
def once():
    while time.time() < end:
        requests.get("http://%s/index.html" % host, headers={"Connection": "close"}); n[0] += 1; pause(.3)
def cache():
    while time.time() < end:
        r = redis.Redis(host=host)
        for k in range(random.randint(1, 30)): r.incr("n"); pause(.08)
        r.close()
def mem():
    while time.time() < end:
        s = socket.create_connection((host, 11211))
        for k in range(random.randint(1, 20)): s.sendall(b"version\\r\\n"); s.recv(99); pause(.1)
        s.close()
def sql():
    while time.time() < end:
        c = psycopg2.connect(host=host, user="postgres", dbname="postgres"); q = c.cursor()
        for k in range(random.randint(1, 10)):
            q.execute("select repeat('x', %s)", (random.randint(1, 20000),)); q.fetchall(); pause(.4)
        c.close()
ts = [threading.Thread(target=f) for f in (web, once, cache, mem, sql) for _ in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(n[0], "pages")
`,
      ),
  },
  {
    name: 'script-health-ok',
    story:
      'Health checks by scripts: a TCP connect that closes at once every 500 ms, a GET /health with Connection: ' +
      'close each second, ' +
      'a redis PING each second; and a few users.',
    needs: ['node', 'redis-server', 'python3', 'curl'],
    healthy: true,
    async prepare(stage) {
      await redis(stage.server);
      await node(
        stage,
        stage.server,
        `
import http from 'node:http';
http.createServer((q, a) => a.end('ok\\n')).listen(8080);
`,
        8080,
      );
    },
    async play(stage) {
      stage.write(
        'check.py',
        `
import socket, threading, time
end = time.time() + 12
def beat(apart, port, line):
    due = time.time()
    while time.time() < end:
        s = socket.create_connection(("${stage.server.v4}", port))
        if line: s.sendall(line); s.recv(999)
        s.close(); due += apart; time.sleep(max(0, due - time.time()))
get = b"GET /health HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n"
for a in ((.5, 8080, b""), (1, 8080, get), (1, 6379, b"PING\\r\\n")):
    threading.Thread(target=beat, args=a).start()
`,
      );
      const checks = stage.backend.start('exec python3 check.py');
      await stage.client.run(
        `for i in 1 2 3 4 5; do curl -s http://${stage.server.v4}:8080/ -o /dev/null; sleep 2; done`,
      );
      await checks.over();
    },
    truth: { says: 'Health checks at a steady beat, as information.', diagnosis: 'health-check' },
  },
  {
    name: 'gunicorn-frozen-behind-nginx',
    story:
      'gunicorn behind nginx (proxy_read_timeout 4s) is stopped for 7 s (SIGSTOP): nginx answers 504 after 4 s each, ' +
      'gunicorn later answers nobody.',
    needs: ['nginx', 'gunicorn', 'curl'],
    healthy: false,
    tap: 'backend',
    async prepare(stage) {
      stage.program = await gunicorn(stage, stage.backend, '-w 2');
      await nginx(stage, stage.server, {
        http: `server { listen 80; location / { proxy_pass http://${stage.backend.v4}:8000; proxy_read_timeout 4s; } }`,
      });
    },
    async play(stage) {
      const load = stage.client.start(
        `for i in $(seq 24); do curl -s http://${stage.server.v4}/ -o /dev/null -w '%{http_code} %{time_total}\\n' & ` +
          `sleep .5; done; wait`,
      );
      await stage.wait(2);
      stage.program.signal('SIGSTOP');
      await stage.wait(7);
      stage.program.signal('SIGCONT');
      await load.over();
    },
    truth: {
      says:
        'The backend answered nobody for 7 s, then all at once; the proxy gave up after 4.00 s: a frozen process, ' +
        'and proxy_read_timeout 4 s.',
      diagnosis: ['frozen-process', 'client-patience'],
      by: ['backend', 'server'],
      findings: ['unanswered-request', 'rst-after-push', 'half-closed'],
    },
  },
  {
    name: 'drop-answers-midstream',
    story:
      'After 4 s the router drops what memcached sends to the client (one direction only): requests and answers are ' +
      'sent again and again; seen at the server.',
    needs: ['memcached', 'python3', 'nft'],
    healthy: false,
    prepare: (stage) => memcached(stage.server),
    async play(stage) {
      stage.write(
        'talk.py',
        `
import socket, threading, time
def session(i):
    s = socket.create_connection(("${stage.server.v4}", 11211)); s.settimeout(6); end = time.time() + 12
    try:
        while time.time() < end: s.sendall(b"version\\r\\n"); s.recv(99); time.sleep(.4)
    except OSError as e: print(i, e)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(7)]
for t in ts: t.start()
for t in ts: t.join()
`,
      );
      const talk = stage.client.start('exec python3 talk.py');
      await stage.wait(4);
      stage.router.firewall(FORWARD, 'tcp sport 11211 drop');
      await talk.over();
      await stage.wait(3);
    },
    truth: {
      says:
        'From one moment on the client hears nothing of the server, whose answers to seven conversations are sent ' +
        'again and again: the way back is cut.',
      diagnosis: ['firewall-drop', 'failover', 'nat-forgot'],
      findings: ['one-way', 'half-open', 'half-open/retransmission-timeout', 'unanswered-request'],
    },
  },
  {
    name: 'redis-output-buffer',
    story:
      'A subscriber stops reading for 6 s (SIGSTOP) while 8 MB are published: redis closes it at ' +
      'client-output-buffer-limit (pubsub 3 MB), ' +
      'and its FIN waits behind a window of 0.',
    needs: ['redis-server', 'python3'],
    healthy: false,
    prepare: async (stage) => {
      stage.client.must('sysctl -qw net.ipv4.tcp_rmem="4096 65536 262144"');
      stage.server.must('sysctl -qw net.ipv4.tcp_wmem="4096 65536 262144"');
      await redis(stage.server, "--client-output-buffer-limit 'pubsub 3000000 0 0'");
    },
    async play(stage) {
      stage.write(
        'sub.py',
        `
import socket
s = socket.create_connection(("${stage.server.v4}", 6379)); s.sendall(b"SUBSCRIBE news\\r\\n"); n = 0
try:
    while True:
        d = s.recv(20000)
        if not d: print("closed after", n); break
        n += len(d)
except OSError as e: print(e, n)
`,
      );
      const subscriber = stage.client.start('exec python3 sub.py');
      await stage.wait(1);
      subscriber.signal('SIGSTOP');
      await python(
        stage,
        stage.backend,
        `
import socket, time
s = socket.create_connection(("${stage.server.v4}", 6379)); f = s.makefile("rb"); body = b"x" * 200_000
for i in range(40):
    s.sendall(b"*3\\r\\n$7\\r\\nPUBLISH\\r\\n$4\\r\\nnews\\r\\n$200000\\r\\n" + body + b"\\r\\n")
    f.readline(); time.sleep(.02)
s.close()
`,
      );
      await stage.wait(6);
      subscriber.signal('SIGCONT');
      await subscriber.over();
    },
    truth: {
      says:
        'The subscriber did not read for 6 s and more (window 0); redis gave it up with megabytes unsent: ' +
        'client-output-buffer-limit.',
      diagnosis: 'stalled-reader',
      by: 'client',
      findings: ['stalled-reader'],
    },
  },
  {
    name: 'redis-client-never-closes',
    story:
      'A node program opens a connection to redis for each job (5 a second), asks once and never closes; redis has ' +
      'maxclients 40: from the 41st on each is refused with -ERR.',
    needs: ['redis-server', 'node'],
    healthy: false,
    prepare: (stage) => redis(stage.server, '--maxclients 40'),
    async play(stage) {
      stage.write(
        'client.mjs',
        `
import net from 'node:net';
const kept = [];
const t = setInterval(() => {
  const s = net.connect(6379, '${stage.server.v4}', () => s.write('INCR n\\r\\n'));
  s.on('error', () => {}); s.resume(); kept.push(s); if (kept.length === 60) clearInterval(t);
}, 200);
setTimeout(() => process.exit(), 14_000);
`,
      );
      await stage.client.run('node client.mjs');
    },
    truth: {
      says:
        'The client opens 5 connections a second and closes none; from the 41st on the server turns each away at ' +
        'once: a leak of the client until maxclients.',
      diagnosis: ['connection-limit', 'leak'],
      by: ['server', 'client'],
      findings: ['any'],
    },
  },
  {
    name: 'nginx-upstream-refused',
    story: 'nginx before a backend where nothing listens: 502 for each of eighteen requests; seen at the proxy.',
    needs: ['nginx', 'curl'],
    healthy: false,
    prepare: (stage) =>
      nginx(stage, stage.server, {
        http: `server { listen 80; location / { proxy_pass http://${stage.backend.v4}:3000; } }`,
      }),
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 18); do curl -s http://${stage.server.v4}/ -o /dev/null -w '%{http_code} '; sleep .3; done`,
      ),
    truth: {
      says: 'Nothing listens on port 3000 of the backend: eighteen of eighteen attempts of the proxy are refused.',
      findings: ['refused'],
    },
  },
  {
    name: 'hping-blind-resets',
    story:
      'A stranger sends 400 RSTs with random sequence numbers and a false source address into a MariaDB session of ' +
      'PyMySQL: all are ignored, the session goes on.',
    needs: ['mariadbd', 'pymysql', 'hping3'],
    healthy: false,
    prepare: (stage) => mariadb(stage, stage.server),
    async play(stage) {
      stage.router.must('sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.backend.rp_filter=0');
      stage.write(
        'session.py',
        `
import pymysql, time, socket
c = pymysql.connect(host="${stage.server.v4}", user="u", defer_connect=True)
s = socket.socket(); s.bind(("${stage.client.v4}", 41000)); s.connect(("${stage.server.v4}", 3306)); c.connect(s)
q = c.cursor()
for k in range(30): q.execute("select %s", (k,)); q.fetchall(); time.sleep(.3)
c.close(); print("over")
`,
      );
      const session = stage.client.start('exec python3 session.py');
      await stage.wait(2);
      await stage.backend.run(
        `hping3 -q -R -a ${stage.client.v4} -s 41000 -k -p 3306 -c 400 -i u10000 ${stage.server.v4} 2>&1 | tail -2`,
      );
      await session.over();
    },
    truth: {
      says:
        "Four hundred RSTs in the client's name were ignored: their sequence numbers were outside the window; the " +
        'session went on. Blind resets.',
      findings: ['ignored-reset', 'reset-storm', 'forged-reset'],
    },
  },
  {
    name: 'nginx-body-timeout',
    story:
      'nginx client_body_timeout 4s: clients that stop in the middle of an upload for 7 s are closed; they go on ' +
      'later and get a RST.',
    needs: ['nginx', 'python3'],
    healthy: false,
    prepare: (stage) =>
      nginx(stage, stage.server, {
        http:
          'server { listen 80; client_body_timeout 4s; location / { proxy_pass http://127.0.0.1:81; } } server { ' +
          'listen 81; return 200 ok; }',
      }),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, threading, time
def session(i):
    time.sleep(i * .3); s = socket.create_connection(("${stage.server.v4}", 80))
    s.sendall(b"POST / HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 40000\\r\\n\\r\\n" + b"a" * 20000); time.sleep(7)
    try: s.sendall(b"b" * 10000); time.sleep(.2); s.sendall(b"b" * 10000); print(i, s.recv(99))
    except OSError as e: print(i, e)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(8)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'The server gives up unfinished uploads 4.00 s after their last byte (8 of 8): client_body_timeout; the ' +
        'clients go on 3 s later.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch', 'closed-without-answer'],
      by: 'server',
      seconds: 4,
      findings: ['rst-after-push', 'unanswered-request'],
    },
  },
  {
    name: 'redis-host-reboot',
    story:
      'The host of redis loses its power (it says nothing more, and its sockets are gone) and is back after 4 s with ' +
      'a fresh redis: what each of nine clients sends again meets a RST.',
    needs: ['redis-server', 'python3', 'nft'],
    healthy: false,
    prepare: async (stage) => {
      stage.program = await redis(stage.server);
    },
    async play(stage) {
      stage.write(
        'talk.py',
        `
import socket, threading, time
def session(i):
    time.sleep(i * .11); end = time.time() + 12; s = None
    while time.time() < end:
        try:
            if s is None: s = socket.create_connection(("${stage.server.v4}", 6379), 8); s.settimeout(8)
            s.sendall(b"PING\\r\\n"); s.recv(99); time.sleep(.5)
        except OSError as e: print(i, e); s.close(); s = None; time.sleep(.2)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(9)]
for t in ts: t.start()
for t in ts: t.join()
`,
      );
      const talk = stage.client.start('exec python3 talk.py');
      await stage.wait(3);
      // A host without power says nothing more, and knows nothing afterwards.
      stage.server.firewall('type filter hook output priority 0', 'tcp sport 6379 drop');
      await stage.server.run("ss -K -tnH 'sport = :6379' | wc -l");
      stage.program.signal('SIGKILL');
      await stage.wait(4);
      await redis(stage.server);
      stage.server.must('nft delete table inet stage');
      await talk.over();
    },
    truth: {
      says:
        'The server fell silent for some 4 to 5 s, then answered nine old connections with RSTs and took new ' +
        'ones: its host was rebooted.',
      diagnosis: ['restart', 'failover'],
      by: 'server',
      findings: ['rst-after-push/no-socket', 'half-open', 'half-open/stale-peer'],
    },
  },
];
