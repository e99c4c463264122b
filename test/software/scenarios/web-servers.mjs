/** Small and large web servers and proxies that other files have not, and what clients of many kinds do to them. */
import { CERTIFICATE, EACH, GET, HELD, REUSED } from '../clients.mjs';
import { nginx, node, python, redis } from '../programs.mjs';
import { h2o, nghttpx, trafficServer } from '../web-programs.mjs';

/** What is told of an idle limit. */
const IDLE = { diagnosis: ['idle-limit', 'keep-alive-mismatch'], by: 'server', findings: ['any'] };

/** A server of node that answers after `?w=SECONDS`. */
const slow = (stage, host = stage.backend) =>
  node(
    stage,
    host,
    "import http from 'node:http';\nhttp.createServer((q, a) => setTimeout(() => a.end('ok'), " +
      "1000 * (new URL(q.url, 'http://a').searchParams.get('w') ?? 0))).listen(3000);\n",
    3000,
  );

const curls = (stage, count, gap, options, url) =>
  stage.client.run(
    `for i in $(seq ${count}); do curl -sS ${options} "${url}" -o /dev/null & sleep ${gap}; done; wait`,
  );

/** A folder of files: index.html, and `big` of 20 MB. */
const files = (host) => host.must('mkdir -p www && echo hello > www/index.html && head -c 20000000 /dev/zero > www/big');

async function started(host, port, command) {
  const program = host.start(`exec ${command}`);
  await host.listening(port, program);
  return program;
}

export const WEB_SERVERS = [
  {
    name: 'h2o-idle-3',
    story: 'H2O with http1-request-timeout 3, and nine clients that ask again after 4 s on the same connection.',
    needs: ['h2o'],
    healthy: false,
    async prepare(stage) {
      files(stage.server);
      await h2o(stage, stage.server, 'http1-request-timeout: 3', `      /: { file.dir: ${stage.folder}/www }`);
    },
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 80, 4, GET)),
    truth: {
      says: 'The server closes connections that are idle for 3.0 s: http1-request-timeout of H2O.',
      ...IDLE,
      seconds: [3, 3.2],
    },
  },
  {
    name: 'h2o-proxy-timeout-3',
    story: 'H2O with proxy.timeout.io 3000 before a server that takes 6 s: it gives up on each request after 3 s.',
    needs: ['h2o', 'node', 'curl'],
    healthy: false,
    async prepare(stage) {
      await slow(stage);
      await h2o(
        stage,
        stage.server,
        'proxy.timeout.io: 3000',
        `      /: { proxy.reverse.url: "http://${stage.backend.v4}:3000/" }`,
      );
    },
    play: (stage) => curls(stage, 7, 0.5, '', `http://${stage.server.v4}/?w=6`),
    truth: {
      says: 'H2O gives up waiting for the backend 3.0 s after its request: proxy.timeout.io.',
      diagnosis: 'client-patience',
      by: 'server',
      seconds: [3, 3.2],
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'h2o-h2load-ok',
    story: 'h2load asks H2O over TLS and HTTP/2, curl breaks off downloads of 20 MB, and H2O is told to stop gracefully.',
    needs: ['h2o', 'h2load', 'openssl', 'curl'],
    healthy: true,
    async prepare(stage) {
      files(stage.server);
      stage.server.must(`${CERTIFICATE} 2>/dev/null`);
      stage.program = await h2o(
        stage,
        stage.server,
        `listen: { port: 443, ssl: { certificate-file: ${stage.folder}/crt.pem, key-file: ${stage.folder}/k.pem } }`,
        `      /: { file.dir: ${stage.folder}/www }`,
      );
    },
    async play(stage) {
      await stage.client.run(`h2load -n 400 -c 8 -m 5 https://${stage.server.v4}/index.html`);
      await curls(stage, 6, 0.3, '-k -m .3 --limit-rate 2M', `https://${stage.server.v4}/big`);
      stage.program.signal('SIGTERM');
      await stage.wait(1);
    },
  },
  {
    name: 'slowhttptest-h2o',
    story: 'slowhttptest sends the heads of 30 requests to H2O byte by byte; H2O ends each after 6 s (http1-request-timeout).',
    needs: ['h2o', 'slowhttptest', 'curl'],
    healthy: false,
    async prepare(stage) {
      files(stage.server);
      await h2o(stage, stage.server, 'http1-request-timeout: 6', `      /: { file.dir: ${stage.folder}/www }`);
    },
    play: (stage) =>
      Promise.all([
        stage.client.run(`slowhttptest -H -c 30 -r 20 -i 1 -l 10 -p 2 -u http://${stage.server.v4}/index.html`),
        curls(stage, 15, 0.5, '', `http://${stage.server.v4}/`),
      ]),
    truth: {
      says: 'A client holds connections by requests that never end; the server closes each after 6 s.',
      diagnosis: ['slowloris', 'closed-without-answer', 'idle-limit'],
      by: ['client', 'server'],
      findings: ['any'],
    },
  },
  {
    name: 'trafficserver-keepalive-4',
    story: 'Traffic Server with keep_alive_no_activity_timeout_in 4; nine clients ask again after 6 s.',
    needs: ['traffic_server', 'nginx'],
    healthy: false,
    async prepare(stage) {
      await nginx(stage, stage.backend, { http: 'server { listen 80; return 200 "a"; }' });
      const settings = 'CONFIG proxy.config.http.keep_alive_no_activity_timeout_in INT 4';
      await trafficServer(stage, stage.server, stage.backend.v4, settings);
    },
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 8080, 6, GET)),
    truth: {
      says: 'The proxy closes connections that are idle for 4 to 5 s: keep_alive_no_activity_timeout_in.',
      ...IDLE,
      seconds: [4, 5.2],
    },
  },
  {
    name: 'trafficserver-origin-timeout-3',
    story: 'Traffic Server with transaction_no_activity_timeout_out 3 before a server that takes 7 s: 504 after 3 to 4 s.',
    needs: ['traffic_server', 'node', 'curl'],
    healthy: false,
    async prepare(stage) {
      await slow(stage);
      const settings =
        'CONFIG proxy.config.http.transaction_no_activity_timeout_out INT 3\n' +
        'CONFIG proxy.config.http.connect_attempts_timeout INT 3\n' +
        'CONFIG proxy.config.http.connect_attempts_max_retries INT 0';
      await trafficServer(stage, stage.server, `${stage.backend.v4}:3000`, settings);
    },
    play: (stage) => curls(stage, 8, 0.7, '', `http://${stage.server.v4}:8080/?w=7`),
    truth: {
      says: 'The proxy gives up waiting for the origin 3 to 4 s after its request: transaction_no_activity_timeout_out.',
      diagnosis: 'client-patience',
      by: 'server',
      seconds: [3, 4.2],
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'trafficserver-ok',
    story: 'httperf and curl ask nginx (keepalive_timeout 2) through Traffic Server, by one connection for many and for one.',
    needs: ['traffic_server', 'nginx', 'httperf', 'curl'],
    healthy: true,
    async prepare(stage) {
      await nginx(stage, stage.backend, { http: 'keepalive_timeout 2; server { listen 80; return 200 "a"; }' });
      await trafficServer(stage, stage.server, stage.backend.v4);
    },
    async play(stage) {
      await stage.client.run(`httperf --server ${stage.server.v4} --port 8080 --num-conns 30 --rate 10 --num-calls 4`);
      await curls(stage, 20, 0.3, '', `http://${stage.server.v4}:8080/`);
    },
  },
  {
    name: 'nghttpx-backend-timeout-3',
    story: 'nghttpx with --backend-read-timeout 3s before a server that takes 6 s: 504 after 3 s.',
    needs: ['nghttpx', 'node', 'curl'],
    healthy: false,
    async prepare(stage) {
      await slow(stage);
      await nghttpx(stage, stage.server, `${stage.backend.v4},3000`, '--backend-read-timeout=3s');
    },
    play: (stage) => curls(stage, 8, 0.5, '', `http://${stage.server.v4}:8080/?w=6`),
    truth: {
      says: 'The proxy gives up waiting for the backend 3.0 s after its request: --backend-read-timeout.',
      diagnosis: 'client-patience',
      by: 'server',
      seconds: [3, 3.2],
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'nghttpx-keepalive-3',
    story: 'nghttpx with --frontend-keep-alive-timeout 3s; nine clients ask again after 4 s on the same connection.',
    needs: ['nghttpx', 'node'],
    healthy: false,
    async prepare(stage) {
      await slow(stage);
      await nghttpx(stage, stage.server, `${stage.backend.v4},3000`, '--frontend-keep-alive-timeout=3s');
    },
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 8080, 4, GET)),
    truth: {
      says: 'The proxy closes connections of its clients that are idle for 3.0 s: --frontend-keep-alive-timeout.',
      ...IDLE,
      seconds: [3, 3.1],
    },
  },
  {
    name: 'nghttpx-h2-idle-ok',
    story: 'nghttpx ends HTTP/2 over TLS that is idle for 3 s by GOAWAY; clients of node begin anew, curl asks meanwhile.',
    needs: ['nghttpx', 'node', 'openssl', 'curl'],
    healthy: true,
    async prepare(stage) {
      stage.server.must(`${CERTIFICATE} 2>/dev/null`);
      await slow(stage);
      await nghttpx(
        stage,
        stage.server,
        `${stage.backend.v4},3000`,
        '--frontend-http2-read-timeout=3s k.pem crt.pem',
        '0.0.0.0,8080',
      );
      stage.write(
        'ask.mjs',
        `
import h2 from 'node:http2'; import { setTimeout as sleep } from 'node:timers/promises';
await Promise.all([0, 1, 2, 3, 4].map(async (k) => {
  await sleep(k * 300);
  let c = null;
  for (const w of [500, 1000, 4000, 700, 3600]) {
    if (!c || c.closed || c.destroyed) { c = h2.connect('https://${stage.server.v4}:8080', { rejectUnauthorized: false });
      c.on('error', () => {}); }
    await new Promise((r) => { const q = c.request(); q.on('error', r); q.on('data', () => {}); q.on('end', r); q.end(); });
    await sleep(w);
  }
  c.close();
}));
`,
      );
    },
    play: (stage) =>
      Promise.all([
        stage.client.run('node ask.mjs'),
        curls(stage, 12, 0.5, '-k --http2', `https://${stage.server.v4}:8080/?w=.3`),
      ]),
  },
  {
    name: 'pen-ok',
    story: 'pen shares connections between two servers of redis; clients ask, are idle for 6 s, and ask again.',
    needs: ['pen', 'redis-server', 'redis-cli'],
    healthy: true,
    async prepare(stage) {
      for (const port of [6379, 6380]) await redis(stage.backend, '', port);
      await started(stage.server, 7000, `pen -f -r 7000 ${stage.backend.v4}:6379 ${stage.backend.v4}:6380`);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.3,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 7000)); s.settimeout(9)
for w in (1, 6, 0): s.sendall(b"PING\r\n"); print(i, s.recv(99)); time.sleep(w)
s.close()
`,
        ),
      ),
  },
  {
    name: 'pen-dead-backend',
    story: 'Behind pen one of two servers is down: it is tried, refused, left alone for 3 s, and tried again.',
    needs: ['pen', 'redis-server', 'redis-cli'],
    healthy: false,
    async prepare(stage) {
      await redis(stage.backend);
      await started(stage.server, 7000, `pen -f -r -b 3 7000 ${stage.backend.v4}:6380 ${stage.backend.v4}:6379`);
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 40); do redis-cli -h ${stage.server.v4} -p 7000 ping; sleep .4; done | sort | uniq -c`,
      ),
    truth: {
      says: 'The balancer closes to every second client, refused by one of its backends: nothing listens there.',
      diagnosis: ['closed-without-answer', 'retries'],
      by: ['server', 'backend'],
      findings: ['any'],
    },
  },
  {
    name: 'redir-timeout-4',
    story: 'redir with --timeout 4 before redis: clients that are idle for 6 s are cut on both legs.',
    needs: ['redir', 'redis-server'],
    healthy: false,
    async prepare(stage) {
      await redis(stage.backend);
      await started(stage.server, 7000, `redir -n -t 4 0.0.0.0:7000 ${stage.backend.v4}:6379`);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.4,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 7000)); s.settimeout(9)
try:
    for w in (1, 6, 0): s.sendall(b"PING\r\n"); print(i, s.recv(99)); time.sleep(w)
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'The proxy closes both legs of connections that are idle for 4 s: --timeout of redir.',
      ...IDLE,
      seconds: [4, 4.2],
    },
  },
  {
    name: 'webfs-connections-4',
    story: 'webfs with -c 4: each client beyond makes it close another connection that is idle; its client asks again.',
    needs: ['webfsd'],
    healthy: false,
    async prepare(stage) {
      files(stage.server);
      await started(stage.server, 8000, `webfsd -F -p 8000 -c 4 -r ${stage.folder}/www -f index.html`);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          12,
          1.1,
          `
s = socket.create_connection(("${stage.server.v4}", 8000)); s.settimeout(9)
for n in range(2):
    try: s.sendall(${GET}); print(i, len(s.recv(65536)))
    except OSError as e: print(i, e)
    time.sleep(4.6)
s.close()
`,
        ),
      ),
    truth: {
      says: 'The server has room for some three connections: for each new one it closes one that is idle: -c of webfs.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'webfs-axel-ok',
    story: 'axel loads a file of 20 MB from webfs by four connections and breaks them off; curl breaks off its own.',
    needs: ['webfsd', 'axel', 'curl'],
    healthy: true,
    async prepare(stage) {
      files(stage.server);
      await started(stage.server, 8000, `webfsd -F -p 8000 -r ${stage.folder}/www -f index.html`);
    },
    async play(stage) {
      const url = `http://${stage.server.v4}:8000/big`;
      await stage.client.run(`axel -q -n 4 -o one ${url}; timeout 1.5 axel -q -n 4 -s 2000000 -o two ${url}`);
      await curls(stage, 6, 0.3, '-m .4 --limit-rate 3M', url);
      await curls(stage, 6, 0.1, '', `http://${stage.server.v4}:8000/`);
    },
  },
  {
    name: 'mini-httpd-ok',
    story: 'httperf and siege ask mini_httpd, which forks for each connection and keeps none, for pages and for 20 MB.',
    needs: ['mini_httpd', 'httperf', 'siege', 'wget'],
    healthy: true,
    async prepare(stage) {
      files(stage.server);
      await started(stage.server, 8000, `mini_httpd -D -p 8000 -d ${stage.folder}/www -i ${stage.folder}/mini.pid`);
    },
    async play(stage) {
      const url = `http://${stage.server.v4}:8000/`;
      stage.write('siegerc', 'connection = close\nlogging = false\nverbose = false\nparser = false\n');
      await stage.client.run(`httperf --server ${stage.server.v4} --port 8000 --num-conns 40 --rate 20 --uri /index.html`);
      await stage.client.run(`siege -R siegerc -d .1 -c 8 -t 3S ${url}`);
      await stage.client.run(`wget -q -O /dev/null ${url}big; timeout .1 wget -q --limit-rate=4M -O /dev/null ${url}big`);
    },
  },
  {
    name: 'busybox-httpd-ok',
    story: "hey, wget and clients that ask and go ask busybox's httpd, which forks for each connection and keeps none.",
    needs: ['busybox', 'hey', 'wget'],
    healthy: true,
    async prepare(stage) {
      files(stage.server);
      await started(stage.server, 8000, 'busybox httpd -f -p 8000 -h www');
    },
    async play(stage) {
      const url = `http://${stage.server.v4}:8000/`;
      await stage.client.run(`hey -z 2s -c 6 -q 10 ${url}`);
      await stage.client.run(`for i in $(seq 8); do wget -q -O /dev/null ${url} ${url}none; sleep .1; done`);
      await stage.client.run(`for i in $(seq 5); do timeout .4 curl -s --limit-rate 4M -o /dev/null ${url}big; done`);
    },
  },
  {
    name: 'civetweb-threads-held',
    story: 'CivetWeb with three threads and keep-alive of 4 s: each of nine clients holds a thread for 3 s.',
    needs: ['civetweb'],
    healthy: false,
    async prepare(stage) {
      files(stage.server);
      await started(
        stage.server,
        8000,
        'civetweb -listening_ports 8000 -document_root www -enable_keep_alive yes -keep_alive_timeout_ms 4000 -num_threads 3',
      );
    },
    play: (stage) => python(stage, stage.client, HELD(stage.server.v4, 8000, 9, 3)),
    truth: {
      says: 'Three connections are served at a time, the others wait until one of them ends: num_threads.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'libmicrohttpd-limit-4',
    story: 'A server with libmicrohttpd and a MHD_OPTION_CONNECTION_LIMIT of 4; twelve clients keep theirs for 4 s.',
    needs: ['gcc', 'libmicrohttpd'],
    healthy: false,
    prepare: (stage) => microhttpd(stage, 'MHD_OPTION_CONNECTION_LIMIT, 4'),
    play: (stage) => python(stage, stage.client, HELD(stage.server.v4, 8000, 12, 4)),
    truth: {
      says: 'The server takes four connections at a time: MHD_OPTION_CONNECTION_LIMIT.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'libmicrohttpd-idle-3',
    story: 'A server with libmicrohttpd and a MHD_OPTION_CONNECTION_TIMEOUT of 3; nine clients ask again after 5 s.',
    needs: ['gcc', 'libmicrohttpd'],
    healthy: false,
    prepare: (stage) => microhttpd(stage, 'MHD_OPTION_CONNECTION_TIMEOUT, 3'),
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 8000, 5, GET)),
    truth: {
      says: 'The server closes connections that are idle for 3 s: MHD_OPTION_CONNECTION_TIMEOUT.',
      ...IDLE,
      seconds: [3, 4.1],
    },
  },
];

async function microhttpd(stage, options) {
  stage.write(
    'serve.c',
    `#include <microhttpd.h>
#include <unistd.h>
static enum MHD_Result page(void *c, struct MHD_Connection *n, const char *u, const char *m, const char *v, const char *d,
    size_t *s, void **p) {
  if (!*p) { *p = (void *)1; return MHD_YES; }
  struct MHD_Response *r = MHD_create_response_from_buffer(3, "ok\\n", MHD_RESPMEM_PERSISTENT);
  enum MHD_Result a = MHD_queue_response(n, MHD_HTTP_OK, r); MHD_destroy_response(r); return a; }
int main() {
  return MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 8000, 0, 0, page, 0, ${options}, MHD_OPTION_END) ? sleep(600) : 1; }
`,
  );
  await stage.server.run('gcc -o serve serve.c -lmicrohttpd');
  await started(stage.server, 8000, './serve');
}
