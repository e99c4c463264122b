/** More software with limits of idle time and of number, with other seconds: 3, 7, 11. */
import {
  apache,
  dovecot,
  go,
  goBuild,
  java,
  mariadb,
  memcached,
  mosquitto,
  nginx,
  node,
  postgres,
  python,
  redis,
  slapd,
  tomcat,
} from '../programs.mjs';
import { sshd } from './limits.mjs';

/** Python sockets that say something, idle for so long and speak again; `first` is read before anything is said. */
const IDLERS = (host, port, { count = 8, apart = 0.4, hello, first = false, idle, again = hello }) => `
import socket, threading, time
def session(i):
    time.sleep(i * ${apart}); s = socket.create_connection(("${host}", ${port})); s.settimeout(20)
    try:
        if ${first ? 'True' : 'False'}: s.recv(999)
        if ${JSON.stringify(hello ?? '')}: s.sendall(${JSON.stringify(hello ?? '')}.encode("latin1")); s.recv(9999)
        time.sleep(${idle})
        s.sendall(${JSON.stringify(again ?? 'x')}.encode("latin1")); print(i, s.recv(99)[:40])
        s.sendall(${JSON.stringify(again ?? 'x')}.encode("latin1"))
    except OSError as e: print(i, type(e).__name__)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(${count})]
for t in ts: t.start()
for t in ts: t.join()
`;

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

export const MORE_LIMITS = [
  {
    name: 'apache-keepalive-3',
    story: 'Apache KeepAliveTimeout 3, and clients of Python that ask again after 4.5 s on the same connection.',
    needs: ['apache2', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.write('index.html', 'hello\n'.repeat(50));
      await apache(
        stage,
        stage.server,
        'KeepAlive On\nKeepAliveTimeout 3\n<Directory />\nRequire all granted\n</Directory>',
        ['dir'],
      );
    },
    play: (stage) => python(stage, stage.client, IDLERS(stage.server.v4, 80, { count: 9, hello: GET, idle: 4.5 })),
    truth: {
      says: 'The server closes after 3.0 s idle (9 of 9), and each client asks 1.5 s later: KeepAliveTimeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 3,
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'nginx-keepalive-7',
    story: 'nginx keepalive_timeout 7s, and node sockets that ask again after 8 s.',
    needs: ['nginx', 'node'],
    healthy: false,
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await nginx(stage, stage.server, { http: 'server { listen 80; keepalive_timeout 7s; }' });
    },
    async play(stage) {
      stage.write(
        'client.mjs',
        `
import net from 'node:net';
for (let i = 0; i < 10; i++) setTimeout(() => {
  const s = net.connect({ port: 80, host: '${stage.server.v4}', allowHalfOpen: true });
  const get = () => s.write('GET /index.html HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n');
  s.on('error', (e) => console.log(e.code)); s.resume(); get();
  setTimeout(() => { get(); setTimeout(() => s.destroy(), 500); }, 8000);
}, i * 350);
`,
      );
      await stage.client.run('node client.mjs');
    },
    truth: {
      says: 'nginx closes after 7.0 s idle (10 of 10), and each client asks a second later: keepalive_timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 7,
      findings: ['rst-after-push', 'unanswered-request'],
    },
  },
  {
    name: 'tomcat-keepalive-11',
    story: 'Tomcat 10 with keepAliveTimeout 11 s, and clients of Python that ask again after 13 s.',
    needs: ['tomcat', 'python3', 'curl'],
    healthy: false,
    async prepare(stage) {
      await tomcat(stage, stage.server, 'connectionTimeout="5000" keepAliveTimeout="11000"');
      // Its first answer takes seconds, while it loads its classes.
      await stage.server.run('for i in 1 2 3; do curl -s http://127.0.0.1:8080/ -o /dev/null; done');
    },
    play: (stage) => python(stage, stage.client, IDLERS(stage.server.v4, 8080, { hello: GET, idle: 13, apart: 0.6 })),
    truth: {
      says: 'Tomcat closes after 11 to 12 s idle (8 of 8), and each client asks 2 s later: keepAliveTimeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [11, 12.1],
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'java-httpserver-idle-3',
    story:
      "The JDK's HttpServer with sun.net.httpserver.idleInterval 3, which it looks at every second; Python asks " +
      'again after 5 s.',
    needs: ['java', 'python3'],
    healthy: false,
    prepare: (stage) =>
      java(
        stage,
        stage.server,
        HTTP_SERVER,
        8080,
        '-Dsun.net.httpserver.idleInterval=3 -Dsun.net.httpserver.clockTick=1000',
      ),
    play: (stage) =>
      python(stage, stage.client, IDLERS(stage.server.v4, 8080, { count: 12, hello: GET, idle: 6, apart: 0.37 })),
    truth: {
      says: 'The server closes after 3 to 4 s idle (12 of 12), and each client asks later: idleInterval.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [3, 4.1],
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'go-idle-timeout-3',
    story:
      'A Go server with IdleTimeout 3 s, and a Go client that asks about every 3 s over eight kept connections, 25 ' +
      'ms away.',
    needs: ['go'],
    healthy: false,
    delay: { client: 25 },
    prepare: (stage) => go(stage, stage.server, GO_SERVER('IdleTimeout: 3 * time.Second'), 8080),
    async play(stage) {
      stage.write(
        'ask.go',
        `package main
import ("bytes"; "fmt"; "io"; "net/http"; "sync"; "time")
func main() {
  said := map[string]int{}; var lock sync.Mutex; var all sync.WaitGroup
  for i := 0; i < 8; i++ { all.Add(1); go func(i int) { defer all.Done()
    c := &http.Client{Transport: &http.Transport{}}
    for k := 0; k < 9; k++ {
      r, err := c.Post("http://${stage.server.v4}:8080/", "text/plain",
        struct{io.Reader}{bytes.NewReader(make([]byte, 300))})
      word := "error"
      if err == nil { io.Copy(io.Discard, r.Body); r.Body.Close(); word = r.Status
      } else { word = err.Error()[len(err.Error())-20:] }
      lock.Lock(); said[word]++; lock.Unlock()
      time.Sleep(2900 * time.Millisecond + time.Duration((k * 7 + i * 3) % 11) * 12 * time.Millisecond)
    } }(i) }
  all.Wait(); fmt.Println(said)
}
`,
      );
      await goBuild(stage.client, 'ask');
      await stage.client.run('./ask');
    },
    truth: {
      says:
        'The Go server closes connections that idle for 3.0 s; the client uses them for longer, some requests ' +
        'cross the FIN.',
      diagnosis: ['keep-alive-mismatch', 'idle-limit'],
      by: 'server',
      seconds: 3,
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'mosquitto-keepalive-7',
    story:
      'MQTT clients that promise a packet every 7 s and send none: mosquitto, which looks every 5 s, closes after ' +
      'half as long again, and they publish later.',
    needs: ['mosquitto', 'python3'],
    healthy: false,
    async prepare(stage) {
      await mosquitto(stage, stage.server);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, threading, time
def session(i):
    time.sleep(i * 2.3); s = socket.create_connection(("${stage.server.v4}", 1883)); s.settimeout(20)
    s.sendall(b"\\x10\\x0e\\x00\\x04MQTT\\x04\\x02\\x00\\x07\\x00\\x02%02d" % i); s.recv(99); time.sleep(19)
    try:
        for k in range(2): s.sendall(b"\\x30\\x05\\x00\\x01txx"); time.sleep(.2)
        print(i, s.recv(9))
    except OSError as e: print(i, type(e).__name__)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(9)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'The broker closes 10.5 to 16 s after the last packet of each client (9 of 9): 1.5 times their keep-alive ' +
        'of 7 s.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [10, 13],
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'slapd-idletimeout-7',
    story: 'slapd with idletimeout 7, and clients of Python that bind, and search again after 11 s.',
    needs: ['slapd', 'python3'],
    healthy: false,
    prepare: (stage) => slapd(stage, stage.server, 'idletimeout 7'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        IDLERS(stage.server.v4, 389, {
          count: 12,
          apart: 0.53,
          hello: '\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00',
          idle: 11,
        }),
      ),
    truth: {
      says:
        'slapd closes after 7 to 8.8 s idle (12 of 12; it looks every quarter of it), and each client asks later: ' +
        'idletimeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [7, 9],
      findings: ['rst-after-push', 'linger-reset'],
    },
  },
  {
    name: 'sshd-login-grace-3',
    story: 'sshd with LoginGraceTime 3, and clients that greet, and do not log in for 6 s.',
    needs: ['sshd', 'python3'],
    healthy: false,
    prepare: (stage) => sshd(stage, '-o LoginGraceTime=3'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        IDLERS(stage.server.v4, 22, {
          count: 7,
          apart: 0.6,
          first: true,
          hello: 'SSH-2.0-idler\r\n',
          idle: 6,
          again: 'x'.repeat(40),
        }),
      ),
    truth: {
      says: 'sshd closes 3.0 s after the connection began (7 of 7): LoginGraceTime; the clients write later.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch', 'closed-without-answer'],
      by: 'server',
      seconds: 3,
      findings: ['rst-after-push', 'linger-reset', 'unanswered-request'],
    },
  },
  {
    name: 'postgres-authentication-timeout-3',
    story:
      'PostgreSQL with authentication_timeout 3s, and clients that connect and say nothing for 5 s, then start up.',
    needs: ['postgres', 'python3'],
    healthy: false,
    prepare: (stage) => postgres(stage, stage.server, '-c authentication_timeout=3s'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        IDLERS(stage.server.v4, 5432, { count: 8, apart: 0.5, idle: 5, again: '\x00\x00\x00\x08\x04\xd2\x16\x2f' }),
      ),
    truth: {
      says: 'PostgreSQL closes 3.0 s after the handshake what has said nothing (8 of 8): authentication_timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 3,
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'mariadb-wait-timeout-11',
    story: 'MariaDB with wait_timeout 11, and a pool of PyMySQL whose connections are used again after 12.5 s.',
    needs: ['mariadbd', 'pymysql'],
    healthy: false,
    prepare: (stage) => mariadb(stage, stage.server, '--wait-timeout=11'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import pymysql, threading, time
def session(i):
    time.sleep(i * .45); c = pymysql.connect(host="${stage.server.v4}", user="u"); q = c.cursor()
    q.execute("select 1"); q.fetchall(); time.sleep(12.5)
    try: q.execute("select 2"); print(i, q.fetchall())
    except Exception as e: print(i, e)
    try: c.close()
    except Exception: pass
ts = [threading.Thread(target=session, args=(i,)) for i in range(7)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says: 'MariaDB closes sessions that idle for 11.0 s (7 of 7), and the pool uses them later: wait_timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 11,
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'memcached-idle-7',
    story: 'memcached -o idle_timeout=7, and clients of Python that ask again after 14 s.',
    needs: ['memcached', 'python3'],
    healthy: false,
    prepare: (stage) => memcached(stage.server, '-o idle_timeout=7'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        IDLERS(stage.server.v4, 11_211, { count: 14, apart: 0.31, hello: 'version\r\n', idle: 14 }),
      ),
    truth: {
      says: 'memcached closes after 7 to 9.5 s idle (14 of 14), and each client asks later: idle_timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [7, 9.5],
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'dovecot-drops-oldest-ok',
    story:
      'dovecot with a client_limit of 5 for its IMAP logins, and 13 clients that greet and stay for 4 s: it closes ' +
      'the oldest, which say LOGOUT later; nothing is lost.',
    needs: ['dovecot', 'python3'],
    healthy: true,
    prepare: (stage) => dovecot(stage, stage.server, 'client_limit = 5'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, threading, time
def session(i):
    time.sleep(i * .12); s = socket.create_connection(("${stage.server.v4}", 143), 6); s.settimeout(6)
    try:
        said = s.recv(999); print(i, said[:50])
        s.sendall(b"a capability\\r\\n"); s.recv(999); time.sleep(4); s.sendall(b"b logout\\r\\n"); s.recv(999)
    except OSError as e: print(i, type(e).__name__)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(13)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
  },
  {
    name: 'mosquitto-max-connections',
    story: 'mosquitto with max_connections 6, and 15 clients that subscribe and stay for 4 s.',
    needs: ['mosquitto', 'python3'],
    healthy: false,
    prepare: (stage) => mosquitto(stage, stage.server, 'max_connections 6'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, struct, threading, time
def session(i):
    time.sleep(i * .1); s = socket.create_connection(("${stage.server.v4}", 1883), 6); s.settimeout(6)
    try:
        s.sendall(b"\\x10\\x0e\\x00\\x04MQTT\\x04\\x02\\x00\\x3c\\x00\\x02%02d" % i); said = s.recv(99); print(i, said)
        if said: time.sleep(4); s.sendall(b"\\xe0\\x00")
    except OSError as e: print(i, type(e).__name__)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(15)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says: 'From the seventh open connection on the broker closes each new one at once: max_connections 6.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'redis-maxclients-5-node',
    story: 'redis with maxclients 5, and a node program that opens 14 connections and pings on each.',
    needs: ['redis-server', 'node'],
    healthy: false,
    prepare: (stage) => redis(stage.server, '--maxclients 5'),
    async play(stage) {
      stage.write(
        'client.mjs',
        `
import net from 'node:net';
for (let i = 0; i < 14; i++) setTimeout(() => {
  const s = net.connect(6379, '${stage.server.v4}', () => s.write('PING\\r\\n'));
  s.on('error', (e) => console.log(i, e.code)); s.on('data', (d) => console.log(i, String(d).trim()));
  setTimeout(() => s.destroy(), 3500);
}, i * 90);
`,
      );
      await stage.client.run('node client.mjs');
    },
    truth: {
      says: 'From the sixth open connection on the server turns each new one away with -ERR: maxclients 5.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'node-max-connections',
    story:
      'A node server with maxConnections 4, and ten clients that ask and stay for 3 s: the others are closed at ' +
      'once.',
    needs: ['node', 'python3'],
    quick: true,
    healthy: false,
    prepare: (stage) =>
      node(
        stage,
        stage.server,
        `
import http from 'node:http';
const s = http.createServer((q, a) => a.end('ok\\n'));
Object.assign(s, { maxConnections: 4, keepAliveTimeout: 20_000 }).listen(8080);
`,
        8080,
      ),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, threading, time
def session(i):
    time.sleep(i * .15); s = socket.create_connection(("${stage.server.v4}", 8080), 6); s.settimeout(6)
    try:
        s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"); said = s.recv(999); print(i, said[:20])
        if said: time.sleep(3)
    except OSError as e: print(i, type(e).__name__)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(10)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'From the fifth open connection on the server closes each new one at once, without a word: maxConnections ' +
        '4.',
      diagnosis: ['connection-limit', 'closed-without-answer'],
      by: 'server',
      findings: ['any'],
    },
  },
];

const HTTP_SERVER = `
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.concurrent.Executors;
public class Main {
  public static void main(String[] args) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress("0.0.0.0", 8080), 64);
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.createContext("/", exchange -> {
      exchange.getRequestBody().readAllBytes();
      exchange.sendResponseHeaders(200, 3);
      exchange.getResponseBody().write("ok\\n".getBytes());
      exchange.close();
    });
    server.start();
  }
}
`;

/** A Go server on port 8080 that answers \`ok\` after \`?w=SECONDS\`; \`fields\` are those of its http.Server. */
export const GO_SERVER = (fields = '') => `package main
import ("context"; "io"; "net/http"; "os"; "os/signal"; "strconv"; "syscall"; "time")
func main() {
  s := &http.Server{Addr: ":8080", ${fields === '' ? '' : `${fields},`}
    Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
    io.Copy(io.Discard, r.Body); n, _ := strconv.ParseFloat(r.URL.Query().Get("w"), 64)
    time.Sleep(time.Duration(n * float64(time.Second))); io.WriteString(w, "ok\\n") })}
  over := make(chan os.Signal, 1); signal.Notify(over, syscall.SIGTERM); ended := make(chan int)
  go func() { <-over; s.Shutdown(context.Background()); close(ended) }()
  if s.ListenAndServe() == http.ErrServerClosed { <-ended }
}
`;
