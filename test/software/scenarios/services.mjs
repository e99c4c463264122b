/** Mail, files, shells, names, TLS. */
import { haproxy, mariadb, memcached, nginx, node, python } from '../programs.mjs';
import { sshd } from './limits.mjs';
import { certificate } from './proxies.mjs';

export const SERVICES = [
  {
    name: 'postfix-ok',
    story:
      'Postfix smtpd: smtplib sessions with QUIT, RSET and several mails (discarded), smtp-source; one client that ' +
      'leaves without QUIT after RSET.',
    needs: ['postfix', 'python3'],
    healthy: true,
    prepare: (stage) => postfix(stage),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import smtplib
for i in range(6):
    s = smtplib.SMTP("${stage.server.v4}", local_hostname="c.test")
    for k in range(1 + i % 3): s.sendmail("a@c.test", ["b@s.test"], "Subject: %d\\n\\n" % k + "hello\\n" * 400)
    s.rset(); s.quit(); print(i)
`,
      ),
  },
  {
    name: 'postfix-idle',
    story: 'Postfix smtpd_timeout=6s: clients that idle 10 s after EHLO are told 421 and closed; then they send MAIL.',
    needs: ['postfix', 'python3'],
    healthy: false,
    prepare: (stage) => postfix(stage, 'smtpd_timeout=6s'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import smtplib, threading, time
def session(i):
    time.sleep(i * .4); s = smtplib.SMTP("${stage.server.v4}", local_hostname="c.test"); s.ehlo(); time.sleep(10)
    try: print(i, s.sendmail("a@c.test", ["b@s.test"], "x\\n"))
    except Exception as e: print(i, type(e).__name__, e)
ts = [threading.Thread(target=session, args=(i,)) for i in range(6)]
for t in ts: t.start()
for t in ts: t.join()
`,
      ),
    truth: {
      says:
        'The server says something (421) and closes after 6.0 s idle (6 of 6): smtpd_timeout; the clients use the ' +
        'connection 4 s later.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 6,
      findings: ['rst-after-push'],
    },
  },
  {
    name: 'vsftpd-active-ok',
    story:
      'vsftpd with active data connections (from port 20) and passive ones: Python ftplib lists and fetches; a ' +
      'transfer that the user aborts (ABOR).',
    needs: ['vsftpd', 'python3'],
    healthy: true,
    async prepare(stage) {
      stage.server.must(
        'mkdir -p /var/run/vsftpd/empty pub; head -c 2000000 /dev/zero > pub/a.bin; echo hi > pub/b.txt; chmod 755 ' +
          'pub .',
      );
      stage.write(
        'ftp.conf',
        `listen=YES\nbackground=NO\nanonymous_enable=YES\nanon_root=${stage.folder}/pub\nconnect_from_port_20=YES\n` +
          'secure_chroot_dir=/var/run/vsftpd/empty\nseccomp_sandbox=NO\n',
      );
      stage.server.start(`exec vsftpd ${stage.folder}/ftp.conf`);
      await stage.server.listening(21);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import ftplib
for passive in (False, True, False):
    f = ftplib.FTP("${stage.server.v4}"); f.login(); f.set_pasv(passive); n = []
    print(f.nlst()); f.retrbinary("RETR a.bin", lambda b: n.append(len(b))); f.retrlines("RETR b.txt", print)
    print(sum(n)); f.quit()
`,
      ),
  },
  {
    name: 'sshd-frozen-client',
    story:
      'sshd with ClientAliveInterval 2, ClientAliveCountMax 2; three ssh sessions are stopped (SIGSTOP) for 20 s: ' +
      'the server asks, asks again and closes; then the clients go on.',
    needs: ['sshd', 'ssh'],
    healthy: false,
    prepare: (stage) => sshd(stage, '-o ClientAliveInterval=2 -o ClientAliveCountMax=2'),
    async play(stage) {
      const sessions = [1, 2, 3].map(() =>
        stage.client.start(
          `exec ssh -F none -i id -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -tt ` +
            `root@${stage.server.v4} 'sleep 40'`,
        ),
      );
      await stage.wait(4);
      for (const session of sessions) session.signal('SIGSTOP');
      await stage.wait(20);
      for (const session of sessions) session.signal('SIGCONT');
      for (const session of sessions) await session.over();
    },
    truth: {
      says:
        'Three clients answered nothing for some 20 s (their kernel acknowledged all); the server asked twice and ' +
        'closed: frozen clients, ClientAliveInterval.',
      diagnosis: ['frozen-process', 'idle-limit', 'client-patience'],
      findings: ['any'],
      any: true,
    },
  },
  {
    name: 'sftp-ok',
    story:
      'OpenSSH: sftp batches that put and get 2 MB, a command, a session ended by exit, a connection that only reads ' +
      'the banner (ssh-keyscan).',
    needs: ['sshd', 'ssh'],
    healthy: true,
    prepare: (stage) => sshd(stage),
    play: (stage) =>
      stage.client.run(
        `O='-F none -i id -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR'; head -c ` +
          `2000000 /dev/zero > up.bin; ` +
          `printf 'put up.bin ${stage.folder}/down.bin\\nget ${stage.folder}/down.bin d2.bin\\nls\\n' > batch; sftp ` +
          `$O -q -b batch root@${stage.server.v4} | tail -2; ssh $O root@${stage.server.v4} 'echo hi'; ` +
          `ssh-keyscan -t ed25519 ${stage.server.v4} 2>&1 | wc -l; sftp $O -q -b batch root@${stage.server.v4} | wc -l`,
      ),
  },
  {
    name: 'dnsmasq-tcp-ok',
    story: 'dnsmasq over TCP: Python clients ask one and several names a connection and close.',
    needs: ['dnsmasq', 'python3'],
    healthy: true,
    async prepare(stage) {
      stage.server.start(
        `exec dnsmasq -k -C /dev/null -u root --no-resolv --no-hosts --pid-file= --address=/test/192.0.2.1`,
      );
      await stage.server.listening(53);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        `
import socket, struct
def ask(name):
    labels = b"".join(bytes([len(p)]) + p for p in name.encode().split(b"."))
    q = struct.pack("!6H", 7, 256, 1, 0, 0, 0) + labels + b"\\0" + struct.pack("!2H", 1, 1)
    return struct.pack("!H", len(q)) + q
for i in range(10):
    s = socket.create_connection(("${stage.server.v4}", 53))
    for k in range(1 + i % 3): s.sendall(ask("h%d.test" % k)); n = struct.unpack("!H", s.recv(2))[0]; s.recv(n)
    s.close()
print("done")
`,
      ),
  },
  {
    name: 'haproxy-client-certificate',
    story:
      'haproxy asks for a client certificate (verify required); curl and Python without one: the TLS 1.3 handshake ' +
      'seems done, the request is answered by an alert.',
    needs: ['haproxy', 'openssl', 'curl', 'python3'],
    healthy: false,
    async prepare(stage) {
      certificate(stage.server);
      await haproxy(
        stage,
        stage.server,
        'defaults\n  mode http\n  timeout connect 1s\n  timeout client 9s\n  timeout server 9s\nlisten f\n  bind ' +
          ':443 ssl crt c.pem ca-file crt.pem verify required\n  http-request return status 200',
        443,
      );
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4 5; do curl -sSk https://${stage.server.v4}/ -o /dev/null -w '%{http_code} %{errormsg}\\n'; ` +
          `curl -sSk --tls-max 1.2 https://${stage.server.v4}/ -o /dev/null -w '%{http_code} %{errormsg}\\n'; done`,
      ),
    truth: {
      says:
        'Ten of ten TLS connections end in the handshake or right after it, without a request answered: the ' +
        'server sends an alert and closes (client certificate missing).',
      diagnosis: ['tls-handshake-failure', 'closed-without-answer'],
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'node-tls-untrusted',
    story:
      "node https clients that do not trust nginx' certificate: alert and close by the client, six times; two that " +
      'trust it work.',
    needs: ['nginx', 'node', 'openssl'],
    healthy: false,
    async prepare(stage) {
      certificate(stage.server);
      stage.write('index.html', 'hello\n');
      await nginx(stage, stage.server, {
        http:
          `server { listen 443 ssl; ssl_certificate ${stage.folder}/crt.pem; ssl_certificate_key ` +
          `${stage.folder}/k.pem; }`,
        port: 443,
      });
    },
    async play(stage) {
      stage.write(
        'tls.mjs',
        `
import https from 'node:https';
const page = { host: '${stage.server.v4}', path: '/index.html', agent: false };
for (let i = 0; i < 8; i++) await new Promise((next) => https
  .get({ ...page, rejectUnauthorized: i % 4 !== 0 }, (a) => a.resume().on('end', next))
  .on('error', (e) => { console.log(e.code); setTimeout(next, 200); }));
`,
      );
      await stage.client.run('node tls.mjs; echo over');
    },
    truth: {
      says:
        'Six of eight clients end the connection in the TLS handshake, before any request: the certificate is not ' +
        'trusted.',
      diagnosis: 'tls-handshake-failure',
      findings: ['any'],
      by: 'client',
    },
  },
  {
    name: 'openssl-tls-ok',
    quick: true,
    story:
      'openssl s_server and haproxy with TLS: Python ssl with and without close_notify, curl, node https with ' +
      'keep-alive; TLS 1.2 and 1.3.',
    needs: ['haproxy', 'openssl', 'node', 'python3', 'curl'],
    healthy: true,
    async prepare(stage) {
      certificate(stage.server);
      await haproxy(
        stage,
        stage.server,
        'defaults\n  mode http\n  timeout connect 1s\n  timeout client 5s\n  timeout server 9s\nlisten f\n  bind ' +
          ':443 ssl crt c.pem\n  http-request return status 200 content-type text/plain string hello',
        443,
      );
      stage.server.start('exec openssl s_server -accept 4433 -cert crt.pem -key k.pem -www -quiet');
      await stage.server.listening(4433);
    },
    async play(stage) {
      await stage.client.run(
        `for v in 1.2 1.3 1.2 1.3; do curl -sk --tls-max $v https://${stage.server.v4}/ -o /dev/null -w ` +
          `'%{http_code} '; curl -sk --tls-max $v https://${stage.server.v4}:4433/ -o /dev/null -w ` +
          `'%{http_code}\\n'; done`,
      );
      await python(
        stage,
        stage.client,
        `
import socket, ssl
x = ssl.create_default_context(); x.check_hostname = False; x.verify_mode = ssl.CERT_NONE
for i in range(6):
    s = x.wrap_socket(socket.create_connection(("${stage.server.v4}", 443)))
    s.sendall(b"GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n"); print(len(s.recv(9999)))
    if i % 2: s.unwrap()
    s.close()
`,
      );
      stage.write(
        'tls.mjs',
        `
import https from 'node:https';
const agent = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
const get = (next) => https.get({ host: '${stage.server.v4}', agent }, (a) => a.resume().on('end', next));
for (let i = 0; i < 6; i++) await new Promise(get);
agent.destroy();
`,
      );
      await stage.client.run('node tls.mjs; echo over');
    },
  },
  {
    name: 'late-capture-ok',
    story:
      'The capture begins in the middle: MariaDB and memcached sessions and a download from nginx that were there ' +
      'before; they go on, and end in order or stay.',
    needs: ['mariadbd', 'memcached', 'nginx', 'pymysql', 'curl'],
    healthy: true,
    async prepare(stage) {
      await mariadb(stage, stage.server);
      await memcached(stage.server);
      stage.write('big.bin', 'x'.repeat(3_000_000));
      await nginx(stage, stage.server, { http: 'server { listen 80; limit_rate 500k; }' });
      stage.write(
        'long.py',
        `
import pymysql, socket, threading, time
def maria(i):
    c = pymysql.connect(host="${stage.server.v4}", user="u"); q = c.cursor()
    for k in range(10 + i): q.execute("select repeat('x', 2000)"); q.fetchall(); time.sleep(.8)
    if i % 3: c.close()
    else: time.sleep(20)
def cache(i):
    s = socket.create_connection(("${stage.server.v4}", 11211))
    for k in range(8 + i): s.sendall(b"version\\r\\n"); s.recv(99); time.sleep(.9)
    if i % 2: s.sendall(b"quit\\r\\n"); s.recv(9)
    s.close()
for t in [threading.Thread(target=f, args=(i,)) for i in range(5) for f in (maria, cache)]: t.start()
`,
      );
      stage.client.start('exec python3 long.py');
      stage.client.start(`exec curl -s http://${stage.server.v4}/big.bin -o /dev/null`);
      await stage.wait(3);
    },
    play: (stage) => stage.wait(12),
  },
  {
    name: 'node-websocket-like-ok',
    story:
      'Long-lived node sockets that beat every 2 s for 16 s and then end in order, beside short ones: nothing to say.',
    needs: ['node'],
    healthy: true,
    prepare: (stage) =>
      node(
        stage,
        stage.server,
        `
import net from 'node:net';
net.createServer((s) => { s.on('data', (d) => s.write(d)); s.on('error', () => {}); }).listen(7000);
`,
        7000,
      ),
    async play(stage) {
      stage.write(
        'beat.mjs',
        `
import net from 'node:net';
for (let i = 0; i < 12; i++) {
  const s = net.connect(7000, '${stage.server.v4}').resume();
  const t = setInterval(() => s.write('beat\\n'), 2000);
  setTimeout(() => { clearInterval(t); s.end(); }, i % 3 ? 16_000 : 2500);
}
`,
      );
      await stage.client.run('node beat.mjs; echo over');
    },
  },
];

/** Postfix with a queue of its own that discards all mail. */
async function postfix(stage, ...settings) {
  const own = `${stage.folder}/postfix`;
  stage.server.must(
    `mkdir -p ${own}/etc ${own}/queue ${own}/data; chown postfix ${own}/data; chmod 755 . ${own} ${own}/etc`,
  );
  const lines = [
    `queue_directory = ${own}/queue`,
    `data_directory = ${own}/data`,
    'compatibility_level = 3.6',
    'inet_interfaces = all',
    'inet_protocols = ipv4',
    'myhostname = s.test',
    'mydestination = s.test',
    'mynetworks = 0.0.0.0/0',
    'default_transport = discard',
    'local_transport = discard',
    'local_recipient_maps =',
    'smtpd_peername_lookup = no',
    `maillog_file = ${own}/mail.log`,
    `maillog_file_prefixes = /tmp, ${stage.folder}`,
    'alias_maps =',
    ...settings,
  ];
  stage.write('main.cf', `${lines.join('\n')}\n`);
  stage.write(
    'master.cf',
    `smtp inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
discard unix - - n - - discard
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
`,
  );
  stage.server.must(
    `cp main.cf master.cf ${own}/etc; chmod 644 ${own}/etc/*; postfix -c ${own}/etc start || { cat ${own}/mail.log; ` +
      `false; }`,
  );
  await stage.server.listening(25);
}
