/** Other limits of databases, in time and in number, and their replicas. */
import { EACH } from '../clients.mjs';
import { mariadb, postgres, python, redis } from '../programs.mjs';

export const MORE_DATABASES = [
  {
    name: 'redis-replication-ok',
    story: 'Two replicas of redis take 20 MB and follow what six clients write; one is told to be its own master.',
    needs: ['redis-server', 'redis-cli'],
    healthy: true,
    async prepare(stage) {
      await redis(stage.server, '--repl-diskless-sync-delay 0 --repl-ping-replica-period 1');
      stage.server.must("redis-cli debug populate 20000 k 900 >/dev/null || true");
      await redis(stage.backend);
      await redis(stage.backend, '', 6380);
    },
    async play(stage) {
      await stage.backend.run(
        `redis-cli replicaof ${stage.server.v4} 6379; sleep 1; redis-cli -p 6380 replicaof ${stage.server.v4} 6379`,
      );
      await stage.client.run(
        `for i in $(seq 30); do redis-cli -h ${stage.server.v4} set k$i $i >/dev/null; sleep .15; done`,
      );
      await stage.backend.run('redis-cli replicaof no one; sleep 2');
    },
  },
  {
    name: 'postgres-idle-in-transaction-5',
    story: 'PostgreSQL with idle_in_transaction_session_timeout 5s: eight clients stay in a transaction for 8 s.',
    needs: ['postgres', 'psycopg2'],
    healthy: false,
    prepare: (stage) => postgres(stage, stage.server, '-c idle_in_transaction_session_timeout=5s'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.3,
          `
c = psycopg2.connect("host=${stage.server.v4} user=postgres dbname=postgres"); k = c.cursor(); k.execute("select 1")
time.sleep(8)
try: k.execute("select 2"); c.commit()
except Exception as e: print(i, type(e).__name__)
`,
          'import psycopg2',
        ),
      ),
    truth: {
      says: 'The server closes sessions 5.0 s after their last statement: idle_in_transaction_session_timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 5,
      findings: ['any'],
    },
  },
  {
    name: 'postgres-statement-timeout-ok',
    story: 'PostgreSQL with statement_timeout 2s ends statements of 4 s by an error, and the sessions go on.',
    needs: ['postgres', 'psycopg2'],
    healthy: true,
    prepare: (stage) => postgres(stage, stage.server, '-c statement_timeout=2s'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          6,
          0.3,
          `
c = psycopg2.connect("host=${stage.server.v4} user=postgres dbname=postgres"); k = c.cursor()
try: k.execute("select pg_sleep(4)")
except Exception as e: print(i, type(e).__name__)
c.rollback(); k.execute("select 1"); c.close()
`,
          'import psycopg2',
        ),
      ),
  },
  {
    name: 'postgres-wal-sender-timeout-4',
    story: 'Five pg_receivewal are stopped (SIGSTOP), and PostgreSQL with wal_sender_timeout 4s gives them up.',
    needs: ['postgres'],
    healthy: false,
    prepare: (stage) => replicated(stage, '-c wal_sender_timeout=4s'),
    async play(stage) {
      const bin = '$(ls -d /usr/lib/postgresql/*/bin | tail -1)';
      const all = [];
      for (const n of [1, 2, 3, 4, 5]) {
        all.push(stage.client.start(`exec ${bin}/pg_receivewal -n -s 1 -h ${stage.server.v4} -U postgres -D w${n}`));
        await stage.wait(0.37);
      }
      await stage.wait(2);
      for (const one of all) one.signal('SIGSTOP');
      await stage.wait(9);
      for (const one of all) one.signal('SIGCONT');
      await stage.wait(2);
    },
    truth: {
      says: 'The server closes what has not answered for 4 s: wal_sender_timeout, of clients that stood still.',
      diagnosis: ['idle-limit', 'frozen-process', 'stalled-reader'],
      by: ['server', 'client'],
      findings: ['any'],
    },
  },
  {
    name: 'mariadb-connect-timeout-4',
    story: 'MariaDB with connect_timeout 4: seven clients connect and do not log in.',
    needs: ['mariadbd', 'python3'],
    healthy: false,
    prepare: (stage) => mariadb(stage, stage.server, '--connect-timeout=4'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          7,
          0.4,
          `
s = socket.create_connection(("${stage.server.v4}", 3306)); s.settimeout(12)
try:
    while s.recv(999): pass
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'The server closes 4.0 s after its greeting what does not log in: connect_timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch', 'closed-without-answer'],
      by: 'server',
      seconds: 4,
      findings: ['any'],
    },
  },
  {
    name: 'mariadb-max-user-connections',
    story: 'A user of MariaDB with max_user_connections 4: of ten sessions of one user six are turned away.',
    needs: ['mariadbd', 'pymysql'],
    healthy: false,
    async prepare(stage) {
      await mariadb(stage, stage.server);
      // Who may do all is not bound by it.
      await stage.server.run(
        `mysql --no-defaults -uroot -S ${stage.folder}/maria.sock -e ` +
          '"create user v@\'%\' with max_user_connections 4"',
      );
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          10,
          0.2,
          `
try:
    c = pymysql.connect(host="${stage.server.v4}", user="v"); q = c.cursor()
    for n in range(6): q.execute("select 1"); q.fetchall(); time.sleep(1)
    c.close()
except Exception as e: print(i, e)
`,
          'import pymysql',
        ),
      ),
    truth: {
      says: 'Four sessions are taken at a time, six are turned away with an error: max_user_connections.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'redis-blpop-ok',
    story: 'Six workers wait for jobs by BLPOP for up to 5 s, get some or none, and ask again.',
    needs: ['redis-server', 'redis-cli', 'python3'],
    healthy: true,
    prepare: (stage) => redis(stage.server),
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4 5 6; do (for k in 1 2 3; do echo "BLPOP jobs$i 3"; done | redis-cli -h ${stage.server.v4} ` +
          `>/dev/null) & done; sleep 1; for i in 1 2 3; do redis-cli -h ${stage.server.v4} rpush jobs$i a; sleep 1; ` +
          'done; wait',
      ),
  },
  {
    name: 'redis-blpop-impatient',
    story: 'Workers wait by BLPOP for 10 s, and their sockets give up after 4 s: redis-py with socket_timeout=4.',
    needs: ['redis-server', 'redis'],
    healthy: false,
    prepare: (stage) => redis(stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          7,
          0.3,
          `
r = redis.Redis("${stage.server.v4}", socket_timeout=4)
try: r.blpop("jobs", 10)
except Exception as e: print(i, e)
`,
          'import redis',
        ),
      ),
    truth: {
      says: 'The client gives up waiting 4.0 s after its request (7 of 7).',
      diagnosis: 'client-patience',
      by: 'client',
      seconds: 4,
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'postgres-replication-ok',
    story: 'pg_basebackup copies PostgreSQL, pg_receivewal follows it while pgbench writes, and is ended by SIGINT.',
    needs: ['postgres', 'pgbench'],
    healthy: true,
    prepare: (stage) => replicated(stage),
    async play(stage) {
      const bin = '$(ls -d /usr/lib/postgresql/*/bin | tail -1)';
      const follows = stage.client.start(`exec ${bin}/pg_receivewal -n -s 1 -h ${stage.server.v4} -U postgres -D w1`);
      await stage.client.run(
        `${bin}/pg_basebackup -h ${stage.server.v4} -U postgres -D copy -c fast -X stream; ` +
          `${bin}/pgbench -i -q -h ${stage.server.v4} -U postgres postgres; ` +
          `${bin}/pgbench -T 4 -c 4 -h ${stage.server.v4} -U postgres postgres`,
      );
      follows.signal('SIGINT');
      await stage.wait(1.5);
    },
  },
];

/** PostgreSQL of which anybody may take a copy, and folders for these. */
async function replicated(stage, settings = '') {
  await postgres(stage, stage.server, `-c wal_level=replica -c max_wal_senders=9 ${settings}`);
  await stage.server.run(
    "echo 'host replication all 0.0.0.0/0 trust' >> pg-server/pg_hba.conf; " +
      "psql -h 127.0.0.1 -U postgres -c 'select pg_reload_conf()'; mkdir w1 w2 w3 w4 w5",
  );
}
