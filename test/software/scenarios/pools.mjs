/** HTTP/2, and the pools of languages' own clients: how they end, and how they race the server's close. */
import { CERTIFICATE, EACH, GET, REUSED } from '../clients.mjs';
import { go, goBuild, nginx, node, python, pythonOn } from '../programs.mjs';

const TLS_KEYS = (stage) => `ssl_certificate ${stage.folder}/crt.pem; ssl_certificate_key ${stage.folder}/k.pem;`;

export const POOLS = [
  {
    name: 'ruby-net-http-ok',
    story: "Ruby's Net::HTTP asks node over TLS with pauses shorter and longer than its keep_alive_timeout of 2 s.",
    needs: ['ruby', 'node', 'openssl'],
    healthy: true,
    async prepare(stage) {
      stage.server.must(`${CERTIFICATE} 2>/dev/null`);
      await node(
        stage,
        stage.server,
        `
import https from 'node:https'; import { readFileSync } from 'node:fs';
const o = { key: readFileSync('k.pem'), cert: readFileSync('crt.pem') };
https.createServer(o, (q, a) => a.end('ok\\n')).listen(8443);
`,
        8443,
      );
      stage.write(
        'ask.rb',
        `
require 'net/http'; require 'openssl'
4.times.map { |k| Thread.new {
  sleep k * 0.3
  h = Net::HTTP.new('${stage.server.v4}', 8443); h.use_ssl = true; h.verify_mode = OpenSSL::SSL::VERIFY_NONE
  h.start { [0.5, 1.5, 2.5, 0.2].each { |w| h.get('/'); sleep w } }
} }.each(&:join)
`,
      );
    },
    play: (stage) => stage.client.run('ruby ask.rb'),
  },
  {
    name: 'perl-http-tiny-ok',
    story: 'HTTP::Tiny of Perl keeps its connections to nginx (keepalive_timeout 2) and looks before it uses them again.',
    needs: ['perl', 'nginx'],
    healthy: true,
    async prepare(stage) {
      await nginx(stage, stage.server, { http: 'keepalive_timeout 2; server { listen 80; return 200 "a"; }' });
      stage.write(
        'ask.pl',
        `use HTTP::Tiny; for (1..4) { next if fork; my $h = HTTP::Tiny->new(timeout => 5);
for my $w (1, 1.5, 3, 0.5, 2.6) { $h->get("http://${stage.server.v4}/"); select(undef, undef, undef, $w); } exit; }
1 while wait > 0;
`,
      );
    },
    play: (stage) => stage.client.run('perl ask.pl'),
  },
  {
    name: 'nginx-h2-goaway-ok',
    story: 'h2load asks nginx over HTTP/2, which says GOAWAY after 40 requests of a connection, and reloads meanwhile.',
    needs: ['nginx', 'openssl', 'h2load', 'curl'],
    healthy: true,
    prepare: (stage) => http2Nginx(stage, 'keepalive_requests 40;'),
    async play(stage) {
      const load = stage.client.start(
        `for i in $(seq 12); do h2load -n 60 -c 2 -m 4 https://${stage.server.v4}/page >/dev/null; ` +
          `curl -sk --http2 https://${stage.server.v4}/page https://${stage.server.v4}/page -o /dev/null -o /dev/null; ` +
          'sleep .3; done',
      );
      await stage.wait(2);
      await stage.server.run(`kill -HUP $(cat nginx-server.pid)`);
      await load.over();
    },
  },
  {
    name: 'node-h2-idle-ok',
    story: 'node ends HTTP/2 sessions that are idle for 2 s by GOAWAY, and its clients, of node as well, begin new ones.',
    needs: ['node', 'openssl'],
    healthy: true,
    async prepare(stage) {
      stage.server.must(`${CERTIFICATE} 2>/dev/null`);
      await node(
        stage,
        stage.server,
        `
import h2 from 'node:http2'; import { readFileSync } from 'node:fs';
const s = h2.createSecureServer({ key: readFileSync('k.pem'), cert: readFileSync('crt.pem') });
s.on('session', (one) => one.setTimeout(2000, () => one.close()));
s.on('stream', (t) => { t.respond({ ':status': 200 }); t.end('ok'); }); s.listen(8443);
`,
        8443,
      );
      stage.write(
        'ask.mjs',
        `
import h2 from 'node:http2'; import { setTimeout as sleep } from 'node:timers/promises';
await Promise.all([0, 1, 2, 3, 4].map(async (k) => {
  await sleep(k * 300);
  let c = null;
  for (const w of [500, 1000, 3000, 700, 2600]) {
    if (!c || c.closed || c.destroyed) { c = h2.connect('https://${stage.server.v4}:8443', { rejectUnauthorized: false });
      c.on('error', () => {}); }
    await new Promise((r) => { const q = c.request(); q.on('error', r); q.on('data', () => {}); q.on('end', r); q.end(); });
    await sleep(w);
  }
  c.close();
}));
`,
      );
    },
    play: (stage) => stage.client.run('node ask.mjs'),
  },
  {
    name: 'nginx-h2c-idle-3',
    story: 'nginx with keepalive_timeout 3 and HTTP/2 without TLS; clients do not look at its GOAWAY and ask again.',
    needs: ['nginx', 'python3', 'h2'],
    healthy: false,
    prepare: (stage) =>
      nginx(stage, stage.server, { http: 'keepalive_timeout 3; server { listen 80 http2; return 200 "a"; }' }),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.3,
          `
s = socket.create_connection(("${stage.server.v4}", 80)); s.settimeout(6); c = h2.connection.H2Connection()
c.initiate_connection(); s.sendall(c.data_to_send()); h = [(":method", "GET"), (":path", "/"), (":scheme", "http"), (":authority", "a")]
try:
    for n in range(2):
        c.send_headers(c.get_next_available_stream_id(), h, end_stream=True); s.sendall(c.data_to_send())
        d = s.recv(9999); time.sleep(.1); c.receive_data(d) if n == 0 else None; s.sendall(c.data_to_send()); time.sleep(4)
except Exception as e: print(i, e)
s.close()
`,
          'import h2.connection',
        ),
      ),
    truth: {
      says: 'The server closes connections that are idle for 3.0 s: keepalive_timeout of nginx.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [2.85, 3.2],
      findings: ['any'],
    },
  },
  {
    name: 'go-h2-pool-ok',
    story: "Go's client asks a Go server over TLS and HTTP/2 (IdleTimeout 2s) every 3 s and every 0.5 s.",
    needs: ['go', 'openssl'],
    healthy: true,
    async prepare(stage) {
      stage.server.must(`${CERTIFICATE} 2>/dev/null`);
      await go(
        stage,
        stage.server,
        `package main
import ("net/http"; "time")
func main() {
  http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok")) })
  s := &http.Server{Addr: ":8443", IdleTimeout: 2 * time.Second}
  s.ListenAndServeTLS("crt.pem", "k.pem")
}
`,
        8443,
      );
      stage.write(
        'ask.go',
        `package main
import ("crypto/tls"; "io"; "net/http"; "sync"; "time"; "os"; "fmt")
func main() { var g sync.WaitGroup
  for k := 0; k < 6; k++ { g.Add(1); go func(k int) { defer g.Done()
    c := &http.Client{Transport: &http.Transport{ForceAttemptHTTP2: k % 2 == 0, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
    for _, w := range []int{500, 3000, 500, 500, 3000, 1} { r, e := c.Get("https://" + os.Args[1] + ":8443/")
      if e != nil { fmt.Println(e); continue }
      io.Copy(io.Discard, r.Body); r.Body.Close(); time.Sleep(time.Duration(w) * time.Millisecond) } }(k) }
  g.Wait() }
`,
      );
      await goBuild(stage.client, 'ask');
    },
    play: (stage) => stage.client.run(`./ask ${stage.server.v4}`),
  },
  {
    name: 'java-pool-race-far',
    story:
      'HttpURLConnection of Java posts over 20 ms of road, 1.975 s after each answer, to a Go server with ' +
      'IdleTimeout 2s: posts and closes cross.',
    needs: ['go', 'java'],
    healthy: false,
    delay: { client: 20 },
    async prepare(stage) {
      await go(
        stage,
        stage.server,
        `package main
import ("io"; "net/http"; "time")
func main() {
  http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
    io.Copy(io.Discard, r.Body); time.Sleep(200 * time.Millisecond); w.Write([]byte("ok")) })
  (&http.Server{Addr: ":8080", IdleTimeout: 2 * time.Second}).ListenAndServe()
}
`,
        8080,
      );
      stage.write(
        'Ask.java',
        `
import java.net.*; import java.io.*;
public class Ask { public static void main(String[] a) throws Exception {
  System.setProperty("sun.net.http.retryPost", "false"); System.setProperty("http.maxConnections", "20");
  Thread[] all = new Thread[6];
  for (int k = 0; k < 6; k++) { final int n = k; all[k] = new Thread(() -> { try {
    for (int j = 0; j < 5; j++) { try {
      HttpURLConnection c = (HttpURLConnection) new URL("http://" + a[0] + ":8080/").openConnection();
      c.setRequestMethod("POST"); c.setDoOutput(true); c.getOutputStream().write("hello".getBytes());
      c.getInputStream().readAllBytes(); c.getInputStream().close(); } catch (IOException e) { System.out.println(e); }
      Thread.sleep(1975); } } catch (Exception e) { } }); all[k].start(); }
  for (Thread t : all) t.join(); } }
`,
      );
      await stage.client.run('javac Ask.java');
    },
    play: (stage) => stage.client.run(`java -Xmx64m Ask ${stage.server.v4}`),
    truth: {
      says: 'The server closes connections that are idle for 2.0 s while the client uses them: posts are lost.',
      diagnosis: ['keep-alive-mismatch', 'idle-limit'],
      by: 'server',
      seconds: [2, 2.05],
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'java-client-timeout-3',
    story: 'HttpClient of Java with a timeout of 3 s for its requests, before a server that takes 5 s.',
    needs: ['node', 'java'],
    healthy: false,
    async prepare(stage) {
      await node(
        stage,
        stage.server,
        "import http from 'node:http';\nhttp.createServer((q, a) => setTimeout(() => a.end('ok'), 5000)).listen(8080);\n",
        8080,
      );
      stage.write(
        'Ask.java',
        `
import java.net.URI; import java.net.http.*; import java.time.Duration;
public class Ask { public static void main(String[] a) throws Exception {
  HttpClient c = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build(); Thread[] all = new Thread[7];
  for (int k = 0; k < 7; k++) { final int n = k; all[k] = new Thread(() -> { try { Thread.sleep(400 * n);
    c.send(HttpRequest.newBuilder(URI.create("http://" + a[0] + ":8080/")).timeout(Duration.ofSeconds(3)).build(),
      HttpResponse.BodyHandlers.ofString()); } catch (Exception e) { System.out.println(e); } }); all[k].start(); }
  for (Thread t : all) t.join(); Thread.sleep(3000); System.exit(0); } }
`,
      );
      await stage.client.run('javac Ask.java');
    },
    play: (stage) => stage.client.run(`java -Xmx64m Ask ${stage.server.v4}`),
    truth: {
      says: 'The client gives up 3.0 s after its request (7 of 7); the server takes 5 s.',
      diagnosis: 'client-patience',
      by: 'client',
      seconds: 3,
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'node-fetch-ok',
    story: 'fetch of node asks node (keepAliveTimeout 5 s) with pauses of up to 4.5 s; its pool closes before the server.',
    needs: ['node'],
    healthy: true,
    async prepare(stage) {
      await node(
        stage,
        stage.server,
        "import http from 'node:http';\nhttp.createServer((q, a) => a.end('ok')).listen(8080);\n",
        8080,
      );
      stage.write(
        'ask.mjs',
        `
import { setTimeout as sleep } from 'node:timers/promises';
await Promise.all([0, 1, 2, 3, 4, 5].map(async (k) => {
  await sleep(k * 200);
  for (const w of [500, 3500, 4500, 700]) { await (await fetch('http://${stage.server.v4}:8080/')).text(); await sleep(w); }
}));
`,
      );
    },
    play: (stage) => stage.client.run('node ask.mjs'),
  },
  {
    name: 'node-request-timeout-3',
    story: 'node with requestTimeout 3 s, looked at every half second; eight clients send half of an upload.',
    needs: ['node', 'python3'],
    healthy: false,
    prepare: (stage) =>
      node(
        stage,
        stage.server,
        `
import http from 'node:http';
http.createServer({ requestTimeout: 3000, headersTimeout: 3000, connectionsCheckingInterval: 500 }, (q, a) => {
  q.resume(); q.on('end', () => a.end('ok')); }).listen(8080);
`,
        8080,
      ),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.3,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 8080)); s.settimeout(9)
s.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nabc")
try: print(i, s.recv(99)[:20], s.recv(99))
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'The server closes requests that do not arrive in full 3 to 3.5 s after they began, by 408: requestTimeout.',
      diagnosis: ['closed-without-answer', 'slowloris', 'idle-limit'],
      by: ['server', 'client'],
      findings: ['any'],
    },
  },
  {
    name: 'aiohttp-idle-3',
    story: 'aiohttp with keepalive_timeout 3, and nine clients that ask again after 4 s on the same connection.',
    needs: ['python3', 'aiohttp'],
    healthy: false,
    async prepare(stage) {
      const program = pythonOn(
        stage,
        stage.server,
        `
from aiohttp import web
a = web.Application(); a.router.add_get("/", lambda r: hello(r))
async def hello(r): return web.Response(text="ok")
web.run_app(a, port=8080, keepalive_timeout=3, print=None)
`,
      );
      await stage.server.listening(8080, program);
    },
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 8080, 4, GET)),
    truth: {
      says: 'The server closes connections that are idle for 3.0 s: keepalive_timeout of aiohttp.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [3, 4.05],
      findings: ['any'],
    },
  },
  {
    name: 'aiohttp-pool-ok',
    story: 'A session of aiohttp asks gunicorn-like nginx forty at a time, twice, and is closed.',
    needs: ['python3', 'aiohttp', 'nginx'],
    healthy: true,
    prepare: (stage) =>
      nginx(stage, stage.server, { http: 'keepalive_timeout 2; server { listen 80; return 200 "a"; }' }),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import aiohttp, asyncio
async def get(s):
    async with s.get("http://${stage.server.v4}/") as r: return await r.text()
async def main():
    async with aiohttp.ClientSession() as s:
        for w in (1, 3, 0.5): await asyncio.gather(*(get(s) for _ in range(40))); await asyncio.sleep(w)
asyncio.run(main())
`,
      ),
  },
  {
    name: 'tls-notify-unread-ok',
    story: 'node closes TLS connections idle for 3 s with a close_notify that its Python clients never read; they close.',
    needs: ['node', 'openssl', 'python3'],
    healthy: true,
    async prepare(stage) {
      stage.server.must(`${CERTIFICATE} 2>/dev/null`);
      await node(
        stage,
        stage.server,
        `
import https from 'node:https'; import { readFileSync } from 'node:fs';
const s = https.createServer({ key: readFileSync('k.pem'), cert: readFileSync('crt.pem') }, (q, a) => a.end('ok\\n'));
s.keepAliveTimeout = 2000; s.listen(8443);
`,
        8443,
      );
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.3,
          String.raw`
c = ssl.create_default_context(); c.check_hostname = False; c.verify_mode = ssl.CERT_NONE
s = c.wrap_socket(socket.create_connection(("${stage.server.v4}", 8443)))
s.sendall(${GET}); s.recv(9999); time.sleep(4.5 if i % 2 else 1); s.close()
`,
          'import ssl',
        ),
      ),
  },
  {
    name: 'nginx-pipelined-beyond',
    story: 'Clients send ten requests at once, and nginx closes behind the third: keepalive_requests 3.',
    needs: ['nginx', 'python3'],
    healthy: false,
    prepare: (stage) =>
      nginx(stage, stage.server, { http: 'keepalive_requests 3; server { listen 80; location / { return 200 "a"; } }' }),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          9,
          0.3,
          `
s = socket.create_connection(("${stage.server.v4}", 80)); s.settimeout(5)
try:
    for n in range(10): s.sendall(${GET}); time.sleep(.002)
    while s.recv(9999): pass
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'The server closes behind its third answer of each connection, and seven more requests were on their way.',
      findings: ['any'],
    },
  },
];

async function http2Nginx(stage, settings) {
  stage.server.must(`${CERTIFICATE} 2>/dev/null; head -c 20000 /dev/zero > page`);
  stage.program = await nginx(stage, stage.server, {
    http: `server { listen 443 ssl http2; ${TLS_KEYS(stage)} ${settings} }`,
    port: 443,
  });
}
