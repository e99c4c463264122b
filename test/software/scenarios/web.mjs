/** Web servers: keep-alive races, patience, restarts, leaks, what browsers and load tests do. */
import { apache, lighttpd, nginx, node, python, gunicorn, uvicorn } from '../programs.mjs';

/** Rounds of POSTs over one aiohttp pool, `from` to `to` seconds apart. */
const ROUNDS = (url, { from, to, at = 8, seconds = 40 }) => `
import asyncio, aiohttp, collections, time
async def main():
    said = collections.Counter(); end = time.time() + ${seconds}; k = 0
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=120)
    async with aiohttp.ClientSession(connector=connector) as session:
        async def post():
            try:
                async with session.post("${url}", data=b"x" * 300) as r: await r.read(); said[r.status] += 1
            except Exception as e: said[type(e).__name__] += 1
        while time.time() < end:
            await asyncio.gather(*(post() for _ in range(${at})))
            await asyncio.sleep(${from} + (${to} - ${from}) * (k % 8) / 7); k += 1
    print(dict(said))
asyncio.run(main())
`;

export const WEB = [
  {
    name: 'uvicorn-keepalive-race',
    story:
      'uvicorn --timeout-keep-alive 3, and an aiohttp client that keeps connections for 120 s and posts eight ' +
      'requests about every ' +
      "3.0 s, 40 ms away: requests cross the server's FIN, ServerDisconnectedError.",
    needs: ['uvicorn', 'aiohttp'],
    healthy: false,
    delay: { client: 20 },
    prepare: (stage) => uvicorn(stage, stage.server, '--timeout-keep-alive 3'),
    play: (stage) => python(stage, stage.client, ROUNDS(`http://${stage.server.v4}:8000/`, { from: 2.93, to: 3.02 })),
    truth: {
      says:
        'uvicorn closes connections that idle for 3.00 s; the pool uses them for longer: requests lost. Raise ' +
        '--timeout-keep-alive.',
      diagnosis: ['keep-alive-mismatch', 'idle-limit'],
      by: 'server',
      seconds: 3,
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'uvicorn-keepalive-ok',
    story: 'The same client and server, with --timeout-keep-alive 30: nothing is lost.',
    needs: ['uvicorn', 'aiohttp'],
    healthy: true,
    delay: { client: 20 },
    prepare: (stage) => uvicorn(stage, stage.server, '--timeout-keep-alive 30'),
    play: (stage) =>
      python(stage, stage.client, ROUNDS(`http://${stage.server.v4}:8000/`, { from: 2.93, to: 3.02, seconds: 16 })),
  },
  {
    name: 'lighttpd-keepalive-race',
    story:
      'lighttpd server.max-keep-alive-idle = 4 (looked at once a second), and twelve aiohttp workers that each get a ' +
      'page every 4.2 to ' +
      "5.4 s, 200 ms away: some requests cross the server's FIN.",
    needs: ['lighttpd', 'aiohttp'],
    healthy: false,
    delay: { client: 100 },
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await lighttpd(stage, stage.server, 'server.max-keep-alive-idle = 4\nindex-file.names = ("index.html")');
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import asyncio, aiohttp, collections, random, time
random.seed(7)
async def main():
    said = collections.Counter(); end = time.time() + 55
    async def work():
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(keepalive_timeout=120)) as session:
            while time.time() < end:
                try:
                    async with session.get("http://${stage.server.v4}/index.html") as r:
                        await r.read(); said[r.status] += 1
                except Exception as e: said[type(e).__name__] += 1
                await asyncio.sleep(random.uniform(4.2, 5.4))
    await asyncio.gather(*(work() for _ in range(12)))
    print(dict(said))
asyncio.run(main())
`,
      ),
    truth: {
      says:
        'lighttpd closes connections that idle for 4 to 5.4 s; the client uses them later: about a fifth of the ' +
        'requests crossed the FIN and were lost. ' +
        'Nobody answers them with a RST, for lighttpd reads on for a while.',
      diagnosis: ['keep-alive-mismatch', 'idle-limit'],
      by: 'server',
      seconds: [4, 5.4],
      findings: ['unanswered-request', 'rst-after-push'],
    },
  },
  {
    name: 'apache-keepalive-ok',
    story:
      'Apache KeepAliveTimeout 2: Python http.client sessions that idle for 4 s and close after the server did; ab ' +
      'with and without keep-alive.',
    needs: ['apache2', 'ab', 'python3'],
    healthy: true,
    async prepare(stage) {
      stage.write('index.html', 'hello\n'.repeat(900));
      await apache(
        stage,
        stage.server,
        'KeepAlive On\nKeepAliveTimeout 2\nMaxKeepAliveRequests 0\n<Directory />\nRequire all granted\n</Directory>',
      );
    },
    async play(stage) {
      await python(
        stage,
        stage.client,
        `
import http.client, time
cs = [http.client.HTTPConnection("${stage.server.v4}") for _ in range(12)]
for c in cs:
    c.request("GET", "/index.html"); c.getresponse().read(); time.sleep(.1)
time.sleep(4)
for c in cs: c.close()
`,
      );
      await stage.client.run(
        `ab -q -k -n 200 -c 5 http://${stage.server.v4}/index.html | grep -E 'Failed|Complete'; ab -q -n 60 -c 3 ` +
          `http://${stage.server.v4}/index.html | grep -E 'Failed|Complete'`,
      );
    },
  },
  {
    name: 'wget-patience',
    story:
      'wget -T 2.5 -t 3 asks uvicorn, which answers after 6 s: it gives up after 2.5 s and tries again, four times ' +
      'over.',
    needs: ['uvicorn', 'wget'],
    healthy: false,
    prepare: (stage) => uvicorn(stage, stage.server),
    async play(stage) {
      await stage.client.run(
        `for i in 1 2 3 4; do wget -q -T 2.5 -t 3 --waitretry=1 -O /dev/null 'http://${stage.server.v4}:8000/?w=6' & ` +
          `done; wait; echo over`,
      );
      await stage.wait(4);
    },
    truth: {
      says:
        'The client gives up after 2.50 s (12 of 12); the server needs 6 s. The work was done three times for ' +
        'nobody.',
      diagnosis: 'client-patience',
      by: 'client',
      seconds: 2.5,
      findings: ['unanswered-request', 'half-closed', 'rst-after-push'],
    },
  },
  {
    name: 'gunicorn-worker-timeout',
    story:
      'gunicorn --timeout 3 with two sync workers, requests that need 20 s: the arbiter kills the worker, the client ' +
      'gets an empty reply.',
    needs: ['gunicorn', 'curl'],
    healthy: false,
    prepare: (stage) => gunicorn(stage, stage.server, '-w 2 --timeout 3 --graceful-timeout 1'),
    async play(stage) {
      const url = `http://${stage.server.v4}:8000/`;
      await stage.client.run(
        `for i in 1 2 3 4; do curl -sS ${url}?w=20 -o /dev/null -w '%{http_code} %{time_total} %{errormsg}\\n' & ` +
          `curl -sS ${url}?w=20 -o /dev/null -w '%{http_code} %{time_total} %{errormsg}\\n'; wait; curl -s ${url}; ` +
          `done`,
      );
    },
    truth: {
      says: 'The server closed eight connections without an answer, some 3 to 4 s after the request.',
      diagnosis: 'closed-without-answer',
      by: 'server',
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'nginx-reload-ok',
    story: 'nginx is reloaded three times (SIGHUP) under wrk: its old workers finish their connections.',
    needs: ['nginx', 'requests'],
    healthy: true,
    async prepare(stage) {
      stage.write('index.html', 'hello\n'.repeat(100));
      stage.program = await nginx(stage, stage.server, { http: 'server { listen 80; keepalive_timeout 30s; }' });
    },
    async play(stage) {
      stage.write(
        'load.py',
        `
import requests, threading, time
end = time.time() + 8; bad = []
def work(i):
    s = requests.Session()
    while time.time() < end:
        try: s.get("http://${stage.server.v4}/index.html", timeout=5); time.sleep(.02)
        except Exception as e: bad.append(type(e).__name__)
ts = [threading.Thread(target=work, args=(i,)) for i in range(6)]
for t in ts: t.start()
for t in ts: t.join()
print("bad", bad)
`,
      );
      const load = stage.client.start('exec python3 load.py');
      for (let i = 0; i < 3; i++) {
        await stage.wait(2);
        await stage.server.run(`kill -HUP $(cat ${stage.folder}/nginx-server.pid)`);
      }
      await load.over();
    },
  },
  {
    name: 'nginx-kill9',
    story:
      'nginx, master and worker, is killed (-9) under the load of requests over twelve sessions of Python requests, ' +
      'and is back 4 s later.',
    needs: ['nginx', 'requests'],
    healthy: false,
    async prepare(stage) {
      stage.write('big.bin', 'x'.repeat(3_000_000));
      stage.program = await nginx(stage, stage.server, {
        http: 'server { listen 80; limit_rate 400k; limit_rate_after 100k; }',
      });
    },
    async play(stage) {
      stage.write(
        'load.py',
        `
import requests, threading, time, collections
end = time.time() + 10; said = collections.Counter()
def work(i):
    s = requests.Session(); part = {"Range": "bytes=0-%d" % (200000 + 30000 * i)}
    while time.time() < end:
        try: said[s.get("http://${stage.server.v4}/big.bin", timeout=9, headers=part).status_code] += 1
        except Exception as e: said[type(e).__name__] += 1; time.sleep(.4)
ts = [threading.Thread(target=work, args=(i,)) for i in range(12)]
for t in ts: t.start()
for t in ts: t.join()
print(dict(said))
`,
      );
      const load = stage.client.start('exec python3 load.py');
      await stage.wait(2.6);
      stage.program.signal('SIGKILL');
      await stage.wait(4);
      await nginx(stage, stage.server, { http: 'server { listen 80; limit_rate 400k; limit_rate_after 100k; }' });
      await load.over();
    },
    truth: {
      says:
        'The server broke off twelve answers in one moment, refused every attempt for 4 s, and was back: a crash ' +
        'and a restart.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['refused', 'unanswered-request'],
    },
  },
  {
    name: 'lighttpd-frozen',
    story:
      'lighttpd is stopped (SIGSTOP) for 6 s under patient clients: all their requests wait and are answered at once.',
    needs: ['lighttpd', 'curl'],
    healthy: false,
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      stage.program = await lighttpd(stage, stage.server, 'index-file.names = ("index.html")');
    },
    async play(stage) {
      const url = `http://${stage.server.v4}/`;
      const load = stage.client.start(
        `for i in $(seq 30); do curl -sS ${url} -o /dev/null -w '%{http_code} %{time_total}\\n' & sleep .33; done; ` +
          `wait`,
      );
      await stage.wait(2);
      stage.program.signal('SIGSTOP');
      await stage.wait(6);
      stage.program.signal('SIGCONT');
      await load.over();
    },
    truth: {
      says:
        'The server answered nobody for 6 s while its kernel took connections and requests (some 18), and then ' +
        'all at once: a frozen process.',
      diagnosis: 'frozen-process',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'nginx-slowloris',
    quick: true,
    story:
      'Fifty connections of one Python program send a header line every 2 s and never end their requests; nginx ' +
      'closes each after ' +
      'client_header_timeout 12s. Ordinary requests are served.',
    needs: ['nginx', 'python3', 'curl'],
    healthy: false,
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await nginx(stage, stage.server, { http: 'server { listen 80; client_header_timeout 12s; }' });
    },
    async play(stage) {
      stage.write(
        'slow.py',
        `
import socket, time
ss = []
for i in range(50):
    try:
        s = socket.create_connection(("${stage.server.v4}", 80), 2)
        s.sendall(b"GET /?%d HTTP/1.1\\r\\nHost: x\\r\\n" % i); ss.append(s)
    except OSError as e: print(e)
for k in range(9):
    time.sleep(2)
    for s in list(ss):
        try: s.sendall(b"X-%d: y\\r\\n" % k)
        except OSError: ss.remove(s)
print(len(ss), "left")
`,
      );
      const slow = stage.backend.start('exec python3 slow.py');
      await stage.wait(2);
      await stage.client.run(
        `for i in $(seq 6); do curl -sS -m 2 http://${stage.server.v4}/ -o /dev/null -w '%{http_code} %{time_total} ` +
          `%{errormsg}\\n'; sleep 1; done`,
      );
      await slow.over();
    },
    truth: {
      says:
        'One address holds fifty connections with requests that never end (a few bytes every 2 s) until the ' +
        'server closes them after 12 s: slowloris.',
      diagnosis: 'slowloris',
      by: 'backend',
      findings: ['any'],
    },
  },
  {
    name: 'node-server-leak',
    story:
      'A node server (allowHalfOpen) that forgets to end sockets of requests with a bad header: 13 of 40 stay in ' +
      'CLOSE-WAIT; 75 s are seen.',
    needs: ['node', 'python3', 'curl'],
    healthy: false,
    prepare: (stage) =>
      node(
        stage,
        stage.server,
        `
import net from 'node:net';
net.createServer({ allowHalfOpen: true }, (s) => {
  s.on('error', () => {});
  s.once('data', (d) => {
    s.write('HTTP/1.1 200 OK\\r\\nContent-Length: 3\\r\\nConnection: close\\r\\n\\r\\nok\\n');
    if (!d.includes('bad')) s.on('end', () => s.end());
  });
}).listen(8080);
`,
        8080,
      ),
    async play(stage) {
      await python(
        stage,
        stage.client,
        `
import socket, time
for i in range(40):
    s = socket.create_connection(("${stage.server.v4}", 8080))
    s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n%s\\r\\n" % (b"bad: 1\\r\\n" if i % 3 == 1 else b""))
    s.recv(999); s.close(); time.sleep(.25)
`,
      );
      stage.server.sockets();
      // Other clients go on: what is silent at the end of a capture is seen as long as there are packets.
      await stage.backend.run(
        `for i in $(seq 13); do curl -s http://${stage.server.v4}:8080/ -H 'Connection: close' -o /dev/null; sleep ` +
          `5; done`,
      );
    },
    truth: {
      says:
        'The server does not close 13 of 40 connections that its clients have closed: CLOSE-WAIT grows at some ' +
        '1.3 a second.',
      diagnosis: 'leak',
      by: 'server',
      findings: ['half-closed/leak'],
    },
  },
  {
    name: 'python-client-leak',
    story:
      'A client keeps http.client connections in a list and never closes them; nginx closes each after ' +
      'keepalive_timeout 3s: 30 sockets ' +
      'of the client stay in CLOSE-WAIT; 75 s are seen.',
    needs: ['nginx', 'python3', 'curl'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await nginx(stage, stage.server, { http: 'server { listen 80; keepalive_timeout 3s; }' });
    },
    async play(stage) {
      stage.write(
        'leak.py',
        `
import http.client, time
kept = []
for i in range(30):
    c = http.client.HTTPConnection("${stage.server.v4}"); c.request("GET", "/index.html")
    c.getresponse().read(); kept.append(c); time.sleep(.2)
time.sleep(900)
`,
      );
      stage.client.start('exec python3 leak.py');
      await stage.wait(12);
      stage.client.sockets();
      await stage.client.run(
        `for i in $(seq 13); do curl -s http://${stage.server.v4}/index.html -o /dev/null; sleep 5; done`,
      );
    },
    truth: {
      says:
        'The client does not close 30 of 30 connections that the server has closed after 3 s idle: its ' +
        'descriptors run out.',
      diagnosis: 'leak',
      by: 'client',
      findings: ['half-closed/leak'],
    },
  },
  {
    name: 'node-upload-stalled',
    quick: true,
    story:
      'A node server pauses an upload for 8 s (a slow disk): the window stands at 0; then it reads on and answers.',
    needs: ['node', 'curl'],
    healthy: false,
    prepare: (stage) =>
      node(
        stage,
        stage.server,
        `
import http from 'node:http';
http.createServer((q, a) => {
  q.pause(); setTimeout(() => { q.resume(); q.on('end', () => a.end('ok\\n')); }, 8000);
}).listen(8080);
`,
        8080,
      ),
    async play(stage) {
      stage.client.must('head -c 20000000 /dev/zero > up.bin');
      await stage.client.run(
        `for i in 1 2 3; do curl -sS -H Expect: -T up.bin http://${stage.server.v4}:8080/ -w '%{http_code} ` +
          `%{time_total}\\n' & done; wait`,
      );
    },
    truth: {
      says: 'The server did not read three uploads for 8 s: its window stood at 0.',
      diagnosis: 'stalled-reader',
      by: 'server',
      findings: ['stalled-reader'],
    },
  },
  {
    name: 'lighttpd-download-aborted-ok',
    story:
      'Users break off downloads from lighttpd: Python clients that close in the middle, curl killed by a pipe that ' +
      'goes away, wget by SIGTERM.',
    needs: ['lighttpd', 'python3', 'curl', 'wget'],
    healthy: true,
    async prepare(stage) {
      stage.write('big.bin', 'x'.repeat(30_000_000));
      await lighttpd(stage, stage.server, '');
    },
    async play(stage) {
      const url = `http://${stage.server.v4}/big.bin`;
      await stage.client.run(
        `for i in 1 2 3; do curl -s ${url} | head -c 100000 | wc -c; timeout -s TERM 1 wget -q --limit-rate=2M -O ` +
          `/dev/null ${url}; done`,
      );
      await python(
        stage,
        stage.client,
        `
import http.client
for i in range(5):
    c = http.client.HTTPConnection("${stage.server.v4}"); c.request("GET", "/big.bin"); r = c.getresponse()
    r.read(200000 * (i + 1)); r.close(); c.close()
`,
      );
    },
  },
  {
    name: 'node-half-close-ok',
    story:
      'Clients that send, shut down their sending side and wait 2 s for the answer of a node server that means it ' +
      '(allowHalfOpen): ncat and Python.',
    needs: ['node', 'ncat', 'python3'],
    healthy: true,
    prepare: (stage) =>
      node(
        stage,
        stage.server,
        `
import net from 'node:net';
net.createServer({ allowHalfOpen: true }, (s) => {
  let n = 0; s.on('data', (d) => { n += d.length; });
  s.on('end', () => setTimeout(() => s.end('got ' + n + '\\n'), 2000));
}).listen(7000);
`,
        7000,
      ),
    async play(stage) {
      await stage.client.run(`for i in 1 2 3; do echo hello | ncat ${stage.server.v4} 7000 & done; wait`);
      await python(
        stage,
        stage.client,
        `
import socket
for i in range(4):
    s = socket.create_connection(("${stage.server.v4}", 7000)); s.sendall(b"x" * 5000 * (i + 1))
    s.shutdown(socket.SHUT_WR); print(s.recv(99)); s.close()
`,
      );
    },
  },
  {
    name: 'wrk-end-ok',
    story:
      'wrk loads uvicorn (30 ms a request) for 2 s over 20 connections and ends in the middle of requests, as load ' +
      'tests do; then ab.',
    needs: ['uvicorn', 'wrk', 'ab'],
    healthy: true,
    prepare: (stage) => uvicorn(stage, stage.server),
    play: (stage) =>
      stage.client.run(
        `wrk -t1 -c20 -d2 'http://${stage.server.v4}:8000/?w=0.03' | grep -E 'requests|Socket'; ab -q -n 60 -c 6 ` +
          `http://${stage.server.v4}:8000/ | grep Failed`,
      ),
  },
  {
    name: 'node-dual-stack-ok',
    quick: true,
    story:
      'node (autoSelectFamily) connects to a name with an IPv6 and an IPv4 address; nothing listens on IPv6: ' +
      'refused, and IPv4 works.',
    needs: ['node'],
    healthy: true,
    tap: 'client',
    prepare: (stage) =>
      node(
        stage,
        stage.server,
        `
import http from 'node:http';
http.createServer((q, a) => a.end('ok\\n')).listen(8080, '0.0.0.0');
`,
        8080,
      ),
    async play(stage) {
      stage.write(
        'client.mjs',
        `
import http from 'node:http';
const both = [{ address: '${stage.server.v6}', family: 6 }, { address: '${stage.server.v4}', family: 4 }];
const lookup = (name, options, done) => done(null, both);
const page = { host: 'www.test', port: 8080, lookup, autoSelectFamily: true, agent: false };
for (let i = 0; i < 8; i++) await new Promise((next) => http.get(page, (a) => {
  a.resume().on('end', () => setTimeout(next, 300));
}).on('error', (e) => { console.log(e.code); next(); }));
`,
      );
      await stage.client.run('node client.mjs; echo over');
    },
    truth: {
      says: 'IPv6 is refused, IPv4 works at once: a fallback, as information.',
      diagnosis: 'dual-stack-fallback',
    },
  },
  {
    name: 'node-keepalive-agent-ok',
    quick: true,
    story:
      'node http with keepAliveTimeout 3 s and its own Agent (keepAlive), which heeds the Keep-Alive hint; requests ' +
      'every 3 s: nothing is lost.',
    needs: ['node'],
    healthy: true,
    prepare: (stage) =>
      node(
        stage,
        stage.server,
        `
import http from 'node:http';
http.createServer({ keepAliveTimeout: 3000 }, (q, a) => a.end('ok\\n')).listen(8080);
`,
        8080,
      ),
    async play(stage) {
      stage.write(
        'client.mjs',
        `
import http from 'node:http';
const agent = new http.Agent({ keepAlive: true }); let bad = 0;
for (let i = 0; i < 6; i++) {
  await Promise.all(Array.from({ length: 6 }, () => new Promise((next) => http
    .get({ host: '${stage.server.v4}', port: 8080, agent }, (a) => a.resume().on('end', next))
    .on('error', () => { bad++; next(); }))));
  await new Promise((next) => setTimeout(next, 2990));
}
console.log('bad', bad); agent.destroy();
`,
      );
      await stage.client.run('node client.mjs');
    },
  },
];
