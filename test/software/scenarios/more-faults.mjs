/** More faults of other software: impatient clients, restarts, frozen processes, leaks, queues; and healthy ends. */
import {
  FORWARD,
  apache,
  go,
  goBuild,
  gunicorn,
  haproxy,
  java,
  lighttpd,
  memcached,
  mosquitto,
  nginx,
  node,
  postgres,
  python,
  pythonOn,
  redis,
  tomcat,
  uvicorn,
} from '../programs.mjs';
import { GO_SERVER } from './more-limits.mjs';

/** Python clients that ask a redis about twice a second until `seconds` are over, and connect anew when they must. */
const TALKERS = (host, port, { count, seconds, wait = 0.4, say = 'PING\\r\\n', patience = 8 }) => `
import socket, threading, time
def session(i):
    time.sleep(i * .13); end = time.time() + ${seconds}; s = None
    while time.time() < end:
        try:
            if s is None: s = socket.create_connection(("${host}", ${port}), ${patience}); s.settimeout(${patience})
            s.sendall(b"${say}")
            if not s.recv(999): raise OSError("closed")
            time.sleep(${wait})
        except OSError as e:
            print(i, e)
            if s: s.close()
            s = None; time.sleep(.3)
    if s: s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(${count})]
for t in ts: t.start()
for t in ts: t.join()
`;

export const MORE_FAULTS = [
  {
    name: 'curl-patience-7',
    story: 'curl -m 7 asks a gunicorn that takes 12 s: seven of seven give up.',
    needs: ['gunicorn', 'curl'],
    healthy: false,
    prepare: (stage) => gunicorn(stage, stage.server, '-k gthread --threads 16'),
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 7); do curl -sS -m 7 'http://${stage.server.v4}:8000/?w=12' -o /dev/null & sleep .7; done; ` +
          'wait; sleep 3',
      ),
    truth: {
      says: 'The client gives up 7.00 s after it began (7 of 7): curl -m 7; the server takes longer.',
      diagnosis: 'client-patience',
      by: 'client',
      seconds: 7,
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'go-client-timeout-3',
    story: 'A Go client with http.Client.Timeout 3 s asks a Tomcat-like node program that takes 4.2 s, eight times.',
    needs: ['go', 'node'],
    healthy: false,
    prepare: (stage) =>
      node(
        stage,
        stage.server,
        `
import http from 'node:http';
http.createServer((q, a) => setTimeout(() => a.end('ok\\n'), 4200)).listen(8080);
`,
        8080,
      ),
    async play(stage) {
      stage.write(
        'ask.go',
        `package main
import ("fmt"; "net/http"; "sync"; "time")
func main() {
  var all sync.WaitGroup; c := &http.Client{Timeout: 3 * time.Second}
  for i := 0; i < 8; i++ { all.Add(1); go func(i int) { defer all.Done()
    time.Sleep(time.Duration(i) * 450 * time.Millisecond)
    _, err := c.Get("http://${stage.server.v4}:8080/"); fmt.Println(err != nil) }(i) }
  all.Wait(); time.Sleep(2 * time.Second)
}
`,
      );
      await goBuild(stage.client, 'ask');
      await stage.client.run('./ask');
    },
    truth: {
      says:
        'The client gives up 3.00 s after each request (8 of 8), and the server answers 1.2 s later: ' +
        'Client.Timeout.',
      diagnosis: 'client-patience',
      by: 'client',
      seconds: 3,
      findings: ['unanswered-request', 'rst-after-push'],
    },
  },
  {
    name: 'haproxy-kill9-restart',
    story: 'haproxy before a slow node program is killed (SIGKILL) under nine clients and is back after 3 s.',
    needs: ['haproxy', 'node', 'python3'],
    healthy: false,
    async prepare(stage) {
      await node(
        stage,
        stage.backend,
        `
import http from 'node:http';
http.createServer((q, a) => setTimeout(() => a.end('ok\\n'), 300)).listen(8080);
`,
        8080,
      );
      stage.again = () =>
        haproxy(
          stage,
          stage.server,
          `defaults\n  mode http\n  timeout connect 2s\n  timeout client 20s\n  timeout server 20s\n` +
            `listen w\n  bind :80\n` +
            `  server a ${stage.backend.v4}:8080`,
          80,
        );
      stage.program = await stage.again();
    },
    async play(stage) {
      const talk = pythonOn(
        stage,
        stage.client,
        TALKERS(stage.server.v4, 80, {
          count: 9,
          seconds: 9,
          wait: 0.2,
          say: 'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n',
        }),
      );
      await stage.wait(3);
      stage.program.signal('SIGKILL');
      await stage.wait(3);
      await stage.again();
      await talk.over();
    },
    truth: {
      says:
        'Nine connections of port 80 ended within a millisecond, requests lost, then some 3 s of refusals: a crash ' +
        'and a restart.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['refused', 'unanswered-request'],
    },
  },
  {
    name: 'tomcat-kill9',
    story: 'Tomcat is killed (SIGKILL) under ten keep-alive clients and is not back before the capture ends.',
    needs: ['tomcat', 'python3'],
    healthy: false,
    prepare: async (stage) => {
      stage.program = await tomcat(stage, stage.server);
    },
    async play(stage) {
      const talk = pythonOn(
        stage,
        stage.client,
        TALKERS(stage.server.v4, 8080, {
          count: 10,
          seconds: 8,
          wait: 0.05,
          say: 'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n',
        }),
      );
      await stage.wait(4);
      stage.program.signal('SIGKILL');
      await talk.over();
    },
    truth: {
      says:
        'Ten connections of port 8080 ended at once, then every attempt was refused until the capture ends: it ' +
        'died.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['refused', 'unanswered-request'],
    },
  },
  {
    name: 'java-frozen-7',
    story:
      'A server of the JDK is stopped (SIGSTOP, as a long garbage collection) for 7 s under eight clients, and ' +
      'answers all at once.',
    needs: ['java', 'python3'],
    healthy: false,
    prepare: async (stage) => {
      stage.program = await java(stage, stage.server, JAVA_ECHO, 7000);
    },
    async play(stage) {
      const talk = pythonOn(
        stage,
        stage.client,
        TALKERS(stage.server.v4, 7000, { count: 8, seconds: 14, wait: 0.9, say: 'ask', patience: 20 }),
      );
      await stage.wait(3);
      stage.program.signal('SIGSTOP');
      await stage.wait(7);
      stage.program.signal('SIGCONT');
      await talk.over();
    },
    truth: {
      says:
        'For 7 s the server answered nobody, then all eight waiting requests at once: a frozen process (garbage ' +
        'collection, SIGSTOP).',
      diagnosis: 'frozen-process',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'go-server-leak',
    story:
      'A Go program that forgets to close what its clients closed: 24 connections stay in CLOSE-WAIT until the ' +
      'end.',
    needs: ['go', 'python3'],
    healthy: false,
    prepare: (stage) =>
      go(
        stage,
        stage.server,
        `package main
import "net"
var kept []net.Conn
func main() {
  l, _ := net.Listen("tcp", ":7000")
  for { c, err := l.Accept(); if err != nil { return }; kept = append(kept, c)
    go func() { b := make([]byte, 99); for { n, err := c.Read(b); if err != nil { return }; c.Write(b[:n]) } }() }
}
`,
        7000,
      ),
    async play(stage) {
      await python(
        stage,
        stage.client,
        `
import socket, time
for i in range(24):
    s = socket.create_connection(("${stage.server.v4}", 7000)); s.sendall(b"ask"); s.recv(9); s.close(); time.sleep(.4)
`,
      );
      await stage.wait(64);
    },
    truth: {
      says:
        'The server closes none of 24 connections that its clients closed: CLOSE-WAIT until the capture ends, 2.5 ' +
        'a second more.',
      diagnosis: 'leak',
      by: 'server',
      findings: ['half-closed'],
    },
  },
  {
    name: 'curl-download-stalled-11',
    story: 'curl loads 60 MB from Apache, three at a time, and is stopped (SIGSTOP) for 11 s: window 0.',
    needs: ['apache2', 'curl'],
    healthy: false,
    async prepare(stage) {
      stage.client.must('sysctl -qw net.ipv4.tcp_rmem="4096 65536 524288"');
      stage.server.must('dd if=/dev/zero of=big bs=1M count=60 2>/dev/null');
      await apache(stage, stage.server, '<Directory />\nRequire all granted\n</Directory>');
    },
    async play(stage) {
      const load = stage.client.start(
        `for i in 1 2 3; do curl -s --limit-rate 9M http://${stage.server.v4}/big -o /dev/null & done; wait`,
      );
      await stage.wait(1.5);
      load.signal('SIGSTOP');
      await stage.wait(11);
      load.signal('SIGCONT');
      await load.over();
    },
    truth: {
      says: 'The client did not read for 11 s (window 0, three of three downloads), then went on.',
      diagnosis: 'stalled-reader',
      by: 'client',
      findings: ['stalled-reader'],
    },
  },
  {
    name: 'uvicorn-accept-queue',
    story: 'uvicorn with a backlog of 4 is blocked for 5 s by one request while 22 Python clients connect.',
    needs: ['uvicorn', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.program = await uvicorn(stage, stage.server, '--backlog 4');
    },
    async play(stage) {
      const crowd = pythonOn(
        stage,
        stage.client,
        `
import socket, threading, time
def session(i):
    time.sleep(.5 + i * .07); t = time.time()
    try:
        s = socket.create_connection(("${stage.server.v4}", 8000), 20); s.settimeout(20)
        s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
        print(i, s.recv(99)[:15], round(time.time() - t, 2)); s.close()
    except OSError as e: print(i, e)
ts = [threading.Thread(target=session, args=(i,)) for i in range(22)]
for t in ts: t.start()
for t in ts: t.join()
`,
      );
      await stage.wait(0.3);
      stage.program.signal('SIGSTOP');
      await stage.wait(5);
      stage.program.signal('SIGCONT');
      await crowd.over();
    },
    truth: {
      says:
        'For 5 s nobody took connections from the queue: five were in it, the SYNs of the others were dropped ' +
        '(connects of 1 to 7 s).',
      diagnosis: ['accept-queue', 'frozen-process'],
      by: 'server',
      findings: ['slow-connect', 'incomplete-handshake', 'unanswered-request'],
    },
  },
  {
    name: 'nat-forgets-redis-11',
    story:
      'A gateway forgets what idles for 11 s: redis clients that idle for 5 s live, those that idle for 15 s hang.',
    needs: ['redis-server', 'python3', 'nft'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      await redis(stage.server);
      stage.router.firewall('type nat hook postrouting priority 100', 'oifname "server" masquerade random');
      stage.router.firewall(FORWARD, 'ct state invalid drop');
      stage.router.must(
        'sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=11 net.netfilter.nf_conntrack_tcp_loose=0',
      );
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, threading, time
def session(i, pauses):
    time.sleep(i * .3); s = socket.create_connection(("${stage.server.v4}", 6379)); s.settimeout(6)
    try:
        for p in pauses: s.sendall(b"PING\\r\\n"); s.recv(99); time.sleep(p)
        s.sendall(b"PING\\r\\n"); print(i, s.recv(99))
    except OSError as e: print(i, e)
    s.close()
ts = [threading.Thread(target=session, args=(i, (5, 4, 8) if i % 2 else (3, 15))) for i in range(10)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'What idled for 15 s met silence (5 of 5), what idled for up to 8 s lived: something on the way forgets ' +
        'after 8 to 15 s.',
      diagnosis: 'nat-forgot',
      findings: ['half-open', 'unanswered-request'],
    },
  },
  {
    name: 'curl-connect-timeout-3',
    story:
      'The router drops SYNs to port 8443 of the server, curl --connect-timeout 3 tries eight times; port 80 ' +
      'answers.',
    needs: ['lighttpd', 'curl', 'nft'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await lighttpd(stage, stage.server, 'index-file.names = ("index.html")');
      stage.router.firewall(FORWARD, 'tcp dport 8443 drop');
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 8); do curl -s http://${stage.server.v4}/ -o /dev/null; ` +
          `curl -sSk --connect-timeout 3 https://${stage.server.v4}:8443/ & ` +
          'sleep .8; done; wait',
      ),
    truth: {
      says: 'Nothing answers at port 8443 (8 of 8 attempts), while port 80 of the host does: a firewall drops.',
      diagnosis: 'firewall-drop',
      findings: ['unanswered'],
    },
  },
  {
    name: 'java-tls-untrusted',
    story:
      'nginx with a private CA, and Java clients that trust none but the public ones: six handshakes broken off by ' +
      'an alert.',
    needs: ['nginx', 'java', 'openssl'],
    healthy: false,
    async prepare(stage) {
      stage.server.must(
        'openssl req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out crt.pem -days 2 -subj /CN=www.test ' +
          '2>/dev/null; chmod 644 *.pem',
      );
      stage.write('index.html', 'hello\n');
      await nginx(stage, stage.server, {
        http:
          `server { listen 443 ssl; ssl_certificate ${stage.folder}/crt.pem; ` +
          `ssl_certificate_key ${stage.folder}/k.pem; }`,
        port: 443,
      });
    },
    async play(stage) {
      stage.write(
        'Ask.java',
        `
import java.net.URI; import java.net.http.*;
public class Ask { public static void main(String[] a) throws Exception {
  for (int i = 0; i < 6; i++) {
    HttpRequest ask = HttpRequest.newBuilder(URI.create("https://${stage.server.v4}/index.html")).build();
    try { HttpClient.newHttpClient().send(ask, HttpResponse.BodyHandlers.ofString()); }
    catch (Exception e) { System.out.println(e); }
    Thread.sleep(300);
  } System.exit(0); } }
`,
      );
      await stage.client.run('java -Xmx64m Ask.java');
    },
    truth: {
      says: 'Six of six TLS handshakes are broken off by the client with an alert: it does not trust the certificate.',
      diagnosis: 'tls-handshake-failure',
      by: 'client',
      findings: ['tls-handshake-failure'],
    },
  },
  {
    name: 'gunicorn-slowloris',
    story: 'Forty clients that send a header line every 2.5 s hold the four threads of a gunicorn, and a curl waits.',
    needs: ['gunicorn', 'python3', 'curl'],
    healthy: false,
    prepare: (stage) => gunicorn(stage, stage.server, '-k gthread --threads 4 --worker-connections 40'),
    async play(stage) {
      const slow = pythonOn(
        stage,
        stage.backend,
        `
import socket, time
ss = [socket.create_connection(("${stage.server.v4}", 8000)) for i in range(40)]
for s in ss: s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n")
for k in range(7):
    time.sleep(2.5)
    for s in ss:
        try: s.sendall(b"X-%d: y\\r\\n" % k)
        except OSError: pass
for s in ss: s.close()
`,
      );
      await stage.wait(2);
      await stage.client.run(
        `for i in 1 2 3 4; do curl -s -m 9 http://${stage.server.v4}:8000/ -o /dev/null & done; wait`,
      );
      await slow.over();
    },
    truth: {
      says:
        'One address holds 40 connections with requests that never come to an end, in pieces 2.5 s apart; others ' +
        'wait: slowloris.',
      diagnosis: 'slowloris',
      by: 'backend',
      findings: ['any'],
    },
  },
  {
    name: 'gunicorn-graceful-ok',
    story:
      'gunicorn is asked to end (SIGTERM) while three requests are at work: it answers them, closes, and is not ' +
      'needed any more.',
    needs: ['gunicorn', 'curl'],
    healthy: true,
    prepare: async (stage) => {
      stage.program = await gunicorn(stage, stage.server, '-k gthread --threads 8 --graceful-timeout 10');
    },
    async play(stage) {
      const load = stage.client.start(
        `for i in 1 2 3 4 5 6; do curl -s http://${stage.server.v4}:8000/ -o /dev/null; done; ` +
          `for i in 1 2 3; do curl -s 'http://${stage.server.v4}:8000/?w=2' -o /dev/null & done; wait`,
      );
      await stage.wait(1);
      stage.program.signal('SIGTERM');
      await load.over();
    },
  },
  {
    name: 'go-graceful-ok',
    story:
      'A Go server ends by Shutdown (SIGTERM) while requests are at work and keep-alive connections idle: all are ' +
      'answered, all closed.',
    needs: ['go', 'python3'],
    healthy: true,
    prepare: async (stage) => {
      stage.program = await go(stage, stage.server, GO_SERVER(), 8080);
    },
    async play(stage) {
      const talk = pythonOn(
        stage,
        stage.client,
        `
import http.client, threading, time
def session(i):
    c = http.client.HTTPConnection("${stage.server.v4}", 8080, timeout=9)
    for k in range(3): c.request("GET", "/"); c.getresponse().read(); time.sleep(.3)
    if i < 3: c.request("GET", "/?w=2"); print(c.getresponse().status)
    else: time.sleep(3)
    c.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(7)]
for t in ts: t.start()
for t in ts: t.join()
`,
      );
      await stage.wait(1.8);
      stage.program.signal('SIGTERM');
      await talk.over();
    },
  },
  {
    name: 'h2load-end-ok',
    story: 'h2load loads nginx over HTTP/2 for 2 s with 12 connections, and ends in the middle of requests.',
    needs: ['nginx', 'h2load'],
    healthy: true,
    async prepare(stage) {
      stage.write('index.html', 'hello\n'.repeat(300));
      await nginx(stage, stage.server, { http: 'server { listen 80 http2; }' });
    },
    play: (stage) =>
      stage.client.run(`h2load -c 12 -m 4 -D 2 http://${stage.server.v4}/index.html | grep -E 'requests|finished'`),
  },
  {
    name: 'wrk-lighttpd-end-ok',
    story:
      'wrk loads lighttpd for 2 s over 30 connections with a large page, and ends in the middle of answers; 10 ms ' +
      'away.',
    needs: ['lighttpd', 'wrk'],
    healthy: true,
    delay: { client: 10 },
    async prepare(stage) {
      stage.write('index.html', 'hello\n'.repeat(9000));
      await lighttpd(stage, stage.server, 'index-file.names = ("index.html")');
    },
    play: (stage) =>
      stage.client.run(`wrk -t2 -c30 -d2 http://${stage.server.v4}/index.html | grep -E 'requests|Socket'`),
  },
  {
    name: 'mosquitto-ok',
    story:
      'mosquitto with subscribers that ping (keep-alive 5 s) and publishers that come and go by DISCONNECT: ' +
      'healthy.',
    needs: ['mosquitto', 'python3'],
    healthy: true,
    prepare: (stage) => mosquitto(stage, stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, threading, time
end = time.time() + 13
def connect(i):
    s = socket.create_connection(("${stage.server.v4}", 1883))
    s.sendall(b"\\x10\\x0e\\x00\\x04MQTT\\x04\\x02\\x00\\x05\\x00\\x02%02d" % i)
    s.recv(99); return s
def subscriber(i):
    s = connect(i); s.sendall(b"\\x82\\x06\\x00\\x01\\x00\\x01t\\x00"); s.settimeout(4); ping = time.time() + 4
    while time.time() < end:
        if time.time() > ping: s.sendall(b"\\xc0\\x00"); ping = time.time() + 4
        try: s.recv(999)
        except TimeoutError: pass
    s.sendall(b"\\xe0\\x00"); s.close()
def publisher(i):
    while time.time() < end - 1:
        s = connect(i)
        for k in range(3): s.sendall(b"\\x30\\x05\\x00\\x01txx"); time.sleep(.1)
        s.sendall(b"\\xe0\\x00"); s.close(); time.sleep(1)
ts = [threading.Thread(target=subscriber, args=(i,)) for i in range(4)]
ts += [threading.Thread(target=publisher, args=(10 + i,)) for i in range(3)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
  },
  {
    name: 'tomcat-ok',
    story: 'Tomcat 10 with keep-alive clients of Python and of curl, some of which idle for 2 s: healthy.',
    needs: ['tomcat', 'python3', 'curl'],
    healthy: true,
    prepare: (stage) => tomcat(stage, stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import http.client, random, subprocess, threading, time
random.seed(11)
def session(i):
    for r in range(3):
        c = http.client.HTTPConnection("${stage.server.v4}", 8080)
        for k in range(random.randint(1, 6)):
            c.request("GET", "/"); c.getresponse().read(); time.sleep(random.uniform(0, 1.2 if k % 4 else 2.2))
        c.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(6)]
for t in ts: t.start()
for k in range(9): subprocess.run(["curl", "-s", "-o", "/dev/null", "http://${stage.server.v4}:8080/"]); time.sleep(.4)
for t in ts: t.join()
`,
      ),
  },
  {
    name: 'postgres-pool-trim-ok',
    story: 'A pool of psycopg2 that closes what was idle for 3 s by Terminate, as pools do, and opens anew: healthy.',
    needs: ['postgres', 'psycopg2'],
    healthy: true,
    prepare: (stage) => postgres(stage, stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import psycopg2, random, threading, time
random.seed(3)
def work(i):
    time.sleep(i * .3)
    for r in range(3):
        c = psycopg2.connect(host="${stage.server.v4}", user="postgres", dbname="postgres"); q = c.cursor()
        for k in range(random.randint(1, 4)): q.execute("select pg_sleep(0.05)"); time.sleep(random.uniform(.05, .5))
        time.sleep(3); c.close()
ts = [threading.Thread(target=work, args=(i,)) for i in range(6)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
  },
  {
    name: 'memcached-restart',
    story: 'memcached is killed under twelve clients of Python and is back after 7 s.',
    needs: ['memcached', 'python3'],
    healthy: false,
    prepare: async (stage) => {
      stage.program = await memcached(stage.server);
    },
    async play(stage) {
      const talk = pythonOn(
        stage,
        stage.client,
        TALKERS(stage.server.v4, 11_211, { count: 12, seconds: 13, say: 'version\\r\\n' }),
      );
      await stage.wait(3);
      stage.program.signal('SIGKILL');
      await stage.wait(7);
      await memcached(stage.server);
      await talk.over();
    },
    truth: {
      says: 'Twelve connections of port 11211 ended in one moment, then 7 s of refusals, then new ones: a restart.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['refused', 'rst-after-push', 'unanswered-request'],
    },
  },
];

const JAVA_ECHO = `
import java.net.*;
public class Main {
  public static void main(String[] args) throws Exception {
    ServerSocket listener = new ServerSocket(7000, 64);
    while (true) {
      Socket socket = listener.accept();
      new Thread(() -> {
        try {
          byte[] b = new byte[999];
          for (int n; (n = socket.getInputStream().read(b)) > 0;) socket.getOutputStream().write(b, 0, n);
          socket.close();
        } catch (Exception e) { }
      }).start();
    }
  }
}
`;
