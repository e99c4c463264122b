/** Servers of Python, Ruby, Perl, Erlang and Java applications: their clocks, their workers, and when all is well. */
import { EACH, GET, HELD, REUSED } from '../clients.mjs';
import { python } from '../programs.mjs';
import { asgi, hypnotoad, jetty, rack, serving, starman, wsgi, yaws } from '../web-programs.mjs';

/** What is told of an idle limit. */
const IDLE = { diagnosis: ['idle-limit', 'keep-alive-mismatch'], by: 'server', findings: ['any'] };

/** What is told of requests that do not arrive in full in time. */
const HALF = {
  diagnosis: ['closed-without-answer', 'slowloris', 'idle-limit'], by: ['server', 'client'], findings: ['any'],
};

/** Eight uploads that stop in the middle. */
const UPLOADS = (address, port) =>
  EACH(
    8,
    0.3,
    String.raw`
s = socket.create_connection(("${address}", ${port})); s.settimeout(12)
s.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\nabc")
try: print(i, s.recv(99)[:20], s.recv(99))
except OSError as e: print(i, e)
s.close()
`,
  );

/** Eight heads of requests that stop in the middle. */
const HEADS = (address, port) =>
  UPLOADS(address, port).replace(/s\.sendall\(.*/, String.raw`s.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX-")`);

/** curl, so many times, one every `gap` seconds. */
const curls = (stage, count, gap, options, query = '/', port = 8000) =>
  stage.client.run(
    `for i in $(seq ${count}); do curl -sS ${options} "http://${stage.server.v4}:${port}${query}" -o /dev/null & ` +
      `sleep ${gap}; done; wait`,
  );

const tornado = (stage, options) =>
  serving(
    stage,
    stage.server,
    `
import tornado.ioloop, tornado.web, tornado.httpserver
class Page(tornado.web.RequestHandler):
    def get(self): self.finish("ok")
    def post(self): self.finish("ok")
a = tornado.web.Application([("/", Page)])
tornado.httpserver.HTTPServer(a, ${options}).listen(8000); tornado.ioloop.IOLoop.current().start()
`,
  );

/** A WebSocket of raw bytes: `s` after its handshake. */
const WEBSOCKET = (address) => String.raw`
s = socket.create_connection(("${address}", 8000)); s.settimeout(20)
s.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
  b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"); s.recv(999)
`;

export const APPLICATION_SERVERS = [
  {
    name: 'tornado-idle-4',
    story: 'Tornado with idle_connection_timeout 4, and nine clients that ask again after 5 s on the same connection.',
    needs: ['tornado'],
    healthy: false,
    prepare: (stage) => tornado(stage, 'idle_connection_timeout=4'),
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 8000, 5, GET)),
    truth: {
      says: 'The server closes connections that are idle for 4.0 s: idle_connection_timeout of Tornado.',
      ...IDLE,
      seconds: 4,
    },
  },
  {
    name: 'tornado-body-timeout-3',
    story: 'Tornado with body_timeout 3: eight uploads stop in the middle, and are closed without a word.',
    needs: ['tornado'],
    healthy: false,
    prepare: (stage) => tornado(stage, 'body_timeout=3'),
    play: (stage) => python(stage, stage.client, UPLOADS(stage.server.v4, 8000)),
    truth: { says: 'The server closes uploads that do not arrive in full within 3.0 s: body_timeout.', ...HALF },
  },
  {
    name: 'tornado-ok',
    story: "Tornado's own client asks Tornado forty times, ten at once, a new connection each time.",
    needs: ['tornado'],
    healthy: true,
    prepare: (stage) => tornado(stage, ''),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import asyncio, tornado.httpclient
async def main():
    c = tornado.httpclient.AsyncHTTPClient()
    for n in range(4): await asyncio.gather(*(c.fetch("http://${stage.server.v4}:8000/") for _ in range(10)))
asyncio.run(main())
`,
      ),
  },
  {
    name: 'twisted-idle-3',
    story: 'A site of Twisted with a timeout of 3 s, and nine clients that ask again after 4 s on the same connection.',
    needs: ['twisted'],
    healthy: false,
    prepare: (stage) => twisted(stage, 3),
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 8000, 4, GET)),
    truth: {
      says: 'The server closes connections that are idle for 3.0 s: the timeout of the site of Twisted.',
      ...IDLE,
      seconds: 3,
    },
  },
  {
    name: 'twisted-pool-ok',
    story: "Twisted's Agent with a pool asks a site with a timeout of 2 s, with pauses shorter and longer than that.",
    needs: ['twisted'],
    healthy: true,
    prepare: (stage) => twisted(stage, 2),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
from twisted.internet import defer, reactor, task
from twisted.web.client import Agent, HTTPConnectionPool, readBody
a = Agent(reactor, pool=HTTPConnectionPool(reactor))
@defer.inlineCallbacks
def main(reactor):
    for w in (0.5, 3, 1, 2.5, 0.1):
        yield defer.gatherResults([a.request(b"GET", b"http://${stage.server.v4}:8000/").addCallback(readBody) for _ in range(5)])
        yield task.deferLater(reactor, w, lambda: None)
task.react(main)
`,
      ),
  },
  {
    name: 'hypercorn-preconnect-3',
    story: 'hypercorn with --keep-alive 3: nine clients connect early, and ask 4 s later on what is closed by then.',
    needs: ['hypercorn'],
    healthy: false,
    prepare: (stage) => asgi(stage, stage.server, 'hypercorn -b 0.0.0.0:8000 --keep-alive 3'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          9,
          0.3,
          `
s = socket.create_connection(("${stage.server.v4}", 8000)); s.settimeout(6); time.sleep(4)
try: s.sendall(${GET}); print(i, s.recv(65536))
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'The server closes connections on which nobody has asked for 3.0 s: --keep-alive of hypercorn.',
      ...IDLE,
      seconds: 3,
    },
  },
  {
    name: 'hypercorn-httpx-ok',
    story: 'A client of httpx asks hypercorn (--keep-alive 3) with pauses shorter and longer, and hypercorn is stopped.',
    needs: ['hypercorn', 'httpx'],
    healthy: true,
    async prepare(stage) {
      stage.program = await asgi(stage, stage.server, 'hypercorn -b 0.0.0.0:8000 --keep-alive 3 --graceful-timeout 2');
    },
    async play(stage) {
      await python(
        stage,
        stage.client,
        `
import asyncio, httpx
async def main():
    async with httpx.AsyncClient() as c:
        for w in (0.5, 4, 1, 3.5, 0.1):
            await asyncio.gather(*(c.get("http://${stage.server.v4}:8000/?w=.1") for _ in range(12))); await asyncio.sleep(w)
asyncio.run(main())
`,
      );
      stage.program.signal('SIGTERM');
      await stage.wait(1);
    },
  },
  {
    name: 'waitress-channel-timeout-4',
    story: 'Waitress with channel_timeout 4, looked at every second; nine clients ask again after 7 s.',
    needs: ['waitress'],
    healthy: false,
    prepare: (stage) =>
      wsgi(
        stage,
        stage.server,
        'import waitress; waitress.serve(app, host="0.0.0.0", port=8000, channel_timeout=4, cleanup_interval=1)',
      ),
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 8000, 7, GET)),
    truth: {
      says: 'The server closes connections that are idle for 4 to 6 s: channel_timeout of Waitress.',
      ...IDLE,
      seconds: [4, 6.1],
    },
  },
  {
    name: 'waitress-connection-limit',
    story: 'Waitress with a connection_limit of 8, two of them its own; fourteen clients keep theirs for 4 s.',
    needs: ['waitress'],
    healthy: false,
    prepare: (stage) =>
      wsgi(
        stage,
        stage.server,
        'import waitress; waitress.serve(app, host="0.0.0.0", port=8000, threads=8, connection_limit=8)',
      ),
    play: (stage) => python(stage, stage.client, HELD(stage.server.v4, 8000, 14, 4)),
    truth: {
      says: 'The server takes some six connections at a time; each other one waits until one of them ends.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'cherrypy-idle-3',
    story: 'CherryPy with server.socket_timeout 3, and nine clients that ask again after 5 s on the same connection.',
    needs: ['cherrypy'],
    healthy: false,
    prepare: (stage) => cherrypy(stage, '"server.socket_timeout": 3'),
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 8000, 5, GET)),
    truth: {
      says: 'The server closes connections that are idle for 3 to 4 s: server.socket_timeout of CherryPy.',
      ...IDLE,
      seconds: [3, 4.1],
    },
  },
  {
    name: 'cherrypy-request-timeout-3',
    story: 'CherryPy with server.socket_timeout 3 ends eight requests whose head does not arrive in full by 408.',
    needs: ['cherrypy'],
    healthy: false,
    prepare: (stage) => cherrypy(stage, '"server.socket_timeout": 3'),
    play: (stage) => python(stage, stage.client, HEADS(stage.server.v4, 8000)),
    truth: { says: 'The server ends requests that do not arrive in full within 3 s by 408: server.socket_timeout.', ...HALF },
  },
  {
    name: 'cherrypy-ab-ok',
    story: 'ab asks CherryPy by 20 connections with keep-alive, of which it keeps ten at a time; then curl, once each.',
    needs: ['cherrypy', 'ab', 'curl'],
    healthy: true,
    prepare: (stage) => cherrypy(stage, '"server.thread_pool": 4, "server.socket_queue_size": 128'),
    async play(stage) {
      await stage.client.run(`ab -k -c 20 -n 600 http://${stage.server.v4}:8000/`);
      await curls(stage, 10, 0.2, '');
    },
  },
  {
    name: 'daphne-websocket-age-ok',
    story: 'daphne with --websocket_timeout 5 says good-bye to WebSockets of that age, looked at every 2 s; clients leave.',
    needs: ['daphne'],
    healthy: true,
    prepare: (stage) => asgi(stage, stage.server, 'daphne -b 0.0.0.0 -p 8000 --websocket_timeout 5'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          9,
          0.9,
          `${WEBSOCKET(stage.server.v4)}
try:
    while True: s.sendall(bytes([0x81, 0x83, 0, 0, 0, 0]) + b"abc"); assert s.recv(99)[:1] == bytes([0x81]); time.sleep(.3)
except Exception as e: print(i, type(e).__name__, e)
s.close()
`,
        ),
      ),
  },
  {
    name: 'daphne-ping-timeout-4',
    story: 'daphne pings WebSockets that are silent for 2 s, and gives up those that do not answer within 4 s.',
    needs: ['daphne'],
    healthy: false,
    prepare: (stage) =>
      asgi(stage, stage.server, 'daphne -b 0.0.0.0 -p 8000 --ping-interval 2 --ping-timeout 4'),
    play: (stage) =>
      python(stage, stage.client, EACH(8, 0.4, `${WEBSOCKET(stage.server.v4)}time.sleep(14)\ns.close()\n`)),
    truth: {
      says: 'The server closes WebSockets whose client has answered none of its pings for 4 s and more: --ping-timeout.',
      diagnosis: 'idle-limit',
      by: 'server',
      seconds: [5, 11],
      findings: ['any'],
    },
  },
  {
    name: 'daphne-http-timeout-ok',
    story: 'daphne with --http-timeout 3 answers requests that take 6 s by 503 in time, and others as they come.',
    needs: ['daphne', 'curl'],
    healthy: true,
    prepare: (stage) => asgi(stage, stage.server, 'daphne -b 0.0.0.0 -p 8000 --http-timeout 3'),
    play: (stage) => Promise.all([curls(stage, 6, 0.5, '', '/?w=6'), curls(stage, 12, 0.3, '', '/?w=.2')]),
  },
  {
    name: 'unicorn-timeout-3',
    story: 'unicorn with a timeout of 3 s, and requests that take 9 s: its master kills the workers that serve them.',
    needs: ['unicorn', 'curl'],
    healthy: false,
    async prepare(stage) {
      stage.write('unicorn.rb', 'worker_processes 8\ntimeout 3\nlisten 8000\n');
      await rack(stage, stage.server, 'unicorn -c unicorn.rb config.ru');
      await stage.wait(1);
    },
    play: (stage) => curls(stage, 8, 0.9, '', '/?w=9'),
    truth: {
      says: 'The server closes 3 to 5 s after each request without an answer: the master kills the worker.',
      diagnosis: 'closed-without-answer',
      by: 'server',
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'unicorn-faraday-ok',
    story: 'Faraday asks unicorn, which keeps no connection, and which is told to begin anew (SIGHUP) meanwhile.',
    needs: ['unicorn', 'faraday'],
    healthy: true,
    async prepare(stage) {
      stage.write('unicorn.rb', `worker_processes 3\ntimeout 30\nlisten 8000\npid '${stage.folder}/unicorn.pid'\n`);
      await rack(stage, stage.server, 'unicorn -c unicorn.rb config.ru');
      stage.write(
        'ask.rb',
        `
require 'faraday'
6.times.map { |k| Thread.new { c = Faraday.new('http://${stage.server.v4}:8000')
  12.times { c.get("/?w=0.#{k % 3}"); sleep 0.2 } } }.each(&:join)
`,
      );
      await stage.wait(1);
    },
    async play(stage) {
      const load = stage.client.start('exec ruby ask.rb');
      await stage.wait(2.5);
      await stage.server.run('kill -HUP $(cat unicorn.pid)');
      await load.over();
    },
  },
  {
    name: 'thin-timeout-4',
    story: 'thin with --timeout 4, and nine clients that ask again after 5 s on the same connection.',
    needs: ['thin'],
    healthy: false,
    prepare: (stage) => rack(stage, stage.server, 'thin -q -p 8000 -R config.ru -t 4 start'),
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 8000, 5, GET)),
    truth: {
      says: 'The server closes connections that are idle for 4 s: --timeout of thin.',
      ...IDLE,
      seconds: [4, 4.2],
    },
  },
  {
    name: 'starman-workers-held',
    story: 'starman with two workers and --keepalive-timeout 3: each of nine clients holds one for 3 s by its keep-alive.',
    needs: ['starman'],
    healthy: false,
    prepare: (stage) => starman(stage, stage.server, '--workers 2 --keepalive-timeout 3'),
    play: (stage) => python(stage, stage.client, HELD(stage.server.v4, 8000, 9, 4)),
    truth: {
      says: 'Two connections are served at a time, the others wait until one of them ends: --workers.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'starman-read-timeout-3',
    story: 'starman with --read-timeout 3: the heads of eight requests stop in the middle, and are closed.',
    needs: ['starman'],
    healthy: false,
    prepare: (stage) => starman(stage, stage.server, '--workers 9 --read-timeout 3'),
    play: (stage) => python(stage, stage.client, HEADS(stage.server.v4, 8000)),
    truth: { says: 'The server closes requests whose head does not arrive in full within 3 s: --read-timeout.', ...HALF },
  },
  {
    name: 'starman-lwp-ok',
    story: 'LWP with keep_alive asks starman, which keeps connections for 2 s, with pauses shorter and longer.',
    needs: ['starman', 'lwp'],
    healthy: true,
    async prepare(stage) {
      await starman(stage, stage.server, '--workers 5 --keepalive-timeout 2');
      stage.write(
        'ask.pl',
        `use LWP::UserAgent; for (1..4) { next if fork; my $h = LWP::UserAgent->new(keep_alive => 2);
for my $w (0.5, 1, 3, 0.2, 2.6) { $h->get("http://${stage.server.v4}:8000/"); select(undef, undef, undef, $w); } exit; }
1 while wait > 0;
`,
      );
    },
    play: (stage) => stage.client.run('perl ask.pl'),
  },
  {
    name: 'mojo-inactivity-3',
    story: 'hypnotoad with inactivity_timeout 3, and requests that take 6 s: it hangs up before it has an answer.',
    needs: ['hypnotoad', 'curl'],
    healthy: false,
    prepare: (stage) => hypnotoad(stage, stage.server, 'workers => 2, inactivity_timeout => 3'),
    play: (stage) => curls(stage, 8, 0.4, '', '/?w=6'),
    truth: {
      says: 'The server closes 3.0 s after each request without an answer: inactivity_timeout of Mojolicious.',
      diagnosis: 'closed-without-answer',
      by: 'server',
      seconds: 3,
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'mojo-deploy-ok',
    story: 'hey asks hypnotoad, which keeps a connection for 20 requests; a new version is deployed meanwhile (SIGUSR2).',
    needs: ['hypnotoad', 'hey'],
    healthy: true,
    prepare: (stage) => hypnotoad(stage, stage.server, 'workers => 2, requests => 20'),
    async play(stage) {
      const load = stage.client.start(
        `for i in $(seq 8); do hey -n 240 -c 6 http://${stage.server.v4}:8000/ >/dev/null; sleep .5; done`,
      );
      await stage.wait(1.5);
      await stage.server.run('kill -USR2 $(cat mojo.pid)');
      await load.over();
    },
  },
  {
    name: 'yaws-keepalive-4',
    story: 'Yaws with keepalive_timeout 4000, and nine clients that ask again after 5 s on the same connection.',
    needs: ['yaws'],
    healthy: false,
    prepare: (stage) => yaws(stage, stage.server, 'keepalive_timeout = 4000'),
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 8000, 5, GET)),
    truth: {
      says: 'The server closes connections that are idle for 4.0 s: keepalive_timeout of Yaws.',
      ...IDLE,
      seconds: 4,
    },
  },
  {
    name: 'jetty-idle-3',
    story: 'Jetty with an idleTimeout of 3 s, and nine clients that ask again after 4 s on the same connection.',
    needs: ['jetty'],
    healthy: false,
    prepare: (stage) => jetty(stage, stage.server, 'jetty.http.idleTimeout=3000'),
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 8080, 4, GET)),
    truth: {
      says: 'The server closes connections that are idle for 3.0 s: idleTimeout of Jetty.',
      ...IDLE,
      seconds: 3,
    },
  },
  {
    name: 'jetty-siege-ok',
    story: 'siege asks Jetty for three seconds by twelve connections that it keeps, and by such that it does not.',
    needs: ['jetty', 'siege'],
    healthy: true,
    prepare: (stage) => jetty(stage, stage.server, ''),
    async play(stage) {
      for (const kind of ['keep-alive', 'close']) {
        stage.write('siegerc', `connection = ${kind}\nlogging = false\nverbose = false\nparser = false\n`);
        await stage.client.run(`siege -R siegerc -d .1 -c 12 -t 3S http://${stage.server.v4}:8080/index.html`);
      }
    },
  },
  {
    name: 'eventlet-socket-timeout-3',
    story: 'eventlet.wsgi with socket_timeout 3, and nine clients that ask again after 4 s on the same connection.',
    needs: ['eventlet'],
    healthy: false,
    prepare: (stage) =>
      wsgi(
        stage,
        stage.server,
        'import eventlet, eventlet.wsgi\n' +
          'eventlet.wsgi.server(eventlet.listen(("0.0.0.0", 8000)), app, socket_timeout=3, log_output=False)',
      ),
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 8000, 4, GET)),
    truth: {
      says: 'The server closes connections that are idle for 3.0 s: socket_timeout of eventlet.wsgi.',
      ...IDLE,
      seconds: 3,
    },
  },
  {
    name: 'werkzeug-unread-upload',
    story: "Werkzeug's server answers uploads of 3 MB before it has read them, and closes: its answers are thrown away.",
    needs: ['werkzeug', 'requests'],
    healthy: false,
    prepare: (stage) =>
      wsgi(
        stage,
        stage.server,
        'from werkzeug.serving import run_simple; run_simple("0.0.0.0", 8000, app, threaded=True)',
      ),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.3,
          `
try: print(i, requests.post("http://${stage.server.v4}:8000/", data=b"x" * 3000000))
except Exception as e: print(i, str(e)[:90])
`,
          'import requests',
        ),
      ),
    truth: {
      says: 'The server closes with unread data: its RST throws away answers, or comes before the client reads them.',
      diagnosis: 'closed-without-answer',
      by: 'server',
      findings: ['any'],
    },
  },
];

function cherrypy(stage, settings) {
  return serving(
    stage,
    stage.server,
    `
import cherrypy
class Root:
    @cherrypy.expose
    def index(self): return "ok"
cherrypy.config.update({"server.socket_host": "0.0.0.0", "server.socket_port": 8000, "log.screen": False,
  "engine.autoreload.on": False, ${settings}})
cherrypy.quickstart(Root())
`,
  );
}

function twisted(stage, seconds) {
  return serving(
    stage,
    stage.server,
    `
from twisted.internet import reactor
from twisted.web import resource, server
class Page(resource.Resource):
    isLeaf = True
    def render_GET(self, request): return b"ok"
reactor.listenTCP(8000, server.Site(Page(), timeout=${seconds})); reactor.run()
`,
  );
}
