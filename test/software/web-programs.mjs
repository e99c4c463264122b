/** Servers of web applications, and proxies before them, as in programs.mjs. */
import { pythonOn } from './programs.mjs';

/** A Python program that serves, from its first line to its last. */
export async function serving(stage, host, code, port = 8000, name = `${host.name}-serves.py`) {
  const program = pythonOn(stage, host, code, name);
  await host.listening(port, program);
  return program;
}

/** What an ASGI server runs: it waits `?w=SECONDS` and answers, and says of a WebSocket what it hears there. */
export const ASGI = `
import asyncio
async def app(scope, receive, send):
    if scope["type"] == "lifespan": return
    if scope["type"] == "websocket":
        await receive(); await send({"type": "websocket.accept"})
        while True:
            one = await receive()
            if one["type"] == "websocket.disconnect": return
            await send({"type": "websocket.send", "text": one.get("text") or ""})
    more = True
    while more: more = (await receive()).get("more_body", False)
    wait = float(scope["query_string"].decode().partition("w=")[2] or 0)
    if wait: await asyncio.sleep(wait)
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"3")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok\\n"})
`;

/** hypercorn and daphne, on port 8000. */
export async function asgi(stage, host, command) {
  stage.write('asgi.py', ASGI);
  const program = host.start(`exec ${command} asgi:app`);
  await host.listening(8000, program);
  return program;
}

/** A WSGI application, or the server of one; `serve` has it as `app`, which waits `?w=SECONDS`. */
export const wsgi = (stage, host, serve) =>
  serving(
    stage,
    host,
    `
import time
def app(environ, start):
    wait = float(environ.get("QUERY_STRING", "").partition("w=")[2] or 0)
    if wait: time.sleep(wait)
    start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
    return [b"ok\\n"]
${serve}
`,
  );

/** thin and unicorn, on port 8000, with an application that waits `?w=SECONDS`. */
export async function rack(stage, host, command) {
  stage.write(
    'config.ru',
    `run ->(e) { w = e["QUERY_STRING"][/w=([\\d.]+)/, 1]; sleep w.to_f if w
  [200, {"Content-Type" => "text/plain", "Content-Length" => "3"}, ["ok\\n"]] }
`,
  );
  const program = host.start(`exec ${command}`);
  await host.listening(8000, program);
  return program;
}

/** starman on port 8000, with an application that waits `?w=SECONDS`. */
export async function starman(stage, host, options) {
  stage.write(
    'app.psgi',
    `sub { my $e = shift; select(undef, undef, undef, $1) if $e->{QUERY_STRING} =~ /w=([\\d.]+)/;
  [200, ['Content-Type', 'text/plain', 'Content-Length', 3], ["ok\\n"]] }
`,
  );
  const program = host.start(`exec starman --host 0.0.0.0 --port 8000 ${options} app.psgi`);
  await host.listening(8000, program);
  await stage.wait(0.5);
  return program;
}

/** hypnotoad of Mojolicious on port 8000, with an application that waits `?w=SECONDS` and blocks nobody. */
export async function hypnotoad(stage, host, settings) {
  stage.write(
    'mojo.pl',
    `use Mojolicious::Lite -signatures;
app->log->level('fatal');
app->config(hypnotoad => {listen => ['http://0.0.0.0:8000'], pid_file => '${stage.folder}/mojo.pid', ${settings}});
get '/' => sub ($c) { my $w = $c->param('w') or return $c->render(text => 'ok'); $c->render_later;
  Mojo::IOLoop->timer($w => sub { $c->render(text => 'ok') }) };
app->start;
`,
  );
  const program = host.start('exec hypnotoad -f mojo.pl');
  await host.listening(8000, program);
  await stage.wait(0.5);
  return program;
}

/** Yaws on port 8000, with files. */
export async function yaws(stage, host, settings) {
  host.must('mkdir -p logs www && echo hello > www/index.html');
  stage.write(
    'yaws.conf',
    `logdir = ${stage.folder}/logs\n${settings}\n<server here>\nport = 8000\nlisten = 0.0.0.0\n` +
      `docroot = ${stage.folder}/www\naccess_log = false\n</server>\n`,
  );
  const program = host.start(`sleep 600 | YAWSHOME=${stage.folder} yaws --conf yaws.conf --id scene -i`);
  await host.listening(8000, program);
  return program;
}

/** Jetty on port 8080, with files. */
export async function jetty(stage, host, settings) {
  host.must('mkdir -p jetty/webapps/ROOT && echo hello > jetty/webapps/ROOT/index.html');
  stage.write('jetty/start.ini', `--module=http\n--module=deploy\njetty.http.port=8080\n${settings}\n`);
  const program = host.start(
    `cd jetty; exec java -Xmx96m -jar /usr/share/jetty9/start.jar jetty.home=/usr/share/jetty9 ` +
      `jetty.base=${stage.folder}/jetty`,
  );
  await host.listening(8080, program);
  return program;
}

/** H2O on port 80; `paths` is what stands under its only host. */
export async function h2o(stage, host, settings, paths) {
  stage.write(
    'h2o.conf',
    `listen: { port: 80 }\nuser: root\nnum-threads: 1\n${settings}\nhosts:\n  default:\n    paths:\n${paths}\n`,
  );
  const program = host.start('exec h2o -c h2o.conf');
  await host.listening(80, program);
  return program;
}

/** Apache Traffic Server on port 8080 before `origin`, caching nothing. */
export async function trafficServer(stage, host, origin, settings = '') {
  host.must('mkdir -p ats/run ats/log && cp -r /etc/trafficserver/* ats && chmod -R a+rwX ats');
  stage.write(
    'ats/records.config',
    `CONFIG proxy.config.http.server_ports STRING 8080
CONFIG proxy.config.admin.user_id STRING nobody
CONFIG proxy.config.local_state_dir STRING ${stage.folder}/ats/run
CONFIG proxy.config.log.logfile_dir STRING ${stage.folder}/ats/log
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.http.cache.http INT 0
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 1
${settings}
`,
  );
  stage.write('ats/remap.config', `map / http://${origin}/\n`);
  stage.write('ats/storage.config', '');
  const program = host.start(`PROXY_CONFIG_CONFIG_DIR=${stage.folder}/ats exec traffic_server`);
  await host.listening(8080, program);
  await stage.wait(1.5);
  return program;
}

/** nghttpx on port 8080 before `backend`, an address and port. */
export async function nghttpx(stage, host, backend, options, frontend = '0.0.0.0,8080;no-tls') {
  const program = host.start(
    `exec nghttpx --conf=/dev/null -f'${frontend}' -b'${backend}' --errorlog-file=/dev/stderr ${options}`,
  );
  await host.listening(8080, program);
  return program;
}
