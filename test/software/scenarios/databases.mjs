/** Databases and caches: their limits of idle time, their clients' patience, restarts. */
import { mariadb, memcached, postgres, python, redis } from '../programs.mjs';

/** Eight sessions of psycopg2 that ask, idle so many seconds, and ask again. */
const PSYCOPG = (host, idle, port = 5432) => `
import psycopg2, threading, time
def session(i):
    time.sleep(i * .3)
    c = psycopg2.connect(host="${host}", port=${port}, user="postgres", dbname="postgres"); c.autocommit = True
    q = c.cursor(); q.execute("select 1"); time.sleep(${idle})
    try: q.execute("select 2"); print(i, q.fetchone())
    except Exception as e: print(i, type(e).__name__, str(e).strip()[:80])
    try: c.close()
    except Exception: pass
ts = [threading.Thread(target=session, args=(i,)) for i in range(8)]
for t in ts: t.start()
for t in ts: t.join()
`;

export const DATABASES = [
  {
    name: 'postgres-idle-session',
    story:
      'PostgreSQL with idle_session_timeout=6s; eight psycopg2 sessions ask, idle for 9 s, and ask again: the server ' +
      'has told them ' +
      'FATAL 57P05 and closed; their second query fails.',
    needs: ['postgres', 'psycopg2'],
    healthy: false,
    prepare: (stage) => postgres(stage, stage.server, '-c idle_session_timeout=6s'),
    play: (stage) => python(stage, stage.client, PSYCOPG(stage.server.v4, 9)),
    truth: {
      says:
        'PostgreSQL closes sessions that idle for 6.00 s (8 of 8), after an error message; the clients use them ' +
        'later: ' +
        "idle_session_timeout is below the pool's idle time.",
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 6,
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'postgres-idle-ok',
    story:
      'The same PostgreSQL with idle_session_timeout=12s and sessions that idle for 5 s: nothing is lost. pg_dump ' +
      'and pgbench besides.',
    needs: ['postgres', 'pgbench', 'psycopg2'],
    healthy: true,
    prepare: (stage) => postgres(stage, stage.server, '-c idle_session_timeout=12s'),
    async play(stage) {
      await python(stage, stage.client, PSYCOPG(stage.server.v4, 5));
      const at = `-h ${stage.server.v4} -U postgres`;
      await stage.client.run(
        `pgbench -q -i ${at} postgres 2>&1 | tail -1; pgbench ${at} -c 4 -t 100 postgres | grep -E 'processed|failed'`,
      );
      await stage.client.run(
        `pgbench -C ${at} -c 2 -t 20 postgres | grep -E 'processed|failed'; pg_dump ${at} postgres | wc -l`,
      );
    },
  },
  {
    name: 'postgres-restart',
    story:
      'pgbench with six clients; the server is shut down at once (SIGQUIT, immediate) and started again 4 s later; ' +
      'meanwhile ' +
      'psql is tried every half second and is refused.',
    needs: ['postgres', 'pgbench'],
    healthy: false,
    async prepare(stage) {
      stage.program = await postgres(stage, stage.server);
      await stage.server.run('pgbench -q -i -h 127.0.0.1 -U postgres postgres 2>&1 | tail -1');
    },
    async play(stage) {
      const at = `-h ${stage.server.v4} -U postgres`;
      const load = stage.client.start(`pgbench ${at} -c 6 -T 14 -R 150 postgres 2>&1 | tail -8`);
      await stage.wait(3);
      const tries = stage.client.start(
        `for i in $(seq 16); do psql ${at} -Atc 'select 1' postgres 2>&1 | head -1; sleep .5; done`,
      );
      await stage.server.run(`kill -QUIT $(head -1 ${stage.folder}/pg-server/postmaster.pid)`);
      await stage.wait(4);
      stage.server.start(
        `exec runuser -u postgres -- $(ls -d /usr/lib/postgresql/*/bin | tail -1)/postgres -D ` +
          `${stage.folder}/pg-server -c listen_addresses=* ` +
          '-c unix_socket_directories= -c fsync=off',
      );
      await load.over();
      await tries.over();
    },
    truth: {
      says: 'The server ended all its connections at once, refused new ones for about 4 s, and was back: a restart.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['refused', 'linger-reset', 'unanswered-request'],
    },
  },
  {
    name: 'mariadb-wait-timeout',
    story:
      'MariaDB with wait_timeout=5; seven PyMySQL sessions ask, idle for 8 s, and ask again: "MySQL server has gone ' +
      'away".',
    needs: ['mariadbd', 'pymysql'],
    healthy: false,
    prepare: (stage) => mariadb(stage, stage.server, '--wait-timeout=5'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import pymysql, threading, time
def session(i):
    time.sleep(i * .35); c = pymysql.connect(host="${stage.server.v4}", user="u"); q = c.cursor()
    q.execute("select 1"); time.sleep(8)
    try: q.execute("select 2"); print(i, q.fetchone())
    except Exception as e: print(i, type(e).__name__, e)
ts = [threading.Thread(target=session, args=(i,)) for i in range(7)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says: 'MariaDB closes sessions that idle for 5.0 s (7 of 7); the clients use them 3 s later: wait_timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 5,
      findings: ['linger-reset', 'unexpected-reset', 'rst-after-push'],
    },
  },
  {
    name: 'mariadb-client-patience',
    story: 'PyMySQL with read_timeout=2 asks MariaDB for SELECT SLEEP(5), five times: each gives up after 2 s.',
    needs: ['mariadbd', 'pymysql'],
    healthy: false,
    prepare: (stage) => mariadb(stage, stage.server),
    async play(stage) {
      await python(
        stage,
        stage.client,
        `
import pymysql, time
for i in range(5):
    c = pymysql.connect(host="${stage.server.v4}", user="u", read_timeout=2); q = c.cursor(); q.execute("select 1")
    try: q.execute("select sleep(5)"); print(q.fetchone())
    except Exception as e: print(type(e).__name__, e)
    c.close()
`,
      );
      await stage.wait(5);
    },
    truth: {
      says: 'The client gives up after 2.00 s (5 of 5), the server answers 5 s after the request, to nobody.',
      diagnosis: 'client-patience',
      by: 'client',
      seconds: 2,
      findings: ['unanswered-request', 'rst-after-push', 'half-closed'],
    },
  },
  {
    name: 'mariadb-ok',
    story: 'MariaDB: mysql with batches, mariadb-dump, PyMySQL sessions that end by COM_QUIT, mysqladmin.',
    needs: ['mariadbd', 'pymysql'],
    healthy: true,
    prepare: (stage) => mariadb(stage, stage.server),
    async play(stage) {
      const at = `--no-defaults -h ${stage.server.v4} -uu`;
      await stage.client.run(
        `for i in 1 2 3 4; do mysql ${at} -e 'select version(); show processlist' | tail -1; mysqladmin ${at} ping; ` +
          `done; ` +
          `mysqldump ${at} --all-databases | wc -c`,
      );
      await python(
        stage,
        stage.client,
        `
import pymysql
for i in range(12):
    c = pymysql.connect(host="${stage.server.v4}", user="u"); q = c.cursor()
    for k in range(5): q.execute("select repeat('x', %s)", (k * 3000,)); q.fetchall()
    c.close()
print("done")
`,
      );
    },
  },
  {
    name: 'memcached-idle',
    story:
      'memcached with idle_timeout=4; ten plain sockets of Python set a key, idle for 9 s, and ask for it: the ' +
      'server has closed.',
    needs: ['memcached', 'python3'],
    healthy: false,
    prepare: (stage) => memcached(stage.server, '-o idle_timeout=4'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, threading, time
def session(i):
    time.sleep(i * .25); s = socket.create_connection(("${stage.server.v4}", 11211))
    s.sendall(b"set k%d 0 0 3\\r\\nabc\\r\\n" % i); print(s.recv(99))
    time.sleep(9)
    try: s.sendall(b"get k%d\\r\\n" % i); print(i, s.recv(99))
    except Exception as e: print(i, type(e).__name__)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(10)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'memcached closes connections that idle for 4.6 to 6.4 s (its idle thread looks now and then), 10 of 10; ' +
        'the clients use them later.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [4, 6.4],
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'memcached-ok',
    story:
      'memcached: Python clients that set and get and say quit, others that just close, a pipelined one; two of them ' +
      'idle for a while.',
    needs: ['memcached', 'python3'],
    healthy: true,
    prepare: (stage) => memcached(stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, threading, time
def session(i):
    time.sleep(i * .05); s = socket.create_connection(("${stage.server.v4}", 11211)); f = s.makefile("rb")
    for k in range(20):
        s.sendall(b"set k%d 0 0 1000\\r\\n%s\\r\\nget k%d\\r\\n" % (k, b"v" * 1000, k))
        [f.readline() for _ in range(4)]
    time.sleep(i % 5)
    if i % 2:
        s.sendall(b"quit\\r\\n"); print(i, f.read())
    s.close(); f.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(20)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
  },
  {
    name: 'redis-timeout-node',
    quick: true,
    story:
      'redis with `timeout 8`; twelve node sockets ask, idle for 11 s, and ask again although redis has closed: a ' +
      'client that half-closes ' +
      'nothing and does not look (allowHalfOpen).',
    needs: ['redis-server', 'node'],
    healthy: false,
    prepare: (stage) => redis(stage.server, '--timeout 8 --hz 100'),
    async play(stage) {
      stage.write(
        'client.mjs',
        `
import net from 'node:net';
let lost = 0, ended = 0;
for (let i = 0; i < 12; i++) setTimeout(() => {
  const s = net.connect({ host: '${stage.server.v4}', port: 6379, allowHalfOpen: true }, () => s.write('PING\\r\\n'));
  s.resume(); s.on('error', () => lost++); s.on('close', () => { if (++ended === 12) console.log('lost', lost); });
  setTimeout(() => { s.write('INCR n\\r\\n'); s.end(); }, 11_000);
}, i * 200);
`,
      );
      await stage.client.run('node client.mjs');
    },
    truth: {
      says:
        'redis closes connections that idle for 8 to 9 s (12 of 12; it counts whole seconds): `timeout`; the ' +
        'client uses them 3 s later.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [8, 9],
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'redis-idle-closed-ok',
    quick: true,
    story:
      "redis with `timeout 4` and clients that close when redis does: node sockets that end with the server's FIN. " +
      'Nothing is lost.',
    needs: ['redis-server', 'node'],
    healthy: true,
    prepare: (stage) => redis(stage.server, '--timeout 4 --hz 100'),
    async play(stage) {
      stage.write(
        'client.mjs',
        `
import net from 'node:net';
for (let i = 0; i < 15; i++) setTimeout(() => {
  const s = net.connect({ host: '${stage.server.v4}', port: 6379 }, () => s.write('INCR n\\r\\n'));
  s.resume();
}, i * 150);
`,
      );
      await stage.client.run('node client.mjs');
    },
  },
  {
    name: 'redis-busy-script',
    story:
      'One client keeps redis busy for 5 s (DEBUG SLEEP); fourteen redis-py clients with socket_timeout=1.5 wait in ' +
      'vain and give up; ' +
      'afterwards redis answers to nobody.',
    needs: ['redis-server', 'redis-cli', 'redis'],
    healthy: false,
    prepare: (stage) => redis(stage.server, '--enable-debug-command yes'),
    async play(stage) {
      const load = stage.client.start(`exec python3 load.py`);
      stage.write(
        'load.py',
        `
import redis, threading, time
end = time.time() + 10; bad = []
def work(i):
    time.sleep(i * .05); n = 0
    c = redis.Connection(host="${stage.server.v4}", socket_timeout=1.5)
    while time.time() < end:
        try: c.connect(); c.send_command("INCR", "n"); c.read_response(); n += 1; time.sleep(.1)
        except Exception as e: bad.append(type(e).__name__); c.disconnect(); time.sleep(.2)
    c.disconnect()
ts = [threading.Thread(target=work, args=(i,)) for i in range(14)]
for t in ts: t.start()
for t in ts: t.join()
print(len(bad), "errors", set(bad))
`,
      );
      await stage.wait(2.5);
      await stage.client.run(`redis-cli -h ${stage.server.v4} debug sleep 5`);
      await load.over();
    },
    truth: {
      says:
        'redis answered nobody for 5.0 s (its kernel acknowledged everything), then all at once; clients give up ' +
        'after 1.50 s.',
      diagnosis: ['frozen-process', 'client-patience'],
      by: ['server', 'client'],
      findings: ['unanswered-request', 'rst-after-push', 'half-closed'],
    },
  },
  {
    name: 'redis-restart',
    quick: true,
    story:
      'redis is shut down (SHUTDOWN NOSAVE) under the load of sixteen node clients that connect again every 300 ms, ' +
      'and is started ' +
      'again after 5 s.',
    needs: ['redis-server', 'redis-cli', 'node'],
    healthy: false,
    prepare: (stage) => redis(stage.server),
    async play(stage) {
      stage.write(
        'client.mjs',
        `
import net from 'node:net';
const until = Date.now() + 12_000; let errors = 0;
function go() {
  if (Date.now() > until) return;
  const s = net.connect(6379, '${stage.server.v4}', () => s.write('INCR n\\r\\n'));
  s.on('data', () => setTimeout(() => (Date.now() > until ? s.end() : s.write('INCR n\\r\\n')), 40));
  s.on('error', () => errors++); s.on('close', () => setTimeout(go, 300));
}
for (let i = 0; i < 16; i++) go();
process.on('exit', () => console.log('errors', errors));
`,
      );
      const load = stage.client.start('exec node client.mjs');
      await stage.wait(3);
      await stage.server.run('redis-cli shutdown nosave');
      await stage.wait(5);
      await redis(stage.server);
      await load.over();
    },
    truth: {
      says: 'redis ended its 16 connections within a moment, refused every attempt for 5 s, and was back: a restart.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['refused'],
    },
  },
  {
    name: 'redis-pubsub-ok',
    quick: true,
    story:
      'redis: pub/sub through redis-cli, a pipeline of 20,000 commands, MONITOR ended by Ctrl-C, redis-benchmark, a ' +
      'blocking pop that comes back empty.',
    needs: ['redis-server', 'redis-cli'],
    healthy: true,
    prepare: (stage) => redis(stage.server),
    async play(stage) {
      const at = `redis-cli -h ${stage.server.v4}`;
      const listener = stage.client.start(`timeout -s INT 6 ${at} subscribe news | wc -l`);
      const monitor = stage.client.start(`timeout -s INT 6 ${at} monitor | wc -l`);
      await stage.wait(0.5);
      await stage.client.run(
        `for i in 1 2 3; do ${at} publish news hello; done; for i in $(seq 20000); do echo "SET k$i v"; done | ${at} ` +
          `--pipe | tail -1`,
      );
      await stage.client.run(
        `${at} blpop nothing 2; redis-benchmark -h ${stage.server.v4} -q -n 3000 -c 10 -t set,get | tr '\\r' '\\n' | ` +
          `tail -2`,
      );
      await listener.over();
      await monitor.over();
    },
  },
  {
    name: 'redis-stalled-subscriber',
    quick: true,
    story:
      'A subscriber that stops reading (SIGSTOP) while 40 MB are published: its window stays at 0 for some 9 s; then ' +
      'it goes on.',
    needs: ['redis-server', 'python3'],
    healthy: false,
    prepare: async (stage) => {
      stage.client.must('sysctl -qw net.ipv4.tcp_rmem="4096 65536 262144"');
      await redis(stage.server, "--client-output-buffer-limit 'pubsub 0 0 0'");
    },
    async play(stage) {
      stage.write(
        'sub.py',
        `
import socket
s = socket.create_connection(("${stage.server.v4}", 6379)); s.sendall(b"SUBSCRIBE news\\r\\n"); n = 0
while n < 40_000_000: n += len(s.recv(1 << 16))
print(n); s.close()
`,
      );
      const subscriber = stage.client.start('exec python3 sub.py');
      await stage.wait(1);
      await python(
        stage,
        stage.client,
        `
import socket
s = socket.create_connection(("${stage.server.v4}", 6379)); f = s.makefile("rb")
for i in range(80):
    s.sendall(b"PUBLISH news 10000\\r\\n"); f.readline()
s.close()
`,
        'warm.py',
      );
      subscriber.signal('SIGSTOP');
      await python(
        stage,
        stage.backend,
        `
import socket
s = socket.create_connection(("${stage.server.v4}", 6379)); f = s.makefile("rb"); body = b"x" * 500_000
for i in range(81):
    s.sendall(b"*3\\r\\n$7\\r\\nPUBLISH\\r\\n$4\\r\\nnews\\r\\n$500000\\r\\n" + body + b"\\r\\n"); f.readline()
s.close(); print("published")
`,
      );
      await stage.wait(9);
      subscriber.signal('SIGCONT');
      await subscriber.over();
    },
    truth: {
      says: 'The subscriber did not read for about 9 s: its window stood at 0 while the server had data for it.',
      diagnosis: 'stalled-reader',
      by: 'client',
      findings: ['stalled-reader'],
    },
  },
];
