/** Name servers, logs, a pool, RADIUS, files, radio, metrics: limits of time and number, restarts, and what is usual. */
import { EACH, QUESTION, QUESTIONS, REUSED } from '../clients.mjs';
import { nginx, node, postgres, python, pythonOn } from '../programs.mjs';
import {
  freeradius, icecast, knot, nsd, pgpool, rsyslog, samba, ser2net, zookeeper,
} from '../talking-programs.mjs';

/** Access-Request with a name and a password, RFC 2865; the secret is `s`. */
const RADIUS = String.raw`
import hashlib, os
def request(i):
    auth = os.urandom(16); key = hashlib.md5(b"s" + auth).digest()
    hidden = bytes(a ^ b for a, b in zip(b"secret".ljust(16, b"\0"), key))
    body = bytes([1, 5]) + b"bob" + bytes([2, 18]) + hidden
    return bytes([1, i % 256]) + (20 + len(body)).to_bytes(2, "big") + auth + body
`;

/** A session of ZooKeeper whose timeout is 4 s, and its ping. */
const ZOOKEEPER = (address) => String.raw`
import struct
def login():
    s = socket.create_connection(("${address}", 2181)); s.settimeout(20)
    s.sendall(struct.pack(">iiqiqi16s?", 45, 0, 0, 4000, 0, 16, b"", False)); got = s.recv(999)
    if not got: raise OSError("turned away")
    return s
PING = struct.pack(">iii", 8, -2, 11)
`;

/** Asks again and again for `seconds`, `gap` apart, whatever becomes of it. */
const LOG = (address, lines, gap) => `
s = socket.create_connection(("${address}", 514))
try:
    for n in range(${lines}): s.sendall(b"<13>Nov 30 01:02:03 host%d app: line %d\\n" % (i, n)); time.sleep(${gap})
except OSError as e: print(i, e)
s.close()
`;

export const DAEMONS = [
  {
    name: 'knot-ok',
    story: 'Knot DNS answers over TCP, several questions a connection, and hands out its zone (AXFR) to kdig.',
    needs: ['knotd', 'kdig', 'python3'],
    healthy: true,
    prepare: (stage) => knot(stage, stage.server),
    async play(stage) {
      await stage.client.run(
        `for i in 1 2 3 4 5 6; do kdig +tcp @${stage.server.v4} a.test +short; kdig @${stage.server.v4} test AXFR | tail -1; ` +
          `kdig +tcp +keepopen @${stage.server.v4} a.test h$i.test none.test | tail -1; sleep .2; done`,
      );
    },
  },
  {
    name: 'knot-idle-5',
    story: 'Knot DNS with tcp-idle-timeout 5, and nine clients that ask again over TCP after 7.5 s.',
    needs: ['knotd', 'python3'],
    healthy: false,
    prepare: (stage) => knot(stage, stage.server, '  tcp-idle-timeout: 5\n'),
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 53, 7.5, QUESTION)),
    truth: {
      says: 'The server closes connections that are idle for 5 s, by a clock of whole seconds, and they are used again: tcp-idle-timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [4, 6.2],
      findings: ['any'],
    },
  },
  {
    name: 'nsd-keeps-briefly',
    story: 'NSD with tcp-count 3, more than half of which is in use: it keeps idle clients for 0.2 s; ten ask again after 0.6 s.',
    needs: ['nsd', 'python3'],
    healthy: false,
    prepare: (stage) => nsd(stage, stage.server, ' tcp-count: 3\n tcp-timeout: 20\n'),
    play: (stage) => python(stage, stage.client, QUESTIONS(stage.server.v4)),
    truth: {
      says: 'The server closes 0.2 s behind its answer where its places run out, and is asked again: tcp-count.',
      diagnosis: ['keep-alive-mismatch', 'idle-limit'],
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'nsd-timeout-4',
    story: 'NSD with tcp-timeout 4, and eight clients that ask again over TCP after 6 s.',
    needs: ['nsd', 'python3'],
    healthy: false,
    prepare: (stage) => nsd(stage, stage.server, ' tcp-timeout: 4\n'),
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 53, 6, QUESTION)),
    truth: {
      says: 'The server closes connections that are idle for 4 s: tcp-timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [4, 5.1],
      findings: ['any'],
    },
  },
  {
    name: 'rsyslog-ok',
    story: 'Eight programs send lines to rsyslog over TCP for some seconds, which never answers, and close; one is killed.',
    needs: ['rsyslogd', 'python3'],
    healthy: true,
    prepare: (stage) => rsyslog(stage, stage.server),
    async play(stage) {
      const killed = pythonOn(stage, stage.client, EACH(1, 0, LOG(stage.server.v4, 40, 0.5)));
      await python(stage, stage.client, EACH(8, 0.3, LOG(stage.server.v4, 12, 0.4)));
      killed.signal('SIGKILL');
      await stage.wait(1);
    },
  },
  {
    name: 'rsyslog-killed',
    story: 'rsyslog is killed (SIGKILL) under nine programs that log, and started again after 3 s; they connect again.',
    needs: ['rsyslogd', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.log7 = await rsyslog(stage, stage.server);
    },
    async play(stage) {
      const load = pythonOn(
        stage,
        stage.client,
        EACH(
          9,
          0.1,
          `
end = time.time() + 9
while time.time() < end:
    try:
        s = socket.create_connection(("${stage.server.v4}", 514))
        while time.time() < end: s.sendall(b"<13>Nov 30 01:02:03 host app: line\\n"); time.sleep(.3)
        s.close()
    except OSError as e: time.sleep(.4)
`,
        ),
      );
      await stage.wait(3);
      stage.log7.program.signal('SIGKILL');
      await stage.wait(3);
      await stage.server.listening(514, stage.log7.start());
      await load.over();
    },
    truth: {
      says: 'The server ended all of its connections in one moment, lines were lost, and connects refused until it was back.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'pgpool-ok',
    story: 'psycopg2 sessions through pgpool to PostgreSQL, six at a time, with pauses of 2 s; backend connections are kept.',
    needs: ['pgpool', 'postgres', 'psycopg2'],
    healthy: true,
    async prepare(stage) {
      await postgres(stage, stage.backend);
      await pgpool(stage, 'num_init_children = 8\nmax_pool = 2');
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          6,
          0.3,
          `
for n in range(3):
    c = psycopg2.connect(host="${stage.server.v4}", port=9999, user="postgres", dbname="postgres"); k = c.cursor()
    k.execute("select 1"); time.sleep(2); k.execute("select pg_sleep(.2)"); c.close(); time.sleep(.3)
`,
          'import psycopg2',
        ),
      ),
  },
  {
    name: 'pgpool-client-idle-4',
    story: 'pgpool with client_idle_limit 4 before PostgreSQL: seven sessions idle for 7 s, and ask again.',
    needs: ['pgpool', 'postgres', 'psycopg2'],
    healthy: false,
    async prepare(stage) {
      await postgres(stage, stage.backend);
      await pgpool(stage, 'num_init_children = 12\nclient_idle_limit = 4');
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          7,
          0.4,
          `
c = psycopg2.connect(host="${stage.server.v4}", port=9999, user="postgres", dbname="postgres"); k = c.cursor()
k.execute("select 1"); time.sleep(7)
try: k.execute("select 2"); print(i, "lived")
except Exception as e: print(i, str(e)[:60])
`,
          'import psycopg2',
        ),
      ),
    truth: {
      says: 'The server closes sessions that are idle for 4 s: client_idle_limit of pgpool.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [4, 5.1],
      findings: ['any'],
    },
  },
  {
    name: 'pgpool-reserved',
    story: 'pgpool with four children, one of them reserved: of ten sessions that stay for 4 s those beyond three are told 53300.',
    needs: ['pgpool', 'postgres', 'psycopg2'],
    healthy: false,
    async prepare(stage) {
      await postgres(stage, stage.backend);
      await pgpool(stage, 'num_init_children = 4\nreserved_connections = 1');
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
    c = psycopg2.connect(host="${stage.server.v4}", port=9999, user="postgres", dbname="postgres"); k = c.cursor()
    k.execute("select 1"); time.sleep(4); c.close()
except Exception as e: print(i, str(e)[-60:])
`,
          'import psycopg2',
        ),
      ),
    truth: {
      says: 'Three sessions are taken at a time, others are told that there are too many clients: reserved_connections.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'zookeeper-ok',
    story: 'Five sessions of ZooKeeper ping every 1.3 s for 9 s, and end; others ask by four letters (ruok, srvr).',
    needs: ['zookeeper', 'python3'],
    healthy: true,
    prepare: (stage) => zookeeper(stage, stage.server, '4lw.commands.whitelist=*'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          5,
          0.4,
          `
s = login()
for n in range(7):
    s.sendall(PING); s.recv(99); time.sleep(1.3)
    c = socket.create_connection(("${stage.server.v4}", 2181)); c.sendall(b"ruok" if n % 2 else b"srvr")
    while c.recv(999): pass
    c.close()
s.sendall(struct.pack(">iii", 8, 1, -11)); s.recv(99); s.close()
`,
          ZOOKEEPER(stage.server.v4),
        ),
      ),
  },
  {
    name: 'zookeeper-session-4',
    story: 'Seven sessions of ZooKeeper with a timeout of 4 s ping twice and then stand still: the server expires and closes them.',
    needs: ['zookeeper', 'python3'],
    healthy: false,
    prepare: (stage) => zookeeper(stage, stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          7,
          0.5,
          `
s = login()
for n in range(2): s.sendall(PING); s.recv(99); time.sleep(1)
time.sleep(6)
try: s.sendall(PING); print(i, s.recv(99)); s.sendall(PING)
except OSError as e: print(i, e)
s.close()
`,
          ZOOKEEPER(stage.server.v4),
        ),
      ),
    truth: {
      says: 'The server closes sessions of which it has heard nothing for 4 to 5 s: the timeout of the session.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [4, 6.1],
      findings: ['any'],
    },
  },
  {
    name: 'zookeeper-per-address-4',
    story: 'ZooKeeper with maxClientCnxns 4: of ten sessions of one host six are closed at once.',
    needs: ['zookeeper', 'python3'],
    healthy: false,
    prepare: (stage) => zookeeper(stage, stage.server, 'maxClientCnxns=4'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          10,
          0.3,
          `
try:
    s = login()
    for n in range(5): s.sendall(PING); s.recv(99); time.sleep(1)
    s.sendall(struct.pack(">iii", 8, 1, -11)); s.recv(99); s.close()
except OSError as e: print(i, e)
`,
          ZOOKEEPER(stage.server.v4),
        ),
      ),
    truth: {
      says: 'Four connections are taken at a time, the others are closed as soon as they stand: maxClientCnxns.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'freeradius-idle-5',
    story: 'FreeRADIUS over TCP with idle_timeout 5: eight clients let a user in, and another 8 s later.',
    needs: ['freeradius', 'python3'],
    healthy: false,
    prepare: (stage) => freeradius(stage, stage.server, 'idle_timeout = 5\nlifetime = 0\nmax_connections = 16'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.4,
          `
s = socket.create_connection(("${stage.server.v4}", 1812)); s.settimeout(9)
try:
    for n in range(2): s.sendall(request(n)); s.recv(999) or print(i, "closed"); time.sleep(8 - 8 * n)
except OSError as e: print(i, e)
s.close()
`,
          RADIUS,
        ),
      ),
    truth: {
      says: 'The server closes connections that are idle for 5 s: idle_timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [5, 6.2],
      findings: ['any'],
    },
  },
  {
    name: 'freeradius-max-connections',
    story: 'FreeRADIUS over TCP with max_connections 4: ten clients that stay for 4 s.',
    needs: ['freeradius', 'python3'],
    healthy: false,
    prepare: (stage) => freeradius(stage, stage.server, 'idle_timeout = 30\nlifetime = 0\nmax_connections = 4'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          10,
          0.2,
          `
s = socket.create_connection(("${stage.server.v4}", 1812)); s.settimeout(9)
try:
    for n in range(5): s.sendall(request(n)); s.recv(999) or print(i, "closed"); time.sleep(.8)
except OSError as e: print(i, e)
s.close()
`,
          RADIUS,
        ),
      ),
    truth: {
      says: 'Four connections are taken at a time, the others are closed as soon as they stand: max_connections.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'ser2net-timeout-2',
    story: 'ser2net with a timeout of 2 s: seven terminals, one after the other, say a line, and the next 3.4 s later.',
    needs: ['ser2net', 'python3'],
    healthy: false,
    prepare: (stage) => ser2net(stage, stage.server, '  timeout: 2\n'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          7,
          3.6,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 7000)); s.settimeout(9); s.sendall(b"hello\r\n"); s.recv(99); time.sleep(3.4)
try: s.sendall(b"more\r\n"); print(i, s.recv(99))
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'The server closes terminals that say nothing for 2 s: timeout of ser2net.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [2, 3.1],
      findings: ['any'],
    },
  },
  {
    name: 'ser2net-port-in-use',
    story: 'A port of ser2net is one terminal: while somebody has it for 6 s, eight others are told "Port already in use".',
    needs: ['ser2net', 'python3'],
    healthy: false,
    prepare: (stage) => ser2net(stage, stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          9,
          0.5,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 7000)); s.settimeout(9)
try:
    for n in range(12 if i == 0 else 1): s.sendall(b"hello\r\n"); print(i, s.recv(99)); time.sleep(.5)
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'One connection is taken at a time, the others are turned away with a short message: max-connections.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'icecast-ok',
    story: 'A source sends music to icecast for 11 s; six listeners come and leave in the middle of it, by curl -m.',
    needs: ['icecast2', 'curl', 'python3'],
    healthy: true,
    prepare: (stage) => icecast(stage, stage.server, '<clients>20</clients><sources>2</sources>'),
    async play(stage) {
      const source = pythonOn(stage, stage.client, SOURCE(stage.server.v4, 11, 0));
      await stage.wait(1);
      await stage.client.run(
        `for i in 1 2 3 4 5 6; do curl -s -m $((2 + i)) http://${stage.server.v4}:8000/s0 -o /dev/null & sleep .4; done; wait`,
      );
      await source.over();
    },
  },
  {
    name: 'icecast-source-timeout-4',
    story: 'icecast with source-timeout 4: five sources of music fall silent for 8 s, then go on; three listeners hear one.',
    needs: ['icecast2', 'curl', 'python3'],
    healthy: false,
    prepare: (stage) =>
      icecast(stage, stage.server, '<clients>20</clients><sources>5</sources><source-timeout>4</source-timeout>'),
    async play(stage) {
      const source = pythonOn(stage, stage.client, SOURCE(stage.server.v4, 4, 8, 5));
      await stage.wait(1);
      await stage.client.run(
        `for i in 1 2 3; do curl -s -m 15 http://${stage.server.v4}:8000/s0 -o /dev/null & sleep .3; done; wait`,
      );
      await source.over();
    },
    truth: {
      says: 'The server closes a source that has sent nothing for 4 s, and its listeners: source-timeout.',
      diagnosis: ['closed-without-answer', 'idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [4, 5.4],
      findings: ['any'],
    },
  },
  {
    name: 'samba-ok',
    story: 'smbclient lists the shares of Samba, puts 3 MB there and gets them, six times, and asks for what is not there.',
    needs: ['smbd', 'smbclient'],
    healthy: true,
    async prepare(stage) {
      stage.client.must('head -c 3000000 /dev/urandom > big');
      await samba(stage, stage.server);
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4 5 6; do smbclient -s smb.conf -N -L ${stage.server.v4} >/dev/null; ` +
          `smbclient -s smb.conf -N //${stage.server.v4}/share -c "put big b$i; get b$i out; get none; ls" | tail -2; done`,
      ),
  },
  {
    name: 'samba-max-processes-3',
    story: 'Samba with max smbd processes 3: of nine sessions that stay for 4 s those beyond are closed without a word.',
    needs: ['smbd', 'smbclient'],
    healthy: false,
    prepare: (stage) => samba(stage, stage.server, 'max smbd processes = 3'),
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 9); do (echo ls; sleep 4; echo ls) | smbclient -s smb.conf -N //${stage.server.v4}/share & ` +
          'sleep .3; done 2>&1 | tail -9; wait',
      ),
    truth: {
      says: 'Some connections are taken at a time, the others are closed without a word: max smbd processes.',
      diagnosis: ['connection-limit', 'closed-without-answer'],
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'prometheus-ok',
    story: 'Prometheus scrapes a node exporter every 2 s on a kept connection for 13 s, and is told to end (SIGTERM).',
    needs: ['prometheus', 'prometheus-node-exporter'],
    healthy: true,
    prepare: (stage) =>
      stage.server.listening(9100, stage.server.start('exec prometheus-node-exporter --web.listen-address=:9100')),
    async play(stage) {
      const program = prometheus(stage, 'scrape_interval: 2s', `${stage.server.v4}:9100`);
      await stage.wait(13);
      program.signal('SIGTERM');
      await program.over();
    },
  },
  {
    name: 'prometheus-scrape-timeout-2',
    story: 'Prometheus with a scrape_timeout of 2 s scrapes an exporter every 3 s that takes 5 s: it gives up each time.',
    needs: ['prometheus', 'node'],
    healthy: false,
    prepare: (stage) =>
      node(
        stage,
        stage.server,
        `import http from 'node:http'; http.createServer((q, a) => setTimeout(() => a.end('up 1\\n'), 5000)).listen(9100);`,
        9100,
      ),
    async play(stage) {
      prometheus(stage, 'scrape_interval: 3s\n  scrape_timeout: 2s', `${stage.server.v4}:9100`);
      await stage.wait(21);
    },
    truth: {
      says: 'The client gives up 2 s after each of its requests, and the server answers after 5 s: scrape_timeout.',
      diagnosis: 'client-patience',
      by: 'client',
      seconds: [1.98, 2.05],
      findings: ['any'],
    },
  },
  {
    name: 'influxdb-max-connections-3',
    story: 'InfluxDB with max-connection-limit 3: of nine clients that keep their connection for 4 s six are closed at once.',
    needs: ['influxd', 'python3'],
    healthy: false,
    prepare: (stage) => influxdb(stage, 'max-connection-limit = 3'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          9,
          0.2,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 8086)); s.settimeout(9)
try:
    for n in range(5): s.sendall(b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"); s.recv(999) or print(i, "closed"); time.sleep(.8)
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'Three connections are taken at a time, the others are closed as soon as they stand: max-connection-limit.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'influxdb-ok',
    story: 'Clients write to InfluxDB and ask it over HTTP, one or more requests a connection, and are told of errors.',
    needs: ['influxd', 'curl'],
    healthy: true,
    prepare: (stage) => influxdb(stage),
    play: (stage) =>
      stage.client.run(
        `u=http://${stage.server.v4}:8086; curl -s "$u/query" -d "q=create database d" >/dev/null; ` +
          'for i in $(seq 15); do curl -s "$u/write?db=d" -d "cpu v=$i" "$u/query?db=d" -d "q=select * from cpu" ' +
          '-o /dev/null -o /dev/null & sleep .2; done; wait',
      ),
  },
  {
    name: 'dropbear-unauthenticated',
    story: 'Dropbear takes five logins at a time of one address (MAX_UNAUTH_PER_IP): of eleven clients that wait six are closed.',
    needs: ['dropbear', 'python3'],
    healthy: false,
    prepare: (stage) => dropbear(stage),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          11,
          0.25,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 22)); s.settimeout(9)
try: s.sendall(b"SSH-2.0-slow\r\n"); print(i, s.recv(40)[:8]); time.sleep(5)
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'Five connections are taken at a time, the others are closed without a word: five logins of one address.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'svnserve-ok',
    story: 'svn checks a repository out of svnserve, commits, updates and asks for what is not there, five times.',
    needs: ['svnserve'],
    healthy: true,
    async prepare(stage) {
      stage.server.must('svnadmin create repo && printf "[general]\\nanon-access = write\\n" > repo/conf/svnserve.conf');
      await stage.server.listening(3690, stage.server.start(`exec svnserve -d --foreground -r ${stage.folder}`));
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4 5; do svn co -q svn://${stage.server.v4}/repo w$i; head -c 90000 /dev/urandom > w$i/f$i; ` +
          `svn add -q w$i/f$i; svn ci -q -m a w$i; svn up -q w$i; svn ls svn://${stage.server.v4}/none; done 2>&1 | tail -3`,
      ),
  },
  {
    name: 'gearman-ok',
    story: 'Three workers of gearmand wait for jobs, sleep and are woken (PRE_SLEEP, NOOP); nine clients give them work.',
    needs: ['gearmand', 'gearman'],
    healthy: true,
    prepare: (stage) =>
      stage.server.listening(4730, stage.server.start('exec gearmand -p 4730 -l stderr --threads=2')),
    async play(stage) {
      for (let n = 0; n < 3; n++) stage.backend.start(`exec gearman -w -h ${stage.server.v4} -f rev -- rev`);
      await stage.wait(1);
      await stage.client.run(
        `for i in 1 2 3 4 5 6 7 8 9; do echo hello | gearman -h ${stage.server.v4} -f rev & sleep 1; done; wait`,
      );
    },
  },
  {
    name: 'aria2-ok',
    story: 'aria2c loads files of nginx by four connections each, of ranges, and leaves those early that others have done.',
    needs: ['nginx', 'aria2c'],
    healthy: true,
    async prepare(stage) {
      stage.server.must('head -c 30000000 /dev/zero > big');
      await nginx(stage, stage.server, { http: 'server { listen 80; limit_rate 5m; }' });
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3; do aria2c -q -x 4 -s 4 -k 1M -d d$i -o out http://${stage.server.v4}/big & sleep .5; done; wait; ls d1`,
      ),
  },
];

/** Sources of icecast in Python: each sends music for so long, then is silent, and sends again. */
function SOURCE(address, seconds, silence, count = 1) {
  return EACH(
    count,
    0.6,
    String.raw`
s = socket.create_connection(("${address}", 8000)); s.settimeout(9)
s.sendall(b"SOURCE /s%d HTTP/1.0\r\nAuthorization: Basic " % i + base64.b64encode(b"source:secret") +
          b"\r\nContent-Type: audio/mpeg\r\n\r\n"); print(s.recv(99))
def play(seconds):
    end = time.time() + seconds
    while time.time() < end: s.sendall(b"\xff\xfb\x90\x00" * 1000); time.sleep(.25)
try:
    play(${seconds} + i * .7)
    if ${silence}: time.sleep(${silence}); play(1)
except OSError as e: print(e)
s.close()
`,
    'import base64',
  );
}

function prometheus(stage, settings, target) {
  stage.write(
    'prometheus.yml',
    `global:\n  ${settings}\nscrape_configs:\n  - job_name: a\n    static_configs:\n      - targets: ['${target}']\n`,
  );
  return stage.client.start(
    'exec prometheus --config.file=prometheus.yml --storage.tsdb.path=tsdb --web.listen-address=127.0.0.1:9090 --log.level=error',
  );
}

async function influxdb(stage, settings = '') {
  stage.write(
    'influx.conf',
    `reporting-disabled = true\nbind-address = "127.0.0.1:8088"\n[meta]\ndir = "${stage.folder}/influx/meta"\n[data]\n` +
      `dir = "${stage.folder}/influx/data"\nwal-dir = "${stage.folder}/influx/wal"\n[http]\nbind-address = ":8086"\n` +
      `log-enabled = false\n${settings}\n`,
  );
  await stage.server.listening(8086, stage.server.start('exec influxd -config influx.conf'));
}

async function dropbear(stage) {
  stage.server.must('dropbearkey -t ed25519 -f key >/dev/null 2>&1');
  await stage.server.listening(22, stage.server.start('exec dropbear -F -E -r key -p 22'));
}
