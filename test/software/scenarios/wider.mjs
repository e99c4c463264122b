/** Software that the scenes before lack, and what many clients of one server show together. */
import { CERTIFICATE, EACH, GET, QUESTION, REUSED } from '../clients.mjs';
import { FORWARD, mariadb, nginx, node, python, pythonOn, redis } from '../programs.mjs';

/** Gives the client so many addresses more: what stands before their last number, which is 100 and more. */
function manyAddresses(stage, count) {
  const base = stage.client.v4.replace(/\d+$/, '');
  for (let i = 0; i < count; i++) stage.client.must(`ip addr add ${base}${100 + i}/24 dev eth0`);
  return base;
}

export const WIDER = [
  {
    name: 'caddy-idle-4',
    story: 'Caddy with an idle timeout of 4 s, and nine clients that ask again right when it is over.',
    needs: ['caddy', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.write(
        'Caddyfile',
        '{\n admin off\n auto_https off\n servers {\n timeouts {\n idle 4s\n }\n }\n}\n:80 {\n respond "hello"\n}\n',
      );
      const program = stage.server.start('exec caddy run --config Caddyfile --adapter caddyfile');
      await stage.server.listening(80, program);
    },
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 80, 4.0005, GET)),
    truth: {
      says: 'The server closes idle connections after 4 s: the idle timeout of Caddy, and clients still use them.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 4,
      findings: ['rst-after-push', 'any'],
    },
  },
  {
    name: 'puma-idle-4',
    story: 'Puma with persistent_timeout 4, and nine clients that ask again after 4.3 s on the same connection.',
    needs: ['puma', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.write('config.ru', 'run lambda { |e| [200, {"content-type" => "text/plain"}, ["ok\\n"]] }\n');
      stage.write('puma.rb', "persistent_timeout 4\nbind 'tcp://0.0.0.0:9292'\nthreads 8, 16\n");
      const program = stage.server.start('exec puma -C puma.rb config.ru');
      await stage.server.listening(9292, program);
    },
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 9292, 4.3, GET)),
    truth: {
      says: 'The server closes idle connections after 4 s: persistent_timeout of Puma, shorter than the clients use.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [4, 4.4],
      findings: ['rst-after-push', 'any'],
    },
  },
  {
    name: 'unbound-keeps-briefly',
    story:
      'Unbound with incoming-num-tcp 4 keeps TCP for 0.2 s where its slots run out; twelve clients ask again ' +
      'after 2 s.',
    needs: ['unbound', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.write(
        'unbound.conf',
        `server:
  interface: 0.0.0.0
  access-control: 0.0.0.0/0 allow
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "${stage.folder}"
  pidfile: "${stage.folder}/unbound.pid"
  incoming-num-tcp: 4
  num-threads: 1
  local-zone: "test." static
  local-data: "a.test. A 192.0.2.4"
remote-control:
  control-enable: no
`,
      );
      const program = stage.server.start('exec unbound -c unbound.conf -p');
      await stage.server.listening(53, program);
    },
    play: (stage) =>
      python(stage, stage.client, REUSED(stage.server.v4, 53, 2, QUESTION).replace('range(9)', 'range(12)')
        .replace('i * 0.3', 'i * 0.2')),
    truth: {
      says: 'The server closes connections a fifth of a second after its answer; clients still use them, in vain.',
      diagnosis: ['keep-alive-mismatch', 'idle-limit'],
      by: 'server',
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'iperf3-parallel-ok',
    story: 'iperf3 measures over eight streams at once, a block every third of a second, then the other way round.',
    needs: ['iperf3'],
    healthy: true,
    prepare: async (stage) => stage.server.listening(5201, stage.server.start('exec iperf3 -s')),
    play: (stage) =>
      stage.client.run(
        `iperf3 -c ${stage.server.v4} -t 2 -b 3M -P 8; iperf3 -c ${stage.server.v4} -t 1 -b 3M -P 4 -R; ` +
          `iperf3 -c ${stage.server.v4} -t 1 -b 40M`,
      ),
  },
  {
    name: 'etcd-watch-ok',
    story: 'etcd is written to, and tells a watch of it over HTTP, which its client ends after six seconds.',
    needs: ['etcd', 'curl'],
    healthy: true,
    async prepare(stage) {
      const program = stage.server.start(
        `exec etcd --data-dir ${stage.folder}/etcd --listen-client-urls http://0.0.0.0:2379 ` +
          `--advertise-client-urls http://${stage.server.v4}:2379 --listen-peer-urls http://127.0.0.1:2380`,
      );
      await stage.server.listening(2379, program);
      await stage.wait(2);
    },
    play: (stage) =>
      stage.client.run(
        `url=http://${stage.server.v4}:2379; ` +
          `(timeout 6 curl -sN $url/v3/watch -d '{"create_request":{"key":"Zm9v"}}' >/dev/null &); ` +
          `for i in $(seq 12); do curl -s $url/v3/kv/put -d '{"key":"Zm9v","value":"YmFy"}' -o /dev/null; ` +
          `curl -s $url/health -o /dev/null; sleep .4; done; sleep 2`,
      ),
  },
  {
    name: 'hitch-ok',
    story: 'Hitch ends TLS before node and is told to read its settings again while curl asks twice a connection.',
    needs: ['hitch', 'node', 'openssl', 'curl'],
    healthy: true,
    async prepare(stage) {
      await node(
        stage,
        stage.backend,
        `
import http from 'node:http';
http.createServer((q, a) => setTimeout(() => a.end('ok\\n'), 30)).listen(8080);
`,
        8080,
      );
      stage.server.must(`${CERTIFICATE} 2>/dev/null; cat k.pem crt.pem > both.pem; chmod 644 *.pem`);
      stage.write(
        'hitch.conf',
        `frontend = "[*]:443"\nbackend = "[${stage.backend.v4}]:8080"\npem-file = "${stage.folder}/both.pem"\n` +
          'workers = 1\ndaemon = off\nuser = "root"\n',
      );
      stage.program = stage.server.start('exec hitch --config=hitch.conf');
      await stage.server.listening(443, stage.program);
    },
    async play(stage) {
      const load = stage.client.start(
        `for i in $(seq 12); do curl -sk https://${stage.server.v4}/ https://${stage.server.v4}/b -o /dev/null ` +
          '-o /dev/null & sleep .4; done; wait',
      );
      await stage.wait(2);
      stage.program.signal('SIGHUP');
      await load.over();
    },
  },
  {
    name: 'mariadb-packet-too-big',
    story: 'MariaDB with max_allowed_packet 1M is sent statements of 3 MB, and hangs up in the middle of them.',
    needs: ['mariadbd', 'pymysql', 'python3'],
    healthy: false,
    prepare: (stage) => mariadb(stage, stage.server, '--max-allowed-packet=1M'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          5,
          0.5,
          `
c = pymysql.connect(host="${stage.server.v4}", user="u"); q = c.cursor(); q.execute("select 1"); q.fetchall()
try: q.execute("select length('" + "x" * 3000000 + "')")
except Exception as e: print(i, e)
`,
          'import pymysql',
        ),
      ),
    truth: {
      says: 'The server hangs up in the middle of the five statements that are too large, and answers none of them.',
      diagnosis: 'closed-without-answer',
      by: 'server',
      findings: ['unanswered-request', 'linger-reset'],
    },
  },
  {
    name: 'many-clients-refused',
    story: 'Six hosts ask for redis six times each, every second and a half, where nothing listens.',
    needs: ['python3'],
    healthy: false,
    prepare: (stage) => {
      stage.base = manyAddresses(stage, 6);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          6,
          0.2,
          `
for n in range(6):
    s = socket.socket(); s.bind(("${stage.base}%d" % (100 + i), 0))
    try: s.connect(("${stage.server.v4}", 6379))
    except OSError as e: print(i, e)
    s.close(); time.sleep(1.5)
`,
        ),
      ),
    truth: {
      says: 'Nothing listens at port 6379 of the server: six clients tried 36 times and were refused each time.',
      diagnosis: 'retries',
      by: 'server',
      findings: ['refused'],
    },
  },
  {
    name: 'many-clients-cut',
    story:
      'Twelve hosts talk to redis, one connection each; after 4 s the router rejects what stands, seen at the ' +
      'server.',
    needs: ['redis-server', 'python3', 'nft'],
    healthy: false,
    async prepare(stage) {
      stage.base = manyAddresses(stage, 12);
      await redis(stage.server);
    },
    async play(stage) {
      const load = pythonOn(
        stage,
        stage.client,
        EACH(
          12,
          0.1,
          `
s = socket.socket(); s.bind(("${stage.base}%d" % (100 + i), 0)); s.connect(("${stage.server.v4}", 6379))
s.settimeout(12); end = time.time() + 9
try:
    while time.time() < end: s.sendall(b"PING\\r\\n"); s.recv(99); time.sleep(.3 + i * .05)
except OSError as e: print(i, e)
s.close()
`,
        ),
      );
      await stage.wait(4);
      stage.router.firewall(FORWARD, 'tcp dport 6379 ct state established reject with tcp reset');
      await load.over();
      await stage.wait(2);
    },
    truth: {
      says: 'All twelve connections, of twelve clients, fall silent within a second: one fault on the way.',
      diagnosis: ['failover', 'firewall-reject', 'firewall-reset'],
      findings: ['half-open'],
    },
  },
  {
    name: 'many-clients-mtu',
    story: 'Eight hosts load a large page of nginx, and the road from it takes no packet of more than 1200 bytes.',
    needs: ['nginx', 'python3', 'nft'],
    healthy: false,
    async prepare(stage) {
      stage.base = manyAddresses(stage, 8);
      stage.server.must('head -c 300000 /dev/zero > big');
      await nginx(stage, stage.server, { http: 'server { listen 80; }' });
      stage.router.firewall(FORWARD, `ip saddr ${stage.server.v4} meta length > 1200 drop`);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.3,
          `
s = socket.socket(); s.bind(("${stage.base}%d" % (100 + i), 0)); s.connect(("${stage.server.v4}", 80)); s.settimeout(7)
s.sendall(b"GET /big HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n")
try: s.recv(9999)
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'Large segments of the server arrive at none of its eight clients: one narrow road near the server.',
      diagnosis: 'path-mtu',
      by: 'server',
      findings: ['path-mtu', 'half-open', 'any'],
    },
  },
  {
    name: 'filter-drops-requests',
    story:
      'A filter lets handshakes with nginx through and drops every request; curl -m 6 five times, seen at the ' +
      'client.',
    needs: ['nginx', 'curl', 'nft'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      await nginx(stage, stage.server, { http: 'server { listen 80; return 200 "a"; }' });
      stage.router.firewall(FORWARD, 'tcp dport 80 meta length > 70 drop');
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4 5; do curl -s -m 6 http://${stage.server.v4}/ -o /dev/null & sleep .5; done; wait`,
      ),
    truth: {
      says: 'SYNs are answered, and the requests behind them never acknowledged: something on the way drops them.',
      diagnosis: 'firewall-drop',
      by: 'server',
      findings: ['half-open'],
    },
  },
];
