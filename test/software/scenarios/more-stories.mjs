/** What other software does of its own accord: heartbeats, crashes that others survive, places to wait for, limits. */
import { CERTIFICATE, EACH } from '../clients.mjs';
import {
  apache,
  go,
  gunicorn,
  haproxy,
  java,
  mariadb,
  nats,
  nginx,
  node,
  postgres,
  python,
  pythonOn,
  redis,
  squid,
  varnish,
} from '../programs.mjs';

const HTTP =
  'defaults\n  mode http\n  timeout connect 2s\n  timeout client 20s\n  timeout server 20s\n';

/** A node program that answers `ok` after so many milliseconds. */
const SLOW = (milliseconds) => `
import http from 'node:http';
http.createServer((q, a) => setTimeout(() => a.end('ok\\n'), ${milliseconds})).listen(8080);
`;

async function tlsServer(stage, host) {
  host.must(`${CERTIFICATE} 2>/dev/null; chmod 644 *.pem`);
  await nginx(stage, host, {
    http:
      `server { listen 443 ssl; ssl_certificate ${stage.folder}/crt.pem; ssl_certificate_key ${stage.folder}/k.pem; ` +
      'location / { return 200 "ok"; } }',
    port: 443,
  });
}

export const MORE_STORIES = [
  {
    name: 'nats-no-pong-6',
    story: 'NATS with ping_interval 2s and ping_max 2: eight clients answer none of its pings and are closed after 6 s.',
    needs: ['nats-server', 'python3'],
    healthy: false,
    prepare: (stage) => nats(stage, stage.server, 'ping_interval: "2s"\nping_max: 2'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.3,
          `s = socket.create_connection(("${stage.server.v4}", 4222)); s.settimeout(20); s.recv(9999)
s.sendall(b'CONNECT {"verbose":false}\\r\\nPING\\r\\nSUB a 1\\r\\n')
while s.recv(999): pass
s.close()`,
        ),
      ),
    truth: {
      says: 'The server closes clients that have said nothing for 6 s, though it pinged them twice: ping_interval.',
      diagnosis: 'idle-limit',
      by: 'server',
      seconds: [6, 6.5],
      findings: ['any'],
    },
  },
  {
    name: 'nats-ok',
    story: 'Eight clients of NATS publish to each other for eight seconds, answer pings, and leave once all is flushed.',
    needs: ['nats-server', 'python3'],
    healthy: true,
    prepare: (stage) => nats(stage, stage.server, 'ping_interval: "1s"'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.1,
          `s = socket.create_connection(("${stage.server.v4}", 4222)); s.settimeout(.5); s.recv(9999)
s.sendall(b'CONNECT {"verbose":false}\\r\\nPING\\r\\nSUB a 1\\r\\n'); end = time.time() + 8
while time.time() < end:
    try:
        if b'PING' in s.recv(999): s.sendall(b'PONG\\r\\n')
    except OSError: s.sendall(b'PUB a 2\\r\\nhi\\r\\n')
s.settimeout(5); s.sendall(b'UNSUB 1\\r\\nPING\\r\\n')
while b'PONG' not in s.recv(999): pass
s.close()`,
        ),
      ),
  },
  {
    name: 'websocket-ping-timeout-6',
    story: 'A server pings its WebSocket clients every 2 s and gives them up at the third without an answer.',
    needs: ['python3'],
    healthy: false,
    async prepare(stage) {
      const program = pythonOn(
        stage,
        stage.server,
        `
import socket, threading
def serve(c):
    c.recv(4096)
    c.sendall(b"HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n")
    c.settimeout(2); missed = 0
    while True:
        try:
            if not c.recv(4096): break
            missed = 0
        except TimeoutError:
            missed += 1
            if missed == 3: break
            c.sendall(b"\\x89\\x00")
    c.close()
l = socket.create_server(("", 8080))
while True: c, _ = l.accept(); threading.Thread(target=serve, args=(c,)).start()
`,
      );
      await stage.server.listening(8080, program);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          7,
          0.4,
          `s = socket.create_connection(("${stage.server.v4}", 8080))
s.sendall(b"GET /chat HTTP/1.1\\r\\nHost: x\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\n\\r\\n"); s.recv(999)
s.sendall(b"\\x81\\x82abcd\\x09\\x0b"); time.sleep(9)
try: s.sendall(b"\\x81\\x82abcd\\x09\\x0b"); print(s.recv(99))
except OSError as e: print(e)
s.close()`,
        ),
      ),
    truth: {
      says: 'The server closes clients that say nothing for 6.0 s (7 of 7), though it pings them: they do not answer.',
      diagnosis: 'idle-limit',
      by: 'server',
      seconds: 6,
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'server-sent-events-ok',
    story: 'node sends an event a second to six curls, and ends each stream after 6.7 s: nothing is wrong.',
    needs: ['node', 'curl'],
    healthy: true,
    prepare: (stage) =>
      node(
        stage,
        stage.server,
        `
import http from 'node:http';
http.createServer((q, a) => {
  a.writeHead(200, { 'content-type': 'text/event-stream' });
  const beat = setInterval(() => a.write('data: x\\n\\n'), 1000);
  setTimeout(() => { clearInterval(beat); setTimeout(() => a.end(), 1200); }, 5500);
}).listen(8080);
`,
        8080,
      ),
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4 5 6; do curl -sN http://${stage.server.v4}:8080/ -o /dev/null & sleep .4; done; wait`,
      ),
  },
  {
    name: 'postgres-backend-crash',
    story: 'One session of PostgreSQL is killed (SIGKILL): it ends all others, too, and takes new ones at once.',
    needs: ['postgres', 'psycopg2'],
    healthy: false,
    prepare: (stage) => postgres(stage, stage.server),
    async play(stage) {
      const talk = pythonOn(
        stage,
        stage.client,
        EACH(
          8,
          0.2,
          `end = time.time() + 9; c = None
while time.time() < end:
    try:
        if c is None: c = psycopg2.connect("host=${stage.server.v4} user=postgres dbname=postgres connect_timeout=5")
        k = c.cursor(); k.execute("select pg_sleep(.3)"); c.commit(); time.sleep(.2)
    except Exception as e: print(i, type(e).__name__); c = None; time.sleep(.2)
if c: c.close()`,
          'import psycopg2',
        ),
      );
      await stage.wait(4);
      await stage.server.run(
        "kill -9 $(ss -tnpH state established sport = :5432 | grep -o 'pid=[0-9]*' | head -1 | cut -d= -f2)",
      );
      await talk.over();
    },
    truth: {
      says: 'The server closed all eight sessions in one moment, and took new ones at once: one of its processes crashed.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['rst-after-push', 'any'],
    },
  },
  {
    name: 'mariadb-net-write-timeout-4',
    story: 'MariaDB with net_write_timeout 4, and clients that do not read a large result for 8 s: it aborts them.',
    needs: ['mariadbd', 'pymysql'],
    healthy: false,
    prepare: (stage) => mariadb(stage, stage.server, '--net-write-timeout=4 --max-allowed-packet=64M'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          6,
          0.4,
          `c = pymysql.connect(host="${stage.server.v4}", user="u", cursorclass=pymysql.cursors.SSCursor)
four = "(select 1 union all select 2 union all select 3 union all select 4)"
k = c.cursor(); k.execute("select repeat('x', 1000000) from " + four + " a, " + four + " b")
k.fetchone(); time.sleep(8)
try:
    while k.fetchone(): pass
except Exception as e: print(i, e)`,
          'import pymysql, pymysql.cursors',
        ),
      ),
    truth: {
      says: 'The client does not read (window 0), and the server gives it up after 4 s: net_write_timeout.',
      diagnosis: 'stalled-reader',
      by: 'client',
      findings: ['stalled-reader'],
    },
  },
  {
    name: 'apache-prefork-held',
    story: 'Apache prefork with MaxRequestWorkers 3: ten clients hold a kept connection for 2 s each; most wait.',
    needs: ['apache2', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await apache(
        stage,
        stage.server,
        'StartServers 3\nMinSpareServers 1\nMaxSpareServers 3\nServerLimit 3\nMaxRequestWorkers 3\nKeepAlive On\n' +
          'KeepAliveTimeout 30\n<Directory />\nRequire all granted\n</Directory>',
        ['mpm_prefork', 'dir'],
      );
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          10,
          0.15,
          `s = socket.create_connection(("${stage.server.v4}", 80)); s.settimeout(20)
for k in range(2): s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"); s.recv(9999); time.sleep(2 if k == 0 else .2)
s.close()`,
        ),
      ),
    truth: {
      says: 'Three connections are served at a time; seven others wait until one of them closes: MaxRequestWorkers.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'java-pool-of-four',
    story: 'A Java server with a pool of four threads, one for each connection: eleven clients stay for 3 s each.',
    needs: ['java', 'python3'],
    healthy: false,
    prepare: (stage) =>
      java(
        stage,
        stage.server,
        `
import java.net.*; import java.util.concurrent.*;
public class Main { public static void main(String[] a) throws Exception {
  ServerSocket l = new ServerSocket(7000); ExecutorService pool = Executors.newFixedThreadPool(4);
  while (true) { Socket s = l.accept(); pool.submit(() -> { try (s) {
    byte[] b = new byte[99]; int n; while ((n = s.getInputStream().read(b)) > 0) s.getOutputStream().write(b, 0, n);
  } catch (Exception e) { } }); }
} }
`,
        7000,
      ),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          11,
          0.13,
          `s = socket.create_connection(("${stage.server.v4}", 7000)); s.settimeout(30); end = time.time() + 3.3
while time.time() < end: s.sendall(b"ask"); s.recv(9); time.sleep(.5)
s.close()`,
        ),
      ),
    truth: {
      says: 'Four connections are served at a time; seven others wait for their first answer until one closes.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'nft-syn-limit',
    story: 'The router lets two SYNs a second through to redis: of sixteen connects most take 1 to 7 s.',
    needs: ['redis-server', 'python3', 'nft'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      await redis(stage.server);
      stage.router.firewall(
        'type filter hook forward priority 0',
        'tcp flags syn tcp dport 6379 limit rate over 2/second burst 2 packets drop',
      );
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          16,
          0.1,
          `s = socket.create_connection(("${stage.server.v4}", 6379), 20); s.sendall(b"PING\\r\\n"); s.recv(9); s.close()`,
        ),
      ),
    truth: {
      says: 'A part of the SYNs is dropped while whoever comes through is served at once: a limit of their rate.',
      diagnosis: 'firewall-drop',
      findings: ['slow-connect'],
    },
  },
  {
    name: 'haproxy-ssl-check-ok',
    story: 'HAProxy checks a server by a TLS handshake every second (check ssl), and ends each check by RST.',
    needs: ['haproxy', 'nginx', 'openssl', 'curl'],
    healthy: true,
    tap: 'backend',
    async prepare(stage) {
      await tlsServer(stage, stage.backend);
      await haproxy(
        stage,
        stage.server,
        `${HTTP}listen f\n  bind :80\n  server a ${stage.backend.v4}:443 check inter 1s ssl verify none`,
        80,
      );
    },
    async play(stage) {
      await stage.wait(8);
      await stage.client.run(`curl -s http://${stage.server.v4}/`);
    },
  },
  {
    name: 'haproxy-http-request-4',
    story: 'HAProxy with timeout http-request 4s: clients that send half of their request get a 408.',
    needs: ['haproxy', 'python3'],
    healthy: false,
    prepare: (stage) =>
      haproxy(
        stage,
        stage.server,
        `${HTTP}  timeout http-request 4s\nlisten f\n  bind :80\n  http-request return status 200`,
        80,
      ),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.3,
          `s = socket.create_connection(("${stage.server.v4}", 80)); s.settimeout(9)
s.sendall(b"GET / HTTP/1.1\\r\\nHost:"); print(s.recv(99)[:15]); s.close()`,
        ),
      ),
    truth: {
      says: 'The server ends requests that do not arrive in full by 408, 4.0 s after they began: timeout http-request.',
      diagnosis: ['closed-without-answer', 'slowloris', 'idle-limit'],
      by: ['server', 'client'],
      findings: ['any'],
    },
  },
  {
    name: 'squid-read-timeout-3',
    story: 'Squid with read_timeout 3 seconds before a server that takes 6 s: its clock looks once a second.',
    needs: ['squid', 'node', 'curl'],
    healthy: false,
    async prepare(stage) {
      await node(stage, stage.backend, SLOW(6000), 8080);
      await squid(stage, stage.server, 'read_timeout 3 seconds');
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 8); do curl -sS -x http://${stage.server.v4}:3128 http://${stage.backend.v4}:8080/ ` +
          '-o /dev/null & sleep .9; done; wait',
      ),
    truth: {
      says: 'Squid gives its requests up 2 to 4 s after they began (8 of 8): read_timeout.',
      diagnosis: 'client-patience',
      by: 'server',
      seconds: [2, 4.1],
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'varnish-between-bytes-2',
    story: 'Varnish with between_bytes_timeout 2, and a server that stops for 5 s in the middle of its answers.',
    needs: ['varnishd', 'node', 'curl'],
    healthy: false,
    async prepare(stage) {
      await node(
        stage,
        stage.backend,
        `
import http from 'node:http';
http.createServer((q, a) => {
  a.writeHead(200, { 'content-length': 20_000 }); a.write('x'.repeat(5000));
  setTimeout(() => a.end('x'.repeat(15_000)), 5000);
}).listen(8080);
`,
        8080,
      );
      await varnish(stage, stage.server, `${stage.backend.v4}:8080`, '-p between_bytes_timeout=2 -p default_ttl=0');
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 7); do curl -sS http://${stage.server.v4}/$i -o /dev/null & sleep .7; done; wait`,
      ),
    truth: {
      says: 'Varnish closes both legs 2.0 s after the last byte, in the middle of the answer: between_bytes_timeout.',
      diagnosis: ['idle-limit', 'client-patience'],
      by: 'server',
      seconds: 2,
      findings: ['any'],
    },
  },
  {
    name: 'gunicorn-keeps-none',
    story: 'gunicorn with sync workers closes behind each answer; Python clients ask again on the same connection.',
    needs: ['gunicorn', 'python3'],
    healthy: false,
    prepare: (stage) => gunicorn(stage, stage.server, '--workers 3'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          9,
          0.3,
          `s = socket.create_connection(("${stage.server.v4}", 8000)); s.settimeout(9)
try:
    s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"); s.recv(9999); time.sleep(1.5)
    s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"); print(s.recv(99))
except OSError as e: print(i, e)
s.close()`,
        ),
      ),
    truth: {
      says: 'The server closes right behind each answer, and its clients use the connections again 1.5 s later.',
      diagnosis: 'keep-alive-mismatch',
      by: 'server',
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'go-linger-cuts-answers',
    story: 'A Go server with SetLinger(0) closes behind 300 kB that its clients have not taken yet.',
    needs: ['go', 'python3'],
    healthy: false,
    prepare: (stage) =>
      go(
        stage,
        stage.server,
        `package main
import ("net"; "time")
func main() {
  l, _ := net.Listen("tcp", ":7000")
  for { c, err := l.Accept(); if err != nil { return }
    go func() { b := make([]byte, 99); c.Read(b); c.Write(make([]byte, 300000)); time.Sleep(time.Millisecond)
      c.(*net.TCPConn).SetLinger(0); c.Close() }() }
}
`,
        7000,
      ),
    play: (stage) => {
      stage.client.must('sysctl -qw net.ipv4.tcp_rmem="4096 16384 65536"');
      return python(
        stage,
        stage.client,
        EACH(
          14,
          0.25,
          `s = socket.create_connection(("${stage.server.v4}", 7000)); s.sendall(b"ask"); n = 0; time.sleep(.05)
try:
    for d in iter(lambda: s.recv(9999), b""): n += len(d)
except OSError as e: print(e)
print(n); s.close()`,
        ),
      );
    },
    truth: {
      says: 'The server aborts in the middle of its answers: SO_LINGER {1, 0} throws away what was sent.',
      findings: ['linger-reset', 'unanswered-request'],
    },
  },
];
