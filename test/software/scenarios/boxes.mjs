/** What stands on the way: firewalls, NAT, a road that is cut or narrow, and who sends to nobody. */
import { FORWARD, lighttpd, mariadb, memcached, nginx, node, postgres, python, redis } from '../programs.mjs';

/** Python sockets that say a line of memcached each 0.4 s for `seconds`, and give up after `patience`. */
const TALK = (host, { count = 6, seconds = 12, patience = 5 }) => `
import socket, threading, time
def session(i):
    time.sleep(i * .1); end = time.time() + ${seconds}
    s = socket.create_connection(("${host}", 11211)); s.settimeout(${patience})
    try:
        while time.time() < end: s.sendall(b"version\\r\\n"); s.recv(99) or print(i, "EOF"); time.sleep(.4)
        print(i, "over")
    except OSError as e: print(i, type(e).__name__, e)
    s.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(${count})]
for t in ts: t.start()
for t in ts: t.join()
`;

/** Sessions that ask, idle for the seconds of the list, and ask again. */
const IDLE = (host, port, line, idles, patience = 6) => `
import socket, threading, time
def session(i, idle):
    time.sleep(i * .3); s = socket.create_connection(("${host}", ${port})); s.settimeout(${patience})
    s.sendall(${JSON.stringify(line)}.encode()); s.recv(999)
    time.sleep(idle)
    try: s.sendall(${JSON.stringify(line)}.encode()); print(i, idle, s.recv(99)[:20])
    except OSError as e: print(i, idle, type(e).__name__)
    s.close()
ts = [threading.Thread(target=session, args=(i, idle)) for i, idle in enumerate(${JSON.stringify(idles)})]
for t in ts: t.start()
for t in ts: t.join()
`;

export const BOXES = [
  {
    name: 'drop-syn-redis',
    story:
      "The router drops SYNs to redis' port in silence; redis-cli -t 4 three times; memcached on the same host " +
      'answers.',
    needs: ['redis-server', 'redis-cli', 'memcached', 'ncat', 'nft'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      await redis(stage.server);
      await memcached(stage.server);
      stage.router.firewall(FORWARD, 'tcp dport 6379 drop');
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3; do timeout 4 redis-cli -h ${stage.server.v4} ping; echo $?; printf ` +
          `'version\\r\\nquit\\r\\n' | ncat ${stage.server.v4} 11211; done`,
      ),
    truth: {
      says:
        'No SYN to port 6379 was answered (3 attempts, some 4 s each) while port 11211 of the same host answers: ' +
        'a firewall drops.',
      diagnosis: 'firewall-drop',
      findings: ['unanswered/filtered', 'unanswered'],
    },
  },
  {
    name: 'reject-icmp-postgres',
    story:
      "The router rejects PostgreSQL's port with ICMP host-prohibited; psql five times; then admin-prohibited over " +
      'IPv6.',
    needs: ['postgres', 'psql', 'nft'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      await postgres(stage, stage.server);
      stage.router.firewall(
        FORWARD,
        'meta nfproto ipv4 tcp dport 5432 reject with icmp type host-prohibited',
        'meta nfproto ipv6 tcp dport 5432 reject with icmpv6 type admin-prohibited',
      );
    },
    play: (stage) =>
      stage.client.run(
        `for h in ${stage.server.v4} ${stage.server.v4} ${stage.server.v6} ${stage.server.v6} ${stage.server.v4}; do ` +
          `psql -h $h -U postgres -Atc 'select 1' 2>&1 | head -1; sleep .5; done`,
      ),
    truth: {
      says: 'The router rejects every SYN to port 5432 by ICMP (host prohibited, admin prohibited): a firewall.',
      diagnosis: 'firewall-reject',
      by: 'router',
      findings: ['unanswered/rejected', 'unanswered'],
    },
  },
  {
    name: 'reject-reset-memcached',
    story:
      "The server's own firewall rejects memcached's port with tcp reset, although memcached listens; eight attempts.",
    needs: ['memcached', 'python3', 'nft'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      await memcached(stage.server);
      stage.router.firewall(FORWARD, 'tcp dport 11211 reject with tcp reset');
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, time
for i in range(8):
    try: socket.create_connection(("${stage.server.v4}", 11211), 3)
    except OSError as e: print(e)
    time.sleep(.4)
`,
      ),
    truth: {
      says:
        'Eight attempts at port 11211 are refused (whether by the server or by a firewall before it, the TTL ' +
        'tells: 64 and 63).',
      diagnosis: ['firewall-reject', 'retries'],
      findings: ['refused'],
    },
  },
  {
    name: 'drop-midstream-memcached',
    story:
      "After 4 s the server's own firewall drops what comes for memcached: six conversations fall silent at once, " +
      'clients give up after 5 s.',
    needs: ['memcached', 'python3', 'nft'],
    healthy: false,
    tap: 'client',
    prepare: (stage) => memcached(stage.server),
    async play(stage) {
      stage.write('talk.py', TALK(stage.server.v4, {}));
      const talk = stage.client.start('exec python3 talk.py');
      await stage.wait(4);
      stage.router.firewall(FORWARD, 'tcp dport 11211 drop');
      await talk.over();
      await stage.wait(4);
    },
    truth: {
      says:
        'All six conversations with the server fell silent in the same moment, in the middle; no RST, no FIN of ' +
        'the server: something drops.',
      diagnosis: ['firewall-drop', 'failover', 'nat-forgot'],
      findings: ['half-open', 'half-open/retransmission-timeout', 'unanswered-request', 'one-way'],
    },
  },
  {
    name: 'reject-midstream-postgres',
    story:
      "After 4 s the router rejects PostgreSQL's port by ICMP admin-prohibited in the middle of five sessions: their " +
      'kernel goes on sending until tcp_user_timeout (6 s).',
    needs: ['postgres', 'psycopg2', 'nft'],
    healthy: false,
    tap: 'client',
    prepare: (stage) => postgres(stage, stage.server),
    async play(stage) {
      stage.write(
        'talk.py',
        `
import psycopg2, threading, time
def session(i):
    c = psycopg2.connect(host="${stage.server.v4}", user="postgres", dbname="postgres", tcp_user_timeout=6000)
    c.autocommit = True; q = c.cursor()
    try:
        for k in range(30): q.execute("select %s", (k,)); time.sleep(.5)
        print(i, "over")
    except Exception as e: print(i, str(e)[:60])
ts = [threading.Thread(target=session, args=(i,)) for i in range(5)]
for t in ts: t.start()
for t in ts: t.join()
`,
      );
      const talk = stage.client.start('exec python3 talk.py');
      await stage.wait(4);
      stage.router.firewall(FORWARD, 'tcp dport 5432 reject with icmp type admin-prohibited');
      await talk.over();
    },
    truth: {
      says:
        'From one moment on the router rejects what the five sessions send, by ICMP (admin prohibited): a ' +
        'firewall.',
      diagnosis: 'firewall-reject',
      by: 'router',
      findings: ['half-open', 'half-open/retransmission-timeout', 'unanswered-request', 'any'],
    },
  },
  {
    name: 'redis-keepalive-dead-client',
    story:
      'redis with tcp-keepalive 3; the link of five idle clients goes down for good: three probes without an answer, ' +
      'and redis is told that they are dead.',
    needs: ['redis-server', 'python3', 'ncat'],
    healthy: false,
    prepare: (stage) => redis(stage.server, '--tcp-keepalive 3'),
    async play(stage) {
      stage.write(
        'idle.py',
        `
import socket, time
ss = []
for i in range(5):
    s = socket.create_connection(("${stage.server.v4}", 6379)); s.sendall(b"PING\\r\\n"); s.recv(99)
    ss.append(s); time.sleep(.2)
time.sleep(60)
`,
      );
      stage.client.start('exec python3 idle.py');
      await stage.wait(6);
      stage.router.must('ip link set client down');
      await stage.backend.run(
        `for i in $(seq 9); do printf 'PING\\r\\nQUIT\\r\\n' | ncat ${stage.server.v4} 6379; sleep 1.5; done`,
      );
    },
    truth: {
      says:
        'Five clients of one address no longer answer keepalive probes (three, 1 s apart, after 3 s idle): the ' +
        'host or its road is gone.',
      findings: ['half-open/keepalive-timeout', 'half-open'],
    },
  },
  {
    name: 'reset-after-quota',
    story:
      'A box on the way resets downloads after 400 kB (nft quota, reject with tcp reset, towards the server only): ' +
      'curl hangs up by itself later.',
    needs: ['lighttpd', 'curl', 'nft'],
    healthy: false,
    async prepare(stage) {
      stage.write('big.bin', 'x'.repeat(5_000_000));
      await lighttpd(stage, stage.server, '');
      stage.router.must('sysctl -qw net.netfilter.nf_conntrack_acct=1');
      stage.router.firewall(FORWARD, 'tcp sport 80 ct bytes > 400000 reject with tcp reset');
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4 5; do curl -sS -m 4 http://${stage.server.v4}/big.bin -o /dev/null -w '%{size_download} ` +
          `%{errormsg}\\n'; done`,
      ),
    truth: {
      says:
        "A RST in the client's name (TTL 64 in place of 63) cuts each download after some 400 kB; the client " +
        'never sent it.',
      diagnosis: 'firewall-reset',
      findings: ['forged-reset'],
    },
  },
  {
    name: 'nat-forgets-memcached',
    story:
      'A NAT gateway that forgets after 6 s (nf_conntrack_tcp_timeout_established, loose=0, invalid dropped): ' +
      'memcached sessions that idle ' +
      '2 and 4 s live, those of 8 and 11 s die; seen at the client.',
    needs: ['memcached', 'python3', 'nft'],
    healthy: false,
    tap: 'client',
    prepare: (stage) => nat(stage, () => memcached(stage.server), 6),
    play: (stage) =>
      python(stage, stage.client, IDLE(stage.server.v4, 11211, 'version\r\n', [2, 4, 8, 11, 2, 4, 8, 11, 4, 8])),
    truth: {
      says:
        'Connections idle for 8 s and more died (5 of 5), those idle for 4 s and less lived (5 of 5): something ' +
        'on the way forgets between 4 and 8 s.',
      diagnosis: 'nat-forgot',
      findings: ['half-open', 'half-open/retransmission-timeout', 'unanswered-request', 'one-way'],
    },
  },
  {
    name: 'nat-forgets-postgres',
    story:
      'The same NAT with 9 s before PostgreSQL: psycopg2 sessions that idle 3, 6 and 13 s; seen at the server, which ' +
      'never hears of the dead ones again.',
    needs: ['postgres', 'psycopg2', 'nft'],
    healthy: false,
    tap: 'client',
    prepare: (stage) => nat(stage, () => postgres(stage, stage.server), 9),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import psycopg2, threading, time
def session(i, idle):
    time.sleep(i * .3)
    c = psycopg2.connect(host="${stage.server.v4}", user="postgres", dbname="postgres", tcp_user_timeout=5000)
    c.autocommit = True
    q = c.cursor(); q.execute("select 1"); time.sleep(idle)
    try: q.execute("select 2"); print(i, idle, q.fetchone()); c.close()
    except Exception as e: print(i, idle, str(e)[:50])
ts = [threading.Thread(target=session, args=(i, idle)) for i, idle in enumerate([3, 6, 13, 6, 13, 3, 13, 13])]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'Sessions idle for 13 s died (4 of 4), those idle for 6 s lived: something on the way forgets between 6 ' +
        'and 13 s.',
      diagnosis: 'nat-forgot',
      findings: ['half-open', 'half-open/retransmission-timeout', 'unanswered-request', 'one-way'],
    },
  },
  {
    name: 'nat-flushed-download',
    story:
      "The state of a NAT gateway is flushed (conntrack -F) under slow downloads: the server's segments reach the " +
      'gateway itself, which answers RST; seen at the server.',
    needs: ['nginx', 'curl', 'conntrack', 'nft'],
    healthy: false,
    prepare: (stage) =>
      nat(
        stage,
        async () => {
          stage.write('big.bin', 'x'.repeat(4_000_000));
          await nginx(stage, stage.server, { http: 'server { listen 80; limit_rate 200k; }' });
        },
        600,
      ),
    async play(stage) {
      const load = stage.client.start(
        `for i in 1 2 3 4; do curl -sS -m 12 http://${stage.server.v4}/big.bin -o /dev/null -w '%{size_download} ` +
          `%{errormsg}\\n' & done; wait`,
      );
      await stage.wait(4);
      await stage.router.run('conntrack -F');
      await load.over();
    },
    truth: {
      says:
        'Four downloads were ended by RSTs in the same moment, of a host (the gateway) that had forgotten them: ' +
        'TTL 64 in place of 63.',
      diagnosis: ['nat-forgot', 'firewall-reset', 'failover'],
      by: 'router',
      findings: ['rst-after-push/no-socket', 'forged-reset', 'any'],
    },
  },
  {
    name: 'one-way-answers-lost',
    story:
      'The router loses what the server sends from port 8081 (an asymmetric route): SYN-ACKs are sent again and ' +
      'again; seen at the server.',
    needs: ['lighttpd', 'curl', 'nft'],
    healthy: false,
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await lighttpd(stage, stage.server, 'index-file.names = ("index.html")\n$SERVER["socket"] == ":8081" { }');
      stage.router.firewall(FORWARD, 'tcp sport 8081 drop');
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3; do curl -sS -m 5 http://${stage.server.v4}:8081/ -o /dev/null -w '%{http_code} ` +
          `%{errormsg}\\n'; curl -s http://${stage.server.v4}/ -o /dev/null -w '%{http_code}\\n'; done`,
      ),
    truth: {
      says:
        'The server answers each SYN to port 8081, again and again, and the client never hears it: the way back ' +
        'is cut.',
      diagnosis: ['firewall-drop', 'firewall-reject'],
      findings: ['one-way', 'incomplete-handshake', 'unanswered'],
    },
  },
  {
    name: 'mtu-blackhole-upload',
    quick: true,
    story:
      'The link to the server has MTU 1320 and the ICMP errors are lost: small requests pass, uploads of 200 kB ' +
      'hang; seen at the client.',
    needs: ['nginx', 'curl', 'nft'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await nginx(stage, stage.server, {
        http:
          'server { listen 80; client_max_body_size 0; location /up { proxy_pass http://127.0.0.1:81; } } server ' +
          '{ listen 81; return 200 "ok\\n"; }',
      });
      stage.server.must('ip link set lo up');
      stage.router.must('ip link set server mtu 1320');
      stage.router.firewall('type filter hook output priority 0', 'meta l4proto { icmp, ipv6-icmp } drop');
      stage.client.must('head -c 200000 /dev/zero > up.bin; sysctl -qw net.ipv4.tcp_mtu_probing=0');
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3; do curl -sS -m 8 -H Expect: -T up.bin http://${stage.server.v4}/up -o /dev/null -w ` +
          `'%{http_code} %{errormsg}\\n' & done; for i in 1 2 3 4; do curl -s http://${stage.server.v4}/ -o ` +
          `/dev/null -w '%{http_code}\\n'; sleep 2; done; wait`,
      ),
    truth: {
      says:
        'Segments of full size (1448 bytes) never arrive, small ones do (3 of 3 uploads): the path MTU is ' +
        'smaller, and ICMP is filtered. Clamp the MSS.',
      diagnosis: 'path-mtu',
      by: ['client', 'router'],
      findings: ['path-mtu'],
    },
  },
  {
    name: 'mtu-discovered-ok',
    story: 'The same narrow link with ICMP: path MTU discovery works, the uploads pass.',
    needs: ['nginx', 'curl'],
    healthy: true,
    tap: 'client',
    async prepare(stage) {
      await nginx(stage, stage.server, {
        http:
          'server { listen 80; client_max_body_size 0; location /up { proxy_pass http://127.0.0.1:81; } } server ' +
          '{ listen 81; return 200 "ok\\n"; }',
      });
      stage.router.must('ip link set server mtu 1320');
      stage.client.must('head -c 200000 /dev/zero > up.bin');
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4; do curl -sS -m 8 -H Expect: -T up.bin http://${stage.server.v4}/up -o /dev/null -w ` +
          `'%{http_code} %{errormsg}\\n'; done`,
      ),
  },
  {
    name: 'failover-host-gone',
    story:
      "The server's link goes down under eight conversations with memcached; after 5 s another host takes over its " +
      'address: RSTs to what it never knew.',
    needs: ['memcached', 'python3'],
    healthy: false,
    tap: 'client',
    async prepare(stage) {
      await memcached(stage.server);
      await memcached(stage.backend);
    },
    async play(stage) {
      stage.write('talk.py', TALK(stage.server.v4, { count: 8, seconds: 14, patience: 12 }));
      const talk = stage.client.start('exec python3 talk.py');
      await stage.wait(3);
      stage.router.must(`ip link set server down`);
      await stage.wait(5);
      stage.backend.must(`ip address add ${stage.server.v4}/32 dev lo`);
      stage.router.must(`ip route replace ${stage.server.v4}/32 via ${stage.backend.v4}`);
      await talk.over();
    },
    truth: {
      says:
        'All eight conversations fell silent in one moment; 5 s later a host that did not know them answered with ' +
        'RSTs: failover.',
      diagnosis: ['failover', 'restart'],
      findings: ['rst-after-push/no-socket', 'half-open', 'half-open/stale-peer', 'any'],
    },
  },
  {
    name: 'synflood-redis',
    story: "hping3 floods redis' port with 2,500 SYNs of random sources, cookies on, backlog 64; redis-cli goes on.",
    needs: ['redis-server', 'redis-cli', 'hping3'],
    healthy: false,
    async prepare(stage) {
      await redis(stage.server);
      stage.server.must('sysctl -qw net.ipv4.tcp_syncookies=1 net.ipv4.tcp_max_syn_backlog=64');
      stage.router.must(
        'sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.client.rp_filter=0; ip route add blackhole default',
      );
    },
    async play(stage) {
      const flood = stage.client.start(`exec hping3 -S -p 6379 --rand-source -i u1600 -c 2500 -q ${stage.server.v4}`);
      await stage.wait(0.5);
      await stage.client.run(`for i in 1 2 3 4 5; do redis-cli -h ${stage.server.v4} incr n; sleep .6; done`);
      await flood.over();
      await stage.wait(3);
    },
    truth: {
      says:
        '2,500 addresses sent a SYN each to port 6379 within 4 s and never completed: SYN flood; five real ' +
        'clients were served. Whose doing it is no packet shows: the addresses are invented.',
      diagnosis: 'syn-flood',
      findings: ['incomplete-handshake', 'any'],
      any: true,
    },
  },
  {
    name: 'nmap-scan-ok',
    story:
      'nmap scans 300 ports of the server twice, by SYN and by connect; redis and lighttpd are open. A scan is ' +
      'information, not a fault.',
    needs: ['nmap', 'redis-server', 'lighttpd'],
    healthy: true,
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await redis(stage.server);
      await lighttpd(stage, stage.server, '');
    },
    play: (stage) =>
      stage.client.run(
        `nmap -n -Pn -sS -p 1-300,6379 --max-retries 1 -T4 ${stage.server.v4} | tail -5; nmap -n -Pn -sT -p ` +
          `1-300,6379 --max-retries 1 -T4 ${stage.server.v4} | tail -5`,
      ),
    truth: { says: 'One address tried some 300 ports: a scan, as information.', diagnosis: 'scan' },
  },
  {
    name: 'retries-refused',
    story: 'redis is down; a redis-py client tries each 250 ms for 12 s, from one host: 46 refusals.',
    needs: ['redis'],
    healthy: false,
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import redis, time
n = 0
for i in range(46):
    try: redis.Redis(host="${stage.server.v4}").ping()
    except redis.ConnectionError: n += 1
    time.sleep(.25)
print(n, "refused")
`,
      ),
    truth: {
      says:
        'One client tried port 6379 46 times (each 0.25 s) and was refused each time: nothing listens; the client ' +
        'retries without backing off.',
      diagnosis: 'retries',
      by: 'client',
      findings: ['refused'],
    },
  },
  {
    name: 'v6-dropped-fallback',
    story: 'The road drops IPv6 SYNs; curl falls back to IPv4 after 200 ms, six times over (happy eyeballs).',
    needs: ['lighttpd', 'curl', 'nft'],
    healthy: true,
    tap: 'client',
    async prepare(stage) {
      stage.write('index.html', 'hello\n');
      await lighttpd(stage, stage.server, 'index-file.names = ("index.html")');
      stage.router.firewall(FORWARD, 'meta nfproto ipv6 tcp flags syn drop');
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4 5 6; do curl -sS --resolve www.test:80:[${stage.server.v6}],${stage.server.v4} ` +
          `http://www.test/ -o /dev/null -w '%{http_code} %{remote_ip} %{time_total}\\n'; sleep .3; done`,
      ),
    truth: {
      says: 'IPv6 is not answered, IPv4 works 0.2 s later: a fallback, as information.',
      diagnosis: 'dual-stack-fallback',
    },
  },
  {
    name: 'keepalive-through-nat-ok',
    quick: true,
    story: 'The same forgetful NAT (6 s) and node sockets with keep-alive probes every 3 s: they idle 12 s and live.',
    needs: ['node', 'nft'],
    healthy: true,
    tap: 'client',
    prepare: (stage) =>
      nat(
        stage,
        () =>
          node(
            stage,
            stage.server,
            `
import net from 'node:net';
net.createServer((s) => { s.on('data', () => s.write('ok\\n')); s.on('error', () => {}); }).listen(7000);
`,
            7000,
          ),
        6,
      ),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, time
ss = []
for i in range(5):
    s = socket.create_connection(("${stage.server.v4}", 7000)); s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for o, v in ((socket.TCP_KEEPIDLE, 3), (socket.TCP_KEEPINTVL, 1)): s.setsockopt(socket.IPPROTO_TCP, o, v)
    s.sendall(b"x"); s.recv(9); ss.append(s)
time.sleep(12)
for s in ss: s.sendall(b"x"); print(s.recv(9)); s.close()
`,
      ),
  },
  {
    name: 'mariadb-road-cut',
    story:
      "The road to the client is cut for 9 s while MariaDB works for it: the server's answers are sent again and " +
      'again; then the road is whole, and all is answered.',
    needs: ['mariadbd', 'pymysql', 'nft'],
    healthy: false,
    prepare: (stage) => mariadb(stage, stage.server),
    async play(stage) {
      stage.write(
        'maria.py',
        `
import pymysql, threading, time
def session(i):
    c = pymysql.connect(host="${stage.server.v4}", user="u"); q = c.cursor()
    try: q.execute("select sleep(5), repeat('x', 300000)"); q.fetchall(); print(i, "answered")
    except Exception as e: print(i, e)
    c.close()
ts = [threading.Thread(target=session, args=(i,)) for i in range(5)]
for t in ts: t.start()
for t in ts: t.join()
`,
      );
      const work = stage.client.start('exec python3 maria.py');
      await stage.wait(2);
      // Rules take hold at once; a link takes seconds to go down on a busy machine, and then nothing waits any more.
      stage.router.firewall(FORWARD, 'oifname "client" drop', 'iifname "client" drop');
      await stage.wait(9);
      stage.router.must('nft delete table inet stage');
      await stage.wait(0.2);
      await work.over();
    },
    truth: {
      says:
        'All five connections of one client fell silent for some 8 s; the server sent its answers again and ' +
        'again; then they went on: the road was cut.',
      diagnosis: ['failover', 'firewall-drop'],
      findings: ['any'],
      any: true,
    },
  },
];

/** A gateway with its address in place of the client's, which forgets what is idle for so many seconds. */
async function nat(stage, serve, seconds) {
  await serve();
  stage.router.firewall('type nat hook postrouting priority 100', 'oifname "server" masquerade random');
  stage.router.firewall(FORWARD, 'ct state invalid drop');
  stage.router.must(
    `sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=${seconds} net.netfilter.nf_conntrack_tcp_loose=0`,
  );
}
