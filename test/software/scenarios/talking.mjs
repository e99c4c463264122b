/** Who talks for hours: BGP, XMPP, IRC, SIP, TURN, OpenVPN, redis' sentinels, and the clocks by which each leaves. */
import { EACH } from '../clients.mjs';
import { FORWARD, python, pythonOn, redis } from '../programs.mjs';
import { OPTIONS, birds, coturn, kamailio, ngircd, prosody } from '../talking-programs.mjs';

const XMPP = String.raw`b"<?xml version='1.0'?><stream:stream to='test' xmlns='jabber:client' " \
b"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"`;

/** A client of XMPP that has logged in as user `i`; `until` reads up to a word. */
const XMPP_LOGIN = (address) => String.raw`
import base64
def until(s, word):
    got = b""
    while word not in got:
        more = s.recv(4096)
        if not more: raise OSError("closed: %r" % got[-99:])
        got += more
    return got
def login(i):
    s = socket.create_connection(("${address}", 5222)); s.settimeout(20)
    s.sendall(${XMPP}); until(s, b"</stream:features>")
    key = base64.b64encode(b"\0u%d\0secret" % i)
    s.sendall(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" + key + b"</auth>")
    until(s, b"<success")
    s.sendall(${XMPP}); until(s, b"</stream:features>")
    s.sendall(b"<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
    until(s, b"</iq>"); s.sendall(b"<presence/>")
    return s
`;

/** A client of IRC that has logged in as n0, n1, … */
const IRC_LOGIN = (address) => String.raw`
def until(s, word):
    got = b""
    while word not in got:
        more = s.recv(4096)
        if not more: raise OSError("closed: %r" % got[-99:])
        got += more
    return got
def login(i):
    s = socket.create_connection(("${address}", 6667)); s.settimeout(30)
    s.sendall(b"NICK n%d\r\nUSER n%d 0 * :n\r\n" % (i, i)); until(s, b" n%d :End of MOTD" % i)
    return s
`;

const vpn = (host, role, more) =>
  host.start(
    `exec openvpn --dev tun7 --secret vpn.key --cipher AES-256-CBC --data-ciphers-fallback AES-256-CBC --verb 1 ` +
      `--proto tcp-${role} --port 1194 --connect-retry 1 2 --ping 1 ${more}`,
  );

async function vpns(stage, more) {
  stage.server.must('openvpn --genkey secret vpn.key');
  const far = vpn(stage.server, 'server', `--ifconfig 10.9.0.1 10.9.0.2 ${more}`);
  await stage.server.listening(1194, far);
  return {
    far,
    near: () =>
      vpn(stage.client, 'client', `--remote ${stage.server.v4} --nobind --ifconfig 10.9.0.2 10.9.0.1 ${more}`),
  };
}

const sentinel = (stage, after) => {
  stage.write(
    'sentinel.conf',
    `port 26379\nprotected-mode no\nsentinel monitor m ${stage.server.v4} 6379 1\n` +
      `sentinel down-after-milliseconds m ${after}\n`,
  );
  return stage.client.start('exec redis-sentinel sentinel.conf');
};

export const TALKING = [
  {
    name: 'bird-ok',
    story: 'BIRD has BGP sessions with three peers for 16 s; one is disabled by its operator, and enabled again.',
    needs: ['bird'],
    healthy: true,
    async prepare(stage) {
      await birds(stage);
    },
    async play(stage) {
      await stage.wait(9);
      await stage.client.run('birdc -s bird-3.ctl disable p');
      await stage.wait(2);
      await stage.client.run('birdc -s bird-3.ctl enable p');
      await stage.wait(7);
      await stage.client.run('for i in 2 3 4; do birdc -s bird-$i.ctl show protocols | tail -1; done');
    },
  },
  {
    name: 'bird-frozen-hold-6',
    story: 'A BIRD stands still (SIGSTOP) for 11 s: its three peers hear no KEEPALIVE for 6 s, their hold time, and leave.',
    needs: ['bird'],
    healthy: false,
    async prepare(stage) {
      stage.birds = await birds(stage);
      await stage.wait(4);
    },
    async play(stage) {
      await stage.wait(3);
      stage.birds.program.signal('SIGSTOP');
      await stage.wait(11);
      stage.birds.program.signal('SIGCONT');
      await stage.wait(4);
      await stage.client.run('for i in 2 3 4; do birdc -s bird-$i.ctl show protocols | tail -1; done');
    },
    truth: {
      says: 'The server said nothing for more than 6 s: its peers gave it up at their hold time; it stood still.',
      diagnosis: ['frozen-process', 'client-patience', 'idle-limit'],
      by: ['server', 'client'],
      findings: ['any'],
    },
  },
  {
    name: 'bird-road-cut',
    story: 'The road between BIRDs drops everything for 12 s: both ends leave after 6 s, their hold time, unheard.',
    needs: ['bird', 'nft'],
    healthy: false,
    async prepare(stage) {
      stage.birds = await birds(stage);
      await stage.wait(4);
    },
    async play(stage) {
      await stage.wait(3);
      stage.router.firewall(FORWARD, 'drop');
      await stage.wait(12);
      stage.router.must('nft flush ruleset');
      await stage.wait(4);
    },
    truth: {
      says: 'Three connections fell silent at once in the middle: the road or a firewall dropped what was sent.',
      diagnosis: ['failover', 'firewall-drop', 'nat-forgot'],
      findings: ['any'],
    },
  },
  {
    name: 'bird-kill9',
    story: 'A BIRD with three peers is killed (SIGKILL), and started again after 5 s; its peers connect again.',
    needs: ['bird'],
    healthy: false,
    async prepare(stage) {
      stage.birds = await birds(stage);
      await stage.wait(4);
    },
    async play(stage) {
      await stage.wait(3);
      stage.birds.program.signal('SIGKILL');
      await stage.wait(5);
      await stage.server.listening(179, stage.birds.start());
      await stage.wait(6);
    },
    truth: {
      says: 'The server ended all of its sessions in one moment, and refused connections until it was started again.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'prosody-ok',
    story: 'Six users of Prosody (XMPP) chat, send a space every 3 s to be kept, and say good-bye after 10 s.',
    needs: ['prosody', 'python3'],
    healthy: true,
    prepare: (stage) => prosody(stage, stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          6,
          0.4,
          `
s = login(i); to = b"u%d@test" % ((i + 1) % 6)
for n in range(4):
    s.sendall(b"<message to='" + to + b"' type='chat'><body>hello</body></message>"); time.sleep(1 + i / 9)
    s.sendall(b" "); time.sleep(1)
s.sendall(b"</stream:stream>")
while s.recv(4096): pass
s.close()
`,
          XMPP_LOGIN(stage.server.v4),
        ),
      ),
  },
  {
    name: 'prosody-login-4',
    story: 'Prosody with c2s_timeout 4: seven clients begin a stream of XMPP, and do not log in for 7 s.',
    needs: ['prosody', 'python3'],
    healthy: false,
    prepare: (stage) => prosody(stage, stage.server, 'c2s_timeout = 4'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          7,
          0.5,
          `
s = socket.create_connection(("${stage.server.v4}", 5222)); s.settimeout(9)
s.sendall(${XMPP}); s.recv(4096); time.sleep(7)
try: s.sendall(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"); print(i, s.recv(400), s.recv(400))
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'The server closes clients that have not logged in after 4 s: c2s_timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [3.8, 4.3],
      findings: ['any'],
    },
  },
  {
    name: 'ngircd-ok',
    story: 'Six users chat on ngIRCd, which asks whoever is silent for 5 s by PING, and is answered.',
    needs: ['ngircd', 'python3'],
    healthy: true,
    prepare: (stage) => ngircd(stage, stage.server, 'PingTimeout = 5\nPongTimeout = 5\nMaxConnectionsIP = 0'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          6,
          0.4,
          String.raw`
s = login(i); s.sendall(b"JOIN #a\r\n"); s.settimeout(1); end = time.time() + 14; said = 0
while time.time() < end:
    try: got = s.recv(4096)
    except TimeoutError: got = b""
    if b"PING" in got: s.sendall(b"PONG :irc.test\r\n")
    if said < 3 and i % 2: s.sendall(b"PRIVMSG #a :hello\r\n"); said += 1
s.sendall(b"QUIT :bye\r\n"); s.settimeout(5)
while s.recv(4096): pass
s.close()
`,
          IRC_LOGIN(stage.server.v4),
        ),
      ),
  },
  {
    name: 'ngircd-ping-timeout-10',
    story: 'ngIRCd pings whoever is silent for 5 s (PingTimeout), and closes whoever does not answer for 5 s (PongTimeout).',
    needs: ['ngircd', 'python3'],
    healthy: false,
    prepare: (stage) => ngircd(stage, stage.server, 'PingTimeout = 5\nPongTimeout = 5\nMaxConnectionsIP = 0'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          6,
          0.5,
          String.raw`
s = login(i); time.sleep(14)
try: s.sendall(b"PRIVMSG n0 :late\r\n"); print(i, s.recv(400)[-80:]); s.sendall(b"x\r\n")
except OSError as e: print(i, e)
s.close()
`,
          IRC_LOGIN(stage.server.v4),
        ),
      ),
    truth: {
      says: 'The server closes clients that answer no PING: 10 to 13 s after their last word, PingTimeout and PongTimeout.',
      diagnosis: 'idle-limit',
      by: 'server',
      seconds: [10, 13],
      findings: ['any'],
    },
  },
  {
    name: 'ngircd-connections-per-address',
    story: 'ngIRCd with MaxConnectionsIP 4: of ten clients of one host six are turned away with ERROR.',
    needs: ['ngircd', 'python3'],
    healthy: false,
    prepare: (stage) => ngircd(stage, stage.server, 'MaxConnectionsIP = 4'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          10,
          0.3,
          `
try: s = login(i); time.sleep(5); s.close()
except OSError as e: print(i, e)
`,
          IRC_LOGIN(stage.server.v4),
        ),
      ),
    truth: {
      says: 'Four connections are taken at a time, others are turned away with a message: MaxConnectionsIP.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'kamailio-ok',
    story: 'Six phones ask Kamailio over TCP, keep their connections by two CRLF every 2 s, and leave after 9 s.',
    needs: ['kamailio', 'python3'],
    healthy: true,
    prepare: (stage) => kamailio(stage, stage.server, 'tcp_connection_lifetime=5'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          6,
          0.4,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 5060)); s.settimeout(9)
for n in range(4): s.sendall(${OPTIONS}); s.recv(999); s.sendall(b"\r\n\r\n"); s.recv(99); time.sleep(2)
s.close()
`,
        ),
      ),
  },
  {
    name: 'kamailio-lifetime-5',
    story: 'Kamailio with tcp_connection_lifetime 5: eight phones ask over TCP, and again after 13 s on the same connection.',
    needs: ['kamailio', 'python3'],
    healthy: false,
    prepare: (stage) => kamailio(stage, stage.server, 'tcp_connection_lifetime=5'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.4,
          `
s = socket.create_connection(("${stage.server.v4}", 5060)); s.settimeout(9)
try:
    for n in range(2): s.sendall(${OPTIONS}); s.recv(999) or print(i, "closed"); time.sleep(13 - 13 * n)
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'The server closes connections that are idle for 5 s, and 5 s more while a reader holds them: tcp_connection_lifetime.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [5, 12],
      findings: ['any'],
    },
  },
  {
    name: 'kamailio-max-connections',
    story: 'Kamailio with tcp_max_connections 4: of ten phones that stay for 4 s six are closed at once.',
    needs: ['kamailio', 'python3'],
    healthy: false,
    prepare: (stage) => kamailio(stage, stage.server, 'tcp_max_connections=4'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          10,
          0.2,
          `
s = socket.create_connection(("${stage.server.v4}", 5060)); s.settimeout(9)
try:
    for n in range(5): s.sendall(${OPTIONS}); s.recv(999) or print(i, "closed"); time.sleep(.8)
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'Four connections are taken at a time, others are closed as soon as they stand: tcp_max_connections.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'coturn-ok',
    story: 'Clients of coturn over TCP get relays, and send 40 messages each through them to a peer and back.',
    needs: ['turnserver'],
    healthy: true,
    async prepare(stage) {
      await coturn(stage, stage.server);
      stage.backend.start(`exec turnutils_peer -L ${stage.backend.v4} -p 3480`);
      await stage.wait(0.5);
    },
    play: (stage) =>
      stage.client.run(
        `turnutils_uclient -t -m 4 -n 40 -u u -w p -e ${stage.backend.v4} -r 3480 -X ${stage.server.v4}`,
      ),
  },
  {
    name: 'coturn-allocate-timeout-5',
    story: 'coturn with max-allocate-timeout 5: seven clients ask for their address by STUN, and for no relay for 9 s.',
    needs: ['turnserver', 'python3'],
    healthy: false,
    prepare: (stage) => coturn(stage, stage.server, '--max-allocate-timeout=5'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          7,
          0.5,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 3478)); s.settimeout(12)
try:
    for n in range(2):
        s.sendall(b"\0\1\0\0\x21\x12\xa4\x42" + b"%012d" % n); s.recv(999) or print(i, "closed")
        time.sleep(9 - 9 * n)
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'The server closes clients that have no relay after 5 s: max-allocate-timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [5, 6.2],
      findings: ['any'],
    },
  },
  {
    name: 'openvpn-ok',
    story: 'OpenVPN over TCP carries pings of ICMP and a silence of 5 s in which both ends say that they live.',
    needs: ['openvpn'],
    healthy: true,
    async prepare(stage) {
      stage.vpns = await vpns(stage, '--ping-restart 5');
    },
    async play(stage) {
      const near = stage.vpns.near();
      await stage.wait(3);
      await stage.client.run('ping -c 8 -i .3 -W 1 10.9.0.1 | tail -2');
      await stage.wait(5);
      near.signal('SIGTERM');
      await stage.wait(1);
    },
  },
  {
    name: 'openvpn-frozen-ping-restart-5',
    story: 'An OpenVPN server stands still (SIGSTOP) for 9 s: its client hears no ping for 5 s (ping-restart) and connects anew.',
    needs: ['openvpn'],
    healthy: false,
    async prepare(stage) {
      stage.vpns = await vpns(stage, '--ping-restart 5');
    },
    async play(stage) {
      stage.vpns.near();
      await stage.wait(9);
      stage.vpns.far.signal('SIGSTOP');
      await stage.wait(9);
      stage.vpns.far.signal('SIGCONT');
      await stage.wait(5);
    },
    truth: {
      says: 'The server said nothing for 5 s, and its client left it: ping-restart; the server stood still.',
      diagnosis: ['frozen-process', 'client-patience', 'idle-limit'],
      by: ['server', 'client'],
      findings: ['any'],
    },
  },
  {
    name: 'sentinel-ok',
    story: "redis' sentinel watches a redis and its clients: PING each second, INFO and SUBSCRIBE; SIGTERM ends it.",
    needs: ['redis-sentinel', 'redis-server'],
    healthy: true,
    async prepare(stage) {
      await redis(stage.server);
    },
    async play(stage) {
      const program = sentinel(stage, 3000);
      await stage.wait(14);
      program.signal('SIGTERM');
      await stage.wait(1);
    },
  },
  {
    name: 'sentinel-frozen-redis',
    story: 'redis stands still (SIGSTOP) for 20 s: its sentinel, with down-after-milliseconds 3000, drops its connections.',
    needs: ['redis-sentinel', 'redis-server'],
    healthy: false,
    async prepare(stage) {
      stage.program = await redis(stage.server);
    },
    async play(stage) {
      sentinel(stage, 3000);
      await stage.wait(4);
      stage.program.signal('SIGSTOP');
      await stage.wait(20);
      stage.program.signal('SIGCONT');
      await stage.wait(4);
    },
    truth: {
      says: 'The server answered nothing for 20 s: it stood still, and its sentinel gave its connections up.',
      diagnosis: ['frozen-process', 'client-patience'],
      by: ['server', 'client'],
      findings: ['any'],
    },
  },
  {
    name: 'prosody-restart',
    story: 'Prosody is told to end (SIGTERM) under six chatting clients, and is started again after 3 s; they come again.',
    needs: ['prosody', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.program = await prosody(stage, stage.server);
    },
    async play(stage) {
      const load = pythonOn(
        stage,
        stage.client,
        EACH(
          6,
          0.2,
          `
end = time.time() + 12
while time.time() < end:
    try:
        s = login(i)
        while time.time() < end:
            s.sendall(b"<iq type='get' id='p' to='test'><ping xmlns='urn:xmpp:ping'/></iq>"); until(s, b"<iq")
            time.sleep(.5)
        s.sendall(b"</stream:stream>"); s.close()
    except OSError as e: time.sleep(.5)
`,
          XMPP_LOGIN(stage.server.v4),
        ),
      );
      await stage.wait(4);
      stage.program.signal('SIGTERM');
      await stage.wait(3);
      await prosody(stage, stage.server);
      await load.over();
    },
    truth: {
      says: 'The server ended all its sessions in one moment, and refused connections until it was started again.',
      diagnosis: 'restart',
      by: 'server',
      findings: ['any'],
    },
  },
];
