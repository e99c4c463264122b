/** Proxies: both legs, their timers, their health checks, the pools behind them. */
import { gunicorn, haproxy, lighttpd, memcached, nginx, node, postgres, python, redis, uvicorn } from '../programs.mjs';

const TIMES = 'timeout connect 3s\n  timeout client 30s\n  timeout server 30s';

/** A node http server that answers after `?w=` milliseconds. */
const SLOW_NODE = `
import http from 'node:http';
http.createServer((q, a) => {
  q.resume(); setTimeout(() => a.end('ok\\n'), Number(new URL(q.url, 'http://x').searchParams.get('w') ?? 0));
}).listen(3000);
`;

/** Certificates for what speaks TLS, made in the folder of the stage: c.pem (certificate and key). */
export const certificate = (host) =>
  host.must(
    'openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out crt.pem -days 2 -subj /CN=www.test 2>/dev/null; ' +
      'cat crt.pem k.pem > c.pem; chmod 644 *.pem',
  );

export const PROXIES = [
  {
    name: 'haproxy-postgres-idle',
    story:
      'haproxy in TCP mode, timeout client and server 7s, before PostgreSQL: psycopg2 sessions that idle 10 s are ' +
      'cut on both sides.',
    needs: ['haproxy', 'postgres', 'psycopg2'],
    healthy: false,
    async prepare(stage) {
      await postgres(stage, stage.backend);
      await haproxy(
        stage,
        stage.server,
        `defaults\n  mode tcp\n  timeout connect 3s\n  timeout client 7s\n  timeout server 7s\nlisten pg\n  bind ` +
          `:5432\n  server a ${stage.backend.v4}:5432`,
        5432,
      );
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import psycopg2, threading, time
def session(i):
    time.sleep(i * .35); c = psycopg2.connect(host="${stage.server.v4}", user="postgres", dbname="postgres")
    q = c.cursor()
    q.execute("select 1"); time.sleep(10)
    try: q.execute("select 2"); print(i, q.fetchone())
    except Exception as e: print(i, type(e).__name__)
ts = [threading.Thread(target=session, args=(i,)) for i in range(9)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'The proxy closes both legs after 7.00 s idle (9 of 9): haproxy `timeout client`/`timeout server`; the ' +
        'clients use the connection 3 s later.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 7,
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'haproxy-http-pool-race',
    story:
      'haproxy (http-reuse always) before gunicorn with gthread workers and --keep-alive 2, 30 ms away: POSTs about ' +
      'every 2 s; 502s.',
    needs: ['haproxy', 'gunicorn', 'python3'],
    healthy: false,
    delay: { backend: 15 },
    async prepare(stage) {
      await gunicorn(stage, stage.backend, '-k gthread --threads 16 --keep-alive 2');
      await haproxy(
        stage,
        stage.server,
        `defaults\n  mode http\n  ${TIMES}\n  http-reuse always\n  retries 0\nfrontend f\n  bind :80\n  ` +
          `default_backend b\nbackend b\n  server a ${stage.backend.v4}:8000 pool-purge-delay 60s`,
        80,
      );
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import http.client, threading, time, collections
said = collections.Counter(); end = time.time() + 40
def work(i):
    k = 0
    while time.time() < end:
        c = http.client.HTTPConnection("${stage.server.v4}", timeout=9)
        try: c.request("POST", "/", b"x" * 200); said[c.getresponse().status] += 1
        except Exception as e: said[type(e).__name__] += 1
        c.close(); time.sleep(1.9 + .03 * (k % 8)); k += 1
ts = [threading.Thread(target=work, args=(i,)) for i in range(8)]
for t in ts: t.start()
for t in ts: t.join()
print(dict(said))
`,
      ),
    truth: {
      says:
        'gunicorn closes connections that idle for 2.0 s; haproxy uses them for longer: requests lost, 502. Raise ' +
        '--keep-alive above pool-purge-delay.',
      diagnosis: ['keep-alive-mismatch', 'idle-limit'],
      by: 'backend',
      seconds: 2,
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'haproxy-slowloris',
    story:
      'haproxy timeout http-request 3s: sixty connections whose requests never end get 408 after 3 s; ordinary ' +
      'requests are served.',
    needs: ['haproxy', 'lighttpd', 'python3', 'curl'],
    healthy: false,
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await lighttpd(stage, stage.backend, 'index-file.names = ("index.html")');
      await haproxy(
        stage,
        stage.server,
        `defaults\n  mode http\n  ${TIMES}\n  timeout http-request 3s\nlisten f\n  bind :80\n  server a ` +
          `${stage.backend.v4}:80`,
        80,
      );
    },
    async play(stage) {
      stage.write(
        'slow.py',
        `
import socket, time, select
ss = []
for i in range(60):
    s = socket.create_connection(("${stage.server.v4}", 80))
    s.sendall(b"GET /?%d HTTP/1.1\\r\\nHost: x\\r\\nX-a: " % i); ss.append(s); time.sleep(.03)
end = time.time() + 6
while ss and time.time() < end:
    for s in select.select(ss, [], [], 1)[0]:
        if not s.recv(999): s.close(); ss.remove(s)
print(len(ss), "left")
`,
      );
      const slow = stage.client.start('exec python3 slow.py');
      await stage.client.run(
        `for i in 1 2 3 4; do curl -s http://${stage.server.v4}/ -o /dev/null -w '%{http_code} '; sleep 1; done`,
      );
      await slow.over();
    },
    truth: {
      says:
        'One address opened sixty connections whose requests never ended; the server closed each after 3.00 s: ' +
        'slowloris (haproxy timeout http-request).',
      diagnosis: ['slowloris', 'idle-limit'],
      by: ['client', 'server'],
      findings: ['any'],
    },
  },
  {
    name: 'haproxy-checks-ok',
    story:
      'haproxy checks redis (tcp-check PING/PONG, each 500 ms), lighttpd (httpchk) and memcached (connect only); a ' +
      'little traffic.',
    needs: ['haproxy', 'redis-server', 'lighttpd', 'memcached', 'curl', 'redis-cli'],
    healthy: true,
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await lighttpd(stage, stage.backend, 'index-file.names = ("index.html")');
      await redis(stage.backend);
      await memcached(stage.backend);
      await haproxy(
        stage,
        stage.server,
        `defaults
  ${TIMES}
listen web
  mode http
  bind :80
  option httpchk GET /index.html
  server a ${stage.backend.v4}:80 check inter 700ms
listen red
  mode tcp
  bind :6379
  option tcp-check
  tcp-check send PING\\r\\n
  tcp-check expect string +PONG
  server a ${stage.backend.v4}:6379 check inter 500ms
listen mem
  mode tcp
  bind :11211
  server a ${stage.backend.v4}:11211 check inter 1s`,
        80,
      );
    },
    tap: 'backend',
    async play(stage) {
      await stage.client.run(
        `for i in $(seq 10); do curl -s http://${stage.server.v4}/ -o /dev/null -w '%{http_code} '; redis-cli -h ` +
          `${stage.server.v4} incr n; sleep 1; done`,
      );
    },
    truth: { says: 'Health checks at a steady beat (0.5, 0.7 and 1 s), as information.', diagnosis: 'health-check' },
  },
  {
    name: 'haproxy-maxconn',
    quick: true,
    story:
      "haproxy with maxconn 3 on its frontend and requests of 1.5 s: what comes beyond waits in the kernel's queue, " +
      'connected but unanswered.',
    needs: ['haproxy', 'node', 'curl'],
    healthy: false,
    async prepare(stage) {
      await node(stage, stage.backend, SLOW_NODE, 3000);
      await haproxy(
        stage,
        stage.server,
        `defaults\n  mode http\n  ${TIMES}\n  option http-server-close\nfrontend f\n  maxconn 3\n  bind :80\n  ` +
          `default_backend b\nbackend b\n  server a ${stage.backend.v4}:3000`,
        80,
      );
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 18); do curl -sS -m 6 'http://${stage.server.v4}/?w=1500' -o /dev/null -w '%{http_code} ` +
          `%{time_connect} %{time_total}\\n' & done; wait`,
      ),
    truth: {
      says:
        'The server serves three connections at a time; the others wait for seconds, connected and unanswered, ' +
        'six give up after 6.0 s: a limit (maxconn 3).',
      diagnosis: ['connection-limit', 'accept-queue', 'client-patience'],
      findings: ['half-closed/never-accepted', 'unanswered-request'],
    },
  },
  {
    name: 'haproxy-frontend-idle-ok',
    story:
      'haproxy timeout http-keep-alive 2s: keep-alive clients (Python requests) idle longer; haproxy closes, the ' +
      'library notices and connects again.',
    needs: ['haproxy', 'node', 'requests'],
    healthy: true,
    async prepare(stage) {
      await node(stage, stage.backend, SLOW_NODE, 3000);
      await haproxy(
        stage,
        stage.server,
        `defaults\n  mode http\n  ${TIMES}\n  timeout http-keep-alive 2s\nlisten f\n  bind :80\n  server a ` +
          `${stage.backend.v4}:3000`,
        80,
      );
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import requests, time
ss = [requests.Session() for _ in range(6)]
for k in range(4):
    print([s.get("http://${stage.server.v4}/?w=20").status_code for s in ss]); time.sleep(4)
`,
      ),
  },
  {
    name: 'nginx-read-timeout',
    quick: true,
    story: 'nginx proxy_read_timeout 3s before a node server that needs 5 s: 504s, and node answers to nobody.',
    needs: ['nginx', 'node', 'curl'],
    healthy: false,
    async prepare(stage) {
      await node(stage, stage.backend, SLOW_NODE, 3000);
      await nginx(stage, stage.server, {
        http: `server { listen 80; location / { proxy_pass http://${stage.backend.v4}:3000; proxy_read_timeout 3s; } }`,
      });
    },
    async play(stage) {
      await stage.client.run(
        `for i in $(seq 8); do curl -s 'http://${stage.server.v4}/?w=5000' -o /dev/null -w '%{http_code} ` +
          `%{time_total}\\n' & sleep .4; curl -s 'http://${stage.server.v4}/?w=50' -o /dev/null; done; wait`,
      );
      await stage.wait(3);
    },
    truth: {
      says:
        'nginx gives its backend up after 3.00 s (8 of 8) and answers 504; the backend answers after 5 s, to ' +
        'nobody: proxy_read_timeout.',
      diagnosis: 'client-patience',
      by: 'server',
      seconds: 3,
      findings: ['unanswered-request', 'half-closed', 'rst-after-push'],
    },
  },
  {
    name: 'nginx-uvicorn-ok',
    story:
      'nginx with upstream keepalive (keepalive_timeout 2s) before uvicorn (5 s): requests now and then, nothing is ' +
      'lost.',
    needs: ['nginx', 'uvicorn', 'python3', 'curl'],
    healthy: true,
    tap: 'backend',
    async prepare(stage) {
      await uvicorn(stage, stage.backend, '--timeout-keep-alive 5');
      await nginx(stage, stage.server, {
        http:
          `upstream u { server ${stage.backend.v4}:8000; keepalive 8; keepalive_timeout 2s; } server { listen 80; ` +
          `location / { proxy_pass http://u; proxy_http_version 1.1; proxy_set_header Connection ''; } }`,
      });
    },
    play: (stage) =>
      stage.client.run(
        `for k in 1 2 3 4 5; do for i in 1 2 3 4 5; do curl -s http://${stage.server.v4}/ -d a=b -o /dev/null -w ` +
          `'%{http_code} ' & done; wait; sleep $k; done`,
      ),
  },
  {
    name: 'varnish-first-byte',
    story:
      'varnish with first_byte_timeout 2.5 s before uvicorn that needs 5 s: 503 after 2.5 s, and the backend answers ' +
      'to nobody.',
    needs: ['varnishd', 'uvicorn', 'curl'],
    healthy: false,
    async prepare(stage) {
      await uvicorn(stage, stage.backend);
      stage.write(
        'v.vcl',
        `vcl 4.1;\nbackend b { .host = "${stage.backend.v4}"; .port = "8000"; .first_byte_timeout = 2.5s; }\nsub ` +
          `vcl_recv { return (pass); }\n`,
      );
      stage.server.start(
        `exec varnishd -F -j none -a :80 -f ${stage.folder}/v.vcl -n ${stage.folder}/varnish -s malloc,32m`,
      );
      await stage.server.listening(80);
    },
    async play(stage) {
      await stage.client.run(
        `for i in $(seq 6); do curl -s 'http://${stage.server.v4}/?w=5' -o /dev/null -w '%{http_code} ` +
          `%{time_total}\\n' & sleep .5; curl -s http://${stage.server.v4}/ -o /dev/null; done; wait`,
      );
      await stage.wait(3);
    },
    truth: {
      says: 'The proxy gives its backend up after 2.50 s (6 of 6): first_byte_timeout; the backend answers after 5 s.',
      diagnosis: 'client-patience',
      by: 'server',
      seconds: 2.5,
      findings: ['unanswered-request', 'half-closed', 'rst-after-push'],
    },
  },
  {
    name: 'varnish-ok',
    story:
      'varnish before lighttpd, with a probe each second, timeout_idle 2 s for its clients; curl and Python requests.',
    needs: ['varnishd', 'lighttpd', 'curl', 'requests'],
    healthy: true,
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await lighttpd(stage, stage.backend, 'index-file.names = ("index.html")');
      stage.write(
        'v.vcl',
        `vcl 4.1;\nbackend b { .host = "${stage.backend.v4}"; .port = "80"; .probe = { .url = "/"; .interval = 1s; ` +
          `.timeout = 1s; } }\n`,
      );
      stage.server.start(
        `exec varnishd -F -j none -a :80 -f ${stage.folder}/v.vcl -n ${stage.folder}/varnish -s malloc,32m -p ` +
          `timeout_idle=2`,
      );
      await stage.server.listening(80);
      await stage.wait(2);
    },
    async play(stage) {
      await stage.client.run(
        `for i in $(seq 12); do curl -s http://${stage.server.v4}/?$i -o /dev/null -w '%{http_code} '; sleep .3; done`,
      );
      await python(
        stage,
        stage.client,
        `
import requests, time
s = requests.Session()
for k in range(4): print(s.get("http://${stage.server.v4}/").status_code); time.sleep(3)
`,
      );
    },
  },
  {
    name: 'stunnel-idle',
    story: 'stunnel (TIMEOUTidle = 4) before redis: TLS clients in Python that idle for 7 s are cut on both sides.',
    needs: ['stunnel4', 'redis-server', 'python3', 'openssl'],
    healthy: false,
    async prepare(stage) {
      await redis(stage.backend);
      certificate(stage.server);
      stage.write(
        'st.conf',
        `foreground = yes\npid =\n[redis]\naccept = 6380\nconnect = ${stage.backend.v4}:6379\ncert = ` +
          `${stage.folder}/c.pem\nTIMEOUTidle = 4\n`,
      );
      stage.server.start('exec stunnel4 st.conf');
      await stage.server.listening(6380);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, ssl, threading, time
x = ssl.create_default_context(); x.check_hostname = False; x.verify_mode = ssl.CERT_NONE
def session(i):
    time.sleep(i * .3); s = x.wrap_socket(socket.create_connection(("${stage.server.v4}", 6380)))
    s.sendall(b"INCR n\\r\\n"); s.recv(99); time.sleep(7)
    try: s.sendall(b"INCR n\\r\\n"); print(i, s.recv(99))
    except Exception as e: print(i, type(e).__name__)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(8)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'The proxy closes both legs after 4.0 s idle (8 of 8): stunnel TIMEOUTidle; the clients use the ' +
        'connection 3 s later.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 4,
      findings: ['rst-after-push', 'linger-reset', 'unexpected-reset'],
    },
  },
  {
    name: 'pgbouncer-client-idle',
    story:
      'pgbouncer client_idle_timeout = 5 before PostgreSQL: psycopg2 sessions idle 8 s and are told ' +
      '"client_idle_timeout".',
    needs: ['pgbouncer', 'postgres', 'psycopg2'],
    healthy: false,
    async prepare(stage) {
      await postgres(stage, stage.backend);
      stage.write(
        'pgb.ini',
        `[databases]\npostgres = host=${stage.backend.v4} port=5432 user=postgres\n[pgbouncer]\nlisten_addr = ` +
          `*\nlisten_port = 6432\nauth_type = any\npool_mode = transaction\nunix_socket_dir =\nclient_idle_timeout ` +
          `= 5\nserver_idle_timeout = 60\n`,
      );
      stage.server.start('exec runuser -u postgres -- pgbouncer pgb.ini');
      await stage.server.listening(6432);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import psycopg2, threading, time
def session(i):
    time.sleep(i * .4)
    c = psycopg2.connect(host="${stage.server.v4}", port=6432, user="postgres", dbname="postgres")
    c.autocommit = True
    q = c.cursor(); q.execute("select 1"); time.sleep(8)
    try: q.execute("select 2"); print(i, q.fetchone())
    except Exception as e: print(i, type(e).__name__, str(e)[:60])
ts = [threading.Thread(target=session, args=(i,)) for i in range(7)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'pgbouncer closes sessions that idle for 5.0 to 5.4 s (7 of 7): client_idle_timeout; the clients use them ' +
        '3 s later.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [5, 5.4],
      findings: ['rst-after-push', 'linger-reset', 'unexpected-reset'],
    },
  },
  {
    name: 'squid-ok',
    story: 'squid as a forward proxy: GET and CONNECT by curl, to lighttpd and to openssl s_server.',
    needs: ['squid', 'lighttpd', 'openssl', 'curl'],
    healthy: true,
    async prepare(stage) {
      await origin(stage);
      await squid(stage, '');
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4; do curl -s -x http://${stage.server.v4}:3128 http://${stage.backend.v4}/ -o /dev/null -w ` +
          `'%{http_code} '; ` +
          `curl -sk -x http://${stage.server.v4}:3128 https://${stage.backend.v4}:4433/ -o /dev/null -w ` +
          `'%{http_code}\\n'; done`,
      ),
  },
  {
    name: 'squid-connect-timeout',
    story:
      'squid (connect_timeout 3 seconds, connect_retries 0) is asked for an origin whose SYNs a router drops: 503 ' +
      'after some seconds; another origin works.',
    needs: ['squid', 'lighttpd', 'curl', 'nft', 'openssl'],
    healthy: false,
    async prepare(stage) {
      await origin(stage);
      await squid(stage, 'connect_timeout 3 seconds\nforward_timeout 5 seconds\n');
      stage.router.firewall('type filter hook forward priority 0', 'tcp dport 8081 drop');
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3; do curl -s -x http://${stage.server.v4}:3128 http://${stage.backend.v4}:8081/ -o /dev/null ` +
          `-w '%{http_code} %{time_total}\\n' & ` +
          `curl -s -x http://${stage.server.v4}:3128 http://${stage.backend.v4}/ -o /dev/null -w '%{http_code}\\n'; ` +
          `wait; done`,
      ),
    truth: {
      says:
        'Port 8081 of the backend answers no SYN, while its port 80 answers: a firewall drops; the proxy gives up ' +
        'after 3 s.',
      diagnosis: 'firewall-drop',
      findings: ['unanswered/filtered', 'unanswered/silent', 'unanswered'],
    },
  },
];

async function origin(stage) {
  stage.write('index.html', 'hello\n');
  certificate(stage.backend);
  stage.backend.start('exec openssl s_server -accept 4433 -cert crt.pem -key k.pem -www -quiet');
  await stage.backend.listening(4433);
  await lighttpd(stage, stage.backend, 'index-file.names = ("index.html")');
}

async function squid(stage, more) {
  stage.write(
    'squid.conf',
    `http_port 3128\nacl CONNECT method CONNECT\nhttp_access allow all\ncache deny all\naccess_log none\ncache_log ` +
      `${stage.folder}/squid.log\npid_filename none\n` +
      `coredump_dir ${stage.folder}\nshutdown_lifetime 1 seconds\nvisible_hostname proxy\npinger_enable off\n${more}`,
  );
  stage.server.must('chmod 777 .');
  stage.server.start(`exec squid -N -f ${stage.folder}/squid.conf`);
  await stage.server.listening(3128);
}
