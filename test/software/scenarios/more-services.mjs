/** A broker, application servers, SOCKS and other proxies, and Apache: their limits of time and number. */
import { EACH, REUSED } from '../clients.mjs';
import { danted, phpFpm, privoxy, rabbitmq, uwsgi } from '../more-programs.mjs';
import { apache, nginx, python, redis } from '../programs.mjs';

export const MORE_SERVICES = [
  {
    name: 'rabbitmq-ok',
    story: 'Six clients of RabbitMQ publish and take messages, are idle for some seconds with heartbeats of 4 s, and go.',
    needs: ['rabbitmq-server', 'pika'],
    healthy: true,
    prepare: (stage) => rabbitmq(stage, stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          6,
          0.3,
          `
c = pika.BlockingConnection(pika.ConnectionParameters("${stage.server.v4}", heartbeat=4)); q = c.channel()
q.queue_declare(queue="q%d" % i)
for n in range(20): q.basic_publish("", "q%d" % i, b"hello")
for m, p, b in q.consume("q%d" % i, inactivity_timeout=2):
    if m is None: break
    q.basic_ack(m.delivery_tag)
q.cancel(); c.sleep(5); c.close()
`,
          'import pika',
        ),
      ),
  },
  {
    name: 'rabbitmq-heartbeat-4',
    story: 'Six clients of RabbitMQ with heartbeats of 4 s work for 20 s and answer none: it closes them after 8 to 13 s.',
    needs: ['rabbitmq-server', 'pika'],
    healthy: false,
    prepare: (stage) => rabbitmq(stage, stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          6,
          0.4,
          `
c = pika.BlockingConnection(pika.ConnectionParameters("${stage.server.v4}", heartbeat=4)); q = c.channel()
q.queue_declare(queue="q"); time.sleep(18)
try: q.basic_publish("", "q", b"done"); c.close()
except Exception as e: print(i, type(e).__name__)
`,
          'import pika',
        ),
      ),
    truth: {
      says: 'The server closes clients that have sent no heartbeat for two of their intervals: heartbeat, 4 s.',
      diagnosis: 'idle-limit',
      by: 'server',
      seconds: [6, 13],
      findings: ['any'],
    },
  },
  {
    name: 'uwsgi-harakiri-3',
    story: 'uWSGI with harakiri 3, and requests that take 9 s: its master kills the workers that serve them.',
    needs: ['uwsgi', 'curl'],
    healthy: false,
    prepare: (stage) => uwsgi(stage, stage.server, '--http-socket :8000 --harakiri 3 --processes 9'),
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 8); do curl -sS "http://${stage.server.v4}:8000/?w=9" -o /dev/null & sleep 1.3; done; wait`,
      ),
    truth: {
      says: 'The server closes 3 to 4.5 s after each request without an answer: harakiri kills the worker.',
      diagnosis: 'closed-without-answer',
      by: 'server',
      seconds: [3, 4.6],
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'uwsgi-http-timeout-3',
    story: 'The HTTP router of uWSGI with http-timeout 3, and requests that take 6 s: it hangs up on its clients.',
    needs: ['uwsgi', 'curl'],
    healthy: false,
    prepare: (stage) => uwsgi(stage, stage.server, '--http :8000 --http-timeout 3 --processes 8'),
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 8); do curl -sS "http://${stage.server.v4}:8000/?w=6" -o /dev/null & sleep .6; done; wait`,
      ),
    truth: {
      says: 'The server closes 3 s after each request without an answer: http-timeout.',
      diagnosis: 'closed-without-answer',
      by: 'server',
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'uwsgi-listen-queue',
    story: 'uWSGI with one worker, --listen 3 and requests of 0.7 s; twenty curls at once.',
    needs: ['uwsgi', 'curl'],
    healthy: false,
    prepare: (stage) => uwsgi(stage, stage.server, '--http-socket :8000 --listen 3 --processes 1'),
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 20); do curl -sS -m 20 "http://${stage.server.v4}:8000/?w=.7" -o /dev/null & sleep .02; ` +
          'done; wait',
      ),
    truth: {
      says: 'The accept queue is full: connects need several SYNs while others are served: listen.',
      diagnosis: 'accept-queue',
      by: 'server',
      findings: ['slow-connect', 'any'],
    },
  },
  {
    name: 'uwsgi-ok',
    story: 'uWSGI behind its HTTP router with keep-alive, curl twice a connection, and it is reloaded (SIGHUP).',
    needs: ['uwsgi', 'curl'],
    healthy: true,
    async prepare(stage) {
      stage.program = await uwsgi(stage, stage.server, '--http :8000 --http-keepalive=4 --processes 3 --lazy-apps');
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 14); do curl -s http://${stage.server.v4}:8000/a http://${stage.server.v4}:8000/b ` +
          '-o /dev/null -o /dev/null & sleep .4; done; wait',
      ),
  },
  {
    name: 'php-ok',
    story: "PHP's own server sends pages of 0 and 0.2 s to curl, one after the other.",
    needs: ['php', 'curl'],
    healthy: true,
    async prepare(stage) {
      stage.write('index.php', '<?php usleep(200000 * (int)($_GET["w"] ?? 0)); echo str_repeat("x", 30000);');
      await stage.server.listening(8080, stage.server.start('exec php -S 0.0.0.0:8080'));
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 12); do curl -s "http://${stage.server.v4}:8080/?w=$((i % 2))" -o /dev/null; sleep .2; done`,
      ),
  },
  {
    name: 'php-one-at-a-time',
    story: "PHP's own server serves one request at a time, of 2 s each; nine curls come at once and wait for 7 s.",
    needs: ['php', 'curl'],
    healthy: false,
    async prepare(stage) {
      stage.write('index.php', '<?php sleep(2); echo "ok";');
      await stage.server.listening(8080, stage.server.start('exec php -S 0.0.0.0:8080'));
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 9); do curl -sS -m 7 http://${stage.server.v4}:8080/ -o /dev/null & sleep .1; done; wait; sleep 4`,
      ),
    truth: {
      says: 'One request is served at a time, the others wait; six gave up after 7 s.',
      diagnosis: ['connection-limit', 'client-patience'],
      by: ['server', 'client'],
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'danted-idle-5',
    story: 'Dante (SOCKS) with timeout.io 5: twelve tunnels to redis are idle for 8 s and are used again.',
    needs: ['danted', 'redis-server', 'python3'],
    healthy: false,
    async prepare(stage) {
      await redis(stage.backend);
      await danted(stage, stage.server, 'timeout.io: 5');
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          12,
          0.4,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 1080)); s.settimeout(9)
s.sendall(b"\5\1\0"); s.recv(2)
s.sendall(b"\5\1\0\1" + socket.inet_aton("${stage.backend.v4}") + (6379).to_bytes(2, "big")); s.recv(99)
try:
    for w in (1, 8, 0): s.sendall(b"PING\r\n"); print(i, s.recv(99)); time.sleep(w)
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'The proxy closes both legs of tunnels that are idle for 5 s: timeout.io of Dante.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [4, 7.1],
      findings: ['any'],
    },
  },
  {
    name: 'danted-ok',
    story: 'curl loads pages of nginx through Dante (SOCKS 5), one of them large.',
    needs: ['danted', 'nginx', 'curl'],
    healthy: true,
    async prepare(stage) {
      stage.backend.must('head -c 3000000 /dev/zero > big');
      await nginx(stage, stage.backend, { http: 'server { listen 80; }' });
      await danted(stage, stage.server);
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 8); do curl -s -x socks5://${stage.server.v4}:1080 http://${stage.backend.v4}/big ` +
          `http://${stage.backend.v4}/none -o /dev/null -o /dev/null & sleep .3; done; wait`,
      ),
  },
  {
    name: 'privoxy-keepalive-4',
    story: 'Privoxy with keep-alive-timeout 4, and nine clients that ask again after 6 s on the same connection.',
    needs: ['privoxy', 'nginx', 'python3'],
    healthy: false,
    async prepare(stage) {
      await nginx(stage, stage.backend, { http: 'server { listen 80; return 200 "a"; }' });
      await privoxy(stage, stage.server, 'keep-alive-timeout 4\ndefault-server-timeout 4\nsocket-timeout 30');
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        REUSED(stage.server.v4, 8118, 6, String.raw`b"GET http://${stage.backend.v4}/ HTTP/1.1\r\nHost: a\r\n\r\n"`),
      ),
    truth: {
      says: 'The proxy closes connections of its clients that are idle for 4 s: keep-alive-timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [4, 5.1],
      findings: ['any'],
    },
  },
  {
    name: 'apache-reqtimeout-4',
    story: 'Apache with RequestReadTimeout header=4: eight clients send half of a request, and are closed.',
    needs: ['apache2', 'python3'],
    healthy: false,
    prepare: (stage) => apache(stage, stage.server, 'RequestReadTimeout header=4', ['reqtimeout']),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.3,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 80)); s.settimeout(9)
s.sendall(b"GET / HTTP/1.1\r\nHost:"); print(s.recv(99)[:15]); s.close()
`,
        ),
      ),
    truth: {
      says: 'The server ends requests that do not arrive in full by 408, 4.0 s after they began: RequestReadTimeout.',
      diagnosis: ['closed-without-answer', 'slowloris', 'idle-limit'],
      by: ['server', 'client'],
      findings: ['any'],
    },
  },
  {
    name: 'apache-graceful-ok',
    story: 'Apache is told to begin anew gracefully (SIGUSR1) while curl asks twice a connection.',
    needs: ['apache2', 'curl'],
    healthy: true,
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      stage.program = await apache(
        stage,
        stage.server,
        'KeepAliveTimeout 3\nGracefulShutdownTimeout 5\n<Directory />\nRequire all granted\n</Directory>',
        ['dir'],
      );
    },
    async play(stage) {
      const load = stage.client.start(
        `for i in $(seq 30); do curl -s http://${stage.server.v4}/ http://${stage.server.v4}/ -o /dev/null ` +
          '-o /dev/null & sleep .2; done; wait',
      );
      await stage.wait(3);
      await stage.server.run('kill -USR1 $(cat apache.pid)');
      await load.over();
    },
  },
  {
    name: 'php-fpm-terminate-3',
    story: 'php-fpm with request_terminate_timeout 3 behind nginx kills the process of each request of 7 s: 502.',
    needs: ['nginx', 'php-fpm', 'curl'],
    healthy: false,
    tap: 'backend',
    async prepare(stage) {
      await phpFpm(stage, 'request_terminate_timeout = 3s\npm = static\npm.max_children = 8');
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 8); do curl -sS "http://${stage.server.v4}/?w=7" -o /dev/null & sleep .7; done; wait`,
      ),
    truth: {
      says: 'The backend closes 3 to 4 s after each request without an answer: request_terminate_timeout.',
      diagnosis: 'closed-without-answer',
      by: 'backend',
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'php-fpm-ok',
    story: 'nginx asks php-fpm over TCP, one connection a request, of pages of 0 and 0.3 s.',
    needs: ['nginx', 'php-fpm', 'curl'],
    healthy: true,
    tap: 'backend',
    prepare: (stage) => phpFpm(stage, 'pm = static\npm.max_children = 4'),
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 20); do curl -s "http://${stage.server.v4}/?w=0.$((i % 2 * 3))" -o /dev/null & sleep .2; ` +
          'done; wait',
      ),
  },
];
