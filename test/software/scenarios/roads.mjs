/** Roads that lose, delay and forget; programs that are killed, forward, scan, and end connections on purpose. */
import { EACH } from '../clients.mjs';
import { FORWARD, go, memcached, nginx, node, python, pythonOn, redis } from '../programs.mjs';

export const ROADS = [
  {
    name: 'ssh-forward-dead-target',
    story: 'Eight clients ask through a tunnel of ssh -L for a port of the backend where nothing listens.',
    needs: ['ssh', 'sshd', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.server.must(
        "mkdir -p /run/sshd; ssh-keygen -q -t ed25519 -N '' -f host; ssh-keygen -q -t ed25519 -N '' -f key; " +
          'cp key.pub allowed; chmod 600 host key allowed; chown root . host key allowed; chmod 755 .',
      );
      stage.write(
        'sshd.conf',
        `Port 2222\nHostKey ${stage.folder}/host\nAuthorizedKeysFile ${stage.folder}/allowed\nStrictModes no\n` +
          `UsePAM no\nPidFile none\nPermitRootLogin yes\n`,
      );
      await stage.server.listening(2222, stage.server.start(`exec /usr/sbin/sshd -D -e -f ${stage.folder}/sshd.conf`));
      const tunnel = stage.client.start(
        `exec ssh -N -p 2222 -i key -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null ` +
          `-L 6379:${stage.backend.v4}:6379 root@${stage.server.v4}`,
      );
      await stage.client.listening(6379, tunnel);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.4,
          String.raw`
s = socket.create_connection(("127.0.0.1", 6379)); s.settimeout(5)
try: s.sendall(b"PING\r\n"); print(i, s.recv(99))
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'Nothing listens at port 6379 of the backend: the ssh server asked eight times and was refused each time.',
      diagnosis: 'retries',
      findings: ['refused'],
    },
  },
  {
    name: 'memcached-binary-ok',
    story: 'Clients of the binary protocol of memcached set, get, say QuitQ or nothing at all, and close.',
    needs: ['memcached', 'python3'],
    healthy: true,
    prepare: (stage) => memcached(stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.2,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 11211)); s.settimeout(5)
def ask(op, key=b"", value=b"", extra=b""):
    s.sendall(b"\x80" + bytes([op]) + len(key).to_bytes(2, "big") + bytes([len(extra), 0, 0, 0]) +
      (len(key) + len(value) + len(extra)).to_bytes(4, "big") + bytes(12) + extra + key + value)
ask(1, b"k%d" % i, b"x" * 2000, bytes(8)); s.recv(9999)
for n in range(5): ask(0, b"k%d" % i); s.recv(9999); time.sleep(.4)
if i % 3 == 0: ask(0x17)
if i % 3 == 1: ask(7); s.recv(99)
s.close()
`,
        ),
      ),
  },
  {
    name: 'conntrack-flushed-loose-ok',
    story: 'The router follows connections and forgets them all (conntrack -F): it takes them up again from the middle.',
    needs: ['redis-server', 'python3', 'nft', 'conntrack'],
    healthy: true,
    async prepare(stage) {
      await redis(stage.server);
      stage.router.firewall(FORWARD, 'ct state invalid drop', 'ct state new,established,related accept', 'drop');
    },
    async play(stage) {
      const load = pythonOn(stage, stage.client, TALK(stage));
      await stage.wait(3);
      await stage.router.run('sysctl net.netfilter.nf_conntrack_tcp_loose; conntrack -F; conntrack -C');
      await load.over();
    },
  },
  {
    name: 'conntrack-flushed-strict',
    story:
      'The same with nf_conntrack_tcp_loose = 0, seen at the client: what comes from the middle is invalid, and is ' +
      'dropped.',
    needs: ['redis-server', 'python3', 'nft', 'conntrack'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      await redis(stage.server);
      stage.router.firewall(FORWARD, 'ct state invalid drop', 'ct state new,established,related accept', 'drop');
      stage.router.must('sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0');
    },
    async play(stage) {
      const load = pythonOn(stage, stage.client, TALK(stage));
      await stage.wait(3);
      await stage.router.run('conntrack -F');
      await load.over();
    },
    truth: {
      says: 'All connections fall silent in one moment, new ones work: the road has forgotten them.',
      diagnosis: ['failover', 'firewall-drop', 'nat-forgot'],
      findings: ['half-open'],
    },
  },
  {
    name: 'lossy-road-ok',
    story: 'The router loses two of a hundred packets each way, and both ends are 25 ms away; curl loads pages.',
    needs: ['nginx', 'curl', 'nft'],
    healthy: true,
    delay: { client: 25 },
    async prepare(stage) {
      stage.server.must('head -c 2000000 /dev/zero > big; head -c 20000 /dev/zero > page');
      await nginx(stage, stage.server, { http: 'server { listen 80; }' });
      stage.router.firewall(FORWARD, 'numgen random mod 100 < 2 drop');
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 12); do curl -s http://${stage.server.v4}/page http://${stage.server.v4}/big ` +
          '-o /dev/null -o /dev/null & sleep .4; done; wait',
      ),
  },
  {
    name: 'far-road-ok',
    story: 'A client 150 ms away loads large pages and uploads, with pauses, to node.',
    needs: ['node', 'curl'],
    healthy: true,
    delay: { client: 150 },
    async prepare(stage) {
      stage.server.must('head -c 1500000 /dev/zero > up');
      await node(
        stage,
        stage.server,
        `
import http from 'node:http';
http.createServer((q, a) => { q.resume(); q.on('end', () => a.end('x'.repeat(800_000))); }).listen(8080);
`,
        8080,
      );
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 6); do curl -s -T up http://${stage.server.v4}:8080/ http://${stage.server.v4}:8080/ ` +
          '-o /dev/null -o /dev/null & sleep .5; done; wait',
      ),
  },
  {
    name: 'policed-upload-ok',
    story: 'An upload of 3 MB through a bucket of 4 Mbit/s and 20 kB (tc tbf) beside small requests.',
    needs: ['node', 'curl'],
    healthy: true,
    async prepare(stage) {
      stage.server.must('head -c 3000000 /dev/zero > up');
      await node(
        stage,
        stage.server,
        "import http from 'node:http';\nhttp.createServer((q, a) => { q.resume(); q.on('end', () => a.end('ok')); })" +
          '.listen(8080);\n',
        8080,
      );
      stage.router.must('tc qdisc add dev server root tbf rate 4mbit burst 20kb limit 30kb');
    },
    play: (stage) =>
      stage.client.run(
        `curl -s -T up http://${stage.server.v4}:8080/ -o /dev/null & for i in $(seq 10); do ` +
          `curl -s http://${stage.server.v4}:8080/ -o /dev/null; sleep .4; done; wait`,
      ),
  },
  {
    name: 'client-killed-downloads-ok',
    story: 'A Python client with nine downloads under way is killed (SIGKILL): nobody waits for anything any more.',
    needs: ['nginx', 'python3'],
    healthy: true,
    async prepare(stage) {
      stage.server.must('head -c 90000000 /dev/zero > big');
      await nginx(stage, stage.server, { http: 'limit_rate 300k; server { listen 80; }' });
    },
    async play(stage) {
      const load = pythonOn(
        stage,
        stage.client,
        EACH(
          9,
          0.2,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 80)); s.sendall(b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
while s.recv(9999): time.sleep(.02)
`,
        ),
      );
      await stage.wait(5);
      load.signal('SIGKILL');
      await stage.wait(3);
    },
  },
  {
    name: 'client-killed-uploads',
    story: 'A Python client with seven uploads under way is killed (SIGKILL).',
    needs: ['node', 'python3'],
    healthy: false,
    prepare: (stage) =>
      node(
        stage,
        stage.server,
        "import http from 'node:http';\nhttp.createServer((q, a) => { q.resume(); q.on('end', () => a.end('ok')); })" +
          '.listen(8080);\n',
        8080,
      ),
    async play(stage) {
      const load = pythonOn(
        stage,
        stage.client,
        EACH(
          7,
          0.2,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 8080))
s.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99000000\r\n\r\n")
while True: s.sendall(b"x" * 5000); time.sleep(.05)
`,
        ),
      );
      await stage.wait(5);
      load.signal('SIGKILL');
      await stage.wait(3);
    },
    truth: {
      says: 'The client ended seven uploads in one moment, in the middle: its process was ended.',
      diagnosis: 'client-exit',
      by: 'client',
      findings: ['any'],
    },
  },
  {
    name: 'go-linger-by-design-ok',
    story: 'A Go server ends each connection by RST (SetLinger 0) a tenth of a second after its answer has arrived.',
    needs: ['go', 'python3'],
    healthy: true,
    prepare: (stage) =>
      go(
        stage,
        stage.server,
        `package main
import ("net"; "time")
func main() {
  l, _ := net.Listen("tcp", ":7000")
  for { c, err := l.Accept(); if err != nil { return }
    go func() { b := make([]byte, 99); c.Read(b); c.Write(make([]byte, 3000)); time.Sleep(100 * time.Millisecond)
      c.(*net.TCPConn).SetLinger(0); c.Close() }() }
}
`,
        7000,
      ),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          40,
          0.1,
          `
s = socket.create_connection(("${stage.server.v4}", 7000)); s.sendall(b"ask"); n = 0
while n < 3000: n += len(s.recv(9999))
time.sleep(.3); s.close()
`,
        ),
      ),
  },
  {
    name: 'scans-ok',
    story: 'nc -z over 300 ports, and nmap by connect, ACK, FIN and its probes of versions, of a host with redis and nginx.',
    needs: ['redis-server', 'nginx', 'nmap', 'python3'],
    healthy: true,
    async prepare(stage) {
      await redis(stage.server);
      await nginx(stage, stage.server, { http: 'server { listen 80; return 200 "a"; }' });
    },
    play: (stage) =>
      stage.client.run(
        `a=${stage.server.v4}; nc -z -w 1 $a 1-300; nmap -n -Pn -sT -p 1-200,6379 $a; nmap -n -Pn -sA -p 70-90 $a; ` +
          `nmap -n -Pn -sF -p 70-90 $a; timeout 20 nmap -n -Pn -sV --version-light -p 80,6379 $a`,
      ),
  },
  {
    name: 'socat-half-close-ok',
    story: 'socat -t 20 forwards to a server that answers two seconds after its client has half-closed (ncat, stdin).',
    needs: ['socat', 'python3'],
    healthy: true,
    async prepare(stage) {
      await answersAtTheEnd(stage);
      const program = stage.server.start(
        `exec socat -t 20 TCP-LISTEN:7000,fork,reuseaddr TCP:${stage.backend.v4}:7000`,
      );
      await stage.server.listening(7000, program);
    },
    play: (stage) => python(stage, stage.client, HALF_CLOSES(stage)),
  },
  {
    name: 'socat-half-close-cut',
    story: 'The same with socat as it is (-t 0.5): it closes half a second after the half-close, before the answer.',
    needs: ['socat', 'python3'],
    healthy: false,
    async prepare(stage) {
      await answersAtTheEnd(stage);
      await stage.server.listening(
        7000,
        stage.server.start(`exec socat TCP-LISTEN:7000,fork,reuseaddr TCP:${stage.backend.v4}:7000`),
      );
    },
    async play(stage) {
      await python(stage, stage.client, HALF_CLOSES(stage));
      await stage.wait(2.5);
    },
    truth: {
      says: 'The server closes 0.5 s after its client has half-closed, without an answer: -t of socat.',
      diagnosis: ['client-patience', 'closed-without-answer'],
      by: 'server',
      seconds: 0.5,
      findings: ['unanswered-request'],
    },
  },
  {
    name: 'slow-readers-ok',
    story: 'curl --limit-rate and a Python client that reads a little at a time load 2 MB for eight seconds.',
    needs: ['nginx', 'curl', 'python3'],
    healthy: true,
    async prepare(stage) {
      stage.server.must('head -c 2000000 /dev/zero > big');
      await nginx(stage, stage.server, { http: 'server { listen 80; }' });
      stage.client.must('sysctl -qw net.ipv4.tcp_rmem="4096 32768 65536"');
    },
    async play(stage) {
      const slow = stage.client.start(
        `for i in 1 2 3; do curl -s --limit-rate 250k http://${stage.server.v4}/big -o /dev/null & done; wait`,
      );
      await python(
        stage,
        stage.client,
        EACH(
          3,
          0.3,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 80)); s.sendall(b"GET /big HTTP/1.0\r\n\r\n")
while s.recv(40000): time.sleep(.15)
s.close()
`,
        ),
      );
      await slow.over();
    },
  },
  {
    name: 'tcp-habits-ok',
    story: 'One fixed source port again and again, urgent data, and Multipath TCP with a server that knows it not.',
    needs: ['redis-server', 'python3'],
    healthy: true,
    prepare: (stage) => redis(stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, time
a = ("${stage.server.v4}", 6379)
for n in range(4):
    s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("", 900)); s.connect(a)
    s.sendall(b"PING\\r\\nQUIT\\r\\n"); print(s.recv(99)); time.sleep(.1); print(s.recv(99)); s.close(); time.sleep(.7)
s = socket.create_connection(a); s.send(b"PIN"); s.send(b"G", socket.MSG_OOB); time.sleep(.2); s.sendall(b"\\r\\n")
time.sleep(1); s.close()
for n in range(3):
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262); s.connect(a); s.sendall(b"PING\\r\\n"); s.recv(99); s.close()
`,
      ),
  },
  {
    name: 'sockets-killed',
    story: 'An administrator ends all connections of redis with ss -K on the server.',
    needs: ['redis-server', 'python3'],
    healthy: false,
    prepare: (stage) => redis(stage.server),
    async play(stage) {
      const load = pythonOn(stage, stage.client, TALK(stage));
      await stage.wait(3);
      await stage.server.run("ss -K -tn state established sport = :6379 || echo no");
      await load.over();
    },
    truth: {
      says: 'The server ended all seven connections in one moment, and took new ones at once.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['any'],
    },
  },
];

/** Seven clients of redis, which ask all the time and begin anew when they hear nothing for 3 s. */
function TALK(stage) {
  return EACH(
    7,
    0.1,
    String.raw`
end = time.time() + 12; s = None
while time.time() < end:
    try:
        if s is None: s = socket.create_connection(("${stage.server.v4}", 6379), 3)
        s.sendall(b"PING\r\n"); s.recv(99) or 1 / 0; time.sleep(.2 + i * .03)
    except (OSError, ZeroDivisionError) as e: print(i, e); s and s.close(); s = None
s and s.close()
`,
  );
}

/** A server that answers two seconds after all that its client has sent. */
async function answersAtTheEnd(stage) {
  const program = pythonOn(
    stage,
    stage.backend,
    `
import socket, threading, time
def serve(c):
    while c.recv(9999): pass
    time.sleep(2)
    try: c.sendall(b"done")
    except OSError: pass
    c.close()
l = socket.create_server(("", 7000))
while True: c, _ = l.accept(); threading.Thread(target=serve, args=(c,)).start()
`,
  );
  await stage.backend.listening(7000, program);
}

function HALF_CLOSES(stage) {
  return EACH(
    7,
    0.4,
    `
s = socket.create_connection(("${stage.server.v4}", 7000)); s.settimeout(9); s.sendall(b"work" * 500)
s.shutdown(socket.SHUT_WR); print(i, s.recv(99)); s.close()
`,
  );
}
