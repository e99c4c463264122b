/** Name servers and file servers: BIND, rsync, ProFTPD, git, and xinetd before whatever it starts. */
import { EACH, QUESTION, QUESTIONS, REUSED } from '../clients.mjs';
import { named, proftpd } from '../more-programs.mjs';
import { python } from '../programs.mjs';

export const NAMES_AND_FILES = [
  {
    name: 'named-idle-3',
    story: 'BIND with tcp-idle-timeout 30 (3 s), and nine clients that ask again over TCP after 3.4 s.',
    needs: ['named', 'python3'],
    healthy: false,
    prepare: (stage) => named(stage, stage.server, 'tcp-idle-timeout 30; tcp-initial-timeout 30;'),
    play: (stage) => python(stage, stage.client, REUSED(stage.server.v4, 53, 3.4, QUESTION)),
    truth: {
      says: 'The server closes connections that are idle for 3.0 s (9 of 9), and they are used again: tcp-idle-timeout.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: 3,
      findings: ['rst-after-push', 'any'],
    },
  },
  {
    name: 'named-tcp-clients',
    story: 'BIND with tcp-clients 3: ten clients ask over TCP and stay for 3 s each; most of them wait.',
    needs: ['named', 'python3'],
    healthy: false,
    prepare: (stage) => named(stage, stage.server, 'tcp-clients 3;'),
    play: (stage) => python(stage, stage.client, QUESTIONS(stage.server.v4)),
    truth: {
      says: 'Three connections are served at a time, the others wait for a place or are closed: tcp-clients.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'named-ok',
    story: 'BIND answers a hundred questions over TCP, one or many a connection, and hands out its zone (AXFR).',
    needs: ['named', 'python3'],
    healthy: true,
    prepare: (stage) => named(stage, stage.server),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.2,
          String.raw`
for k in range(3):
    s = socket.create_connection(("${stage.server.v4}", 53)); s.settimeout(6)
    for n in range(1 + i): s.sendall(${QUESTION}); s.recv(999)
    if k == 2: s.sendall(b"\0\x16\x124\0\0\0\1\0\0\0\0\0\0\4test\0\0\xfc\0\1"); s.recv(999)
    s.close(); time.sleep(.3)
`,
        ),
      ),
  },
  {
    name: 'rsync-max-connections',
    story: 'An rsync daemon with max connections 2: of eight downloads at once six are turned away.',
    needs: ['rsync'],
    healthy: false,
    async prepare(stage) {
      stage.server.must('mkdir -p data && head -c 30000000 /dev/zero > data/big');
      stage.write(
        'rsyncd.conf',
        `use chroot = no\nuid = root\ngid = root\nmax connections = 2\nreverse lookup = no\nlock file = ${stage.folder}/rsync.lock\n` +
          `[data]\npath = ${stage.folder}/data\n`,
      );
      await stage.server.listening(873, stage.server.start('exec rsync --daemon --no-detach --config=rsyncd.conf'));
    },
    play: (stage) =>
      stage.client.run(
        `for i in $(seq 8); do rsync --bwlimit=6000 -q rsync://${stage.server.v4}/data/big out$i & sleep .2; done; wait`,
      ),
    truth: {
      says: 'Two downloads are served at a time, six are turned away with a message: max connections.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'rsync-ok',
    story: 'rsync copies a folder of 200 files from a daemon, copies what has changed, and lists it.',
    needs: ['rsync'],
    healthy: true,
    async prepare(stage) {
      stage.server.must('mkdir -p data && for i in $(seq 200); do head -c 9000 /dev/urandom > data/$i; done');
      stage.write(
        'rsyncd.conf',
        `use chroot = no\nuid = root\ngid = root\nreverse lookup = no\n[data]\npath = ${stage.folder}/data\n`,
      );
      await stage.server.listening(873, stage.server.start('exec rsync --daemon --no-detach --config=rsyncd.conf'));
    },
    play: (stage) =>
      stage.client.run(
        `url=rsync://${stage.server.v4}; rsync -aq $url/data/ out/; echo x >> out/7; rsync -aq $url/data/ out/; ` +
          'rsync $url/; rsync $url/data/ | tail -1; rsync $url/none/',
      ),
  },
  {
    name: 'proftpd-idle-5',
    story: 'ProFTPD with TimeoutIdle 5: seven sessions are idle for 7 s and go on.',
    needs: ['proftpd', 'python3'],
    healthy: false,
    prepare: (stage) => proftpd(stage, stage.server, 'TimeoutIdle 5'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          7,
          0.4,
          `
f = ftplib.FTP("${stage.server.v4}", timeout=9); f.login(); f.pwd(); time.sleep(7)
try: f.pwd(); f.quit()
except Exception as e: print(i, e)
`,
          'import ftplib',
        ),
      ),
    truth: {
      says: 'The server closes sessions that are idle for 5 s, with 421: TimeoutIdle.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [5, 6.1],
      findings: ['any'],
    },
  },
  {
    name: 'proftpd-max-clients',
    story: 'ProFTPD with MaxClients 3: of eight sessions at once five are turned away.',
    needs: ['proftpd', 'python3'],
    healthy: false,
    prepare: (stage) => proftpd(stage, stage.server, '<Global>\nMaxClients 3\n</Global>\nMaxInstances 3'),
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          8,
          0.2,
          `
try: f = ftplib.FTP("${stage.server.v4}", timeout=9); f.login(); time.sleep(4); f.quit()
except Exception as e: print(i, e)
`,
          'import ftplib',
        ),
      ),
    truth: {
      says: 'Three sessions are taken at a time, others are turned away: MaxInstances.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
  {
    name: 'proftpd-ok',
    story: 'Five FTP sessions with ProFTPD: lists, downloads of 2 MB, passive and active, one aborted by quit.',
    needs: ['proftpd', 'curl'],
    healthy: true,
    async prepare(stage) {
      stage.server.must('head -c 2000000 /dev/zero > big; chmod 644 big');
      await proftpd(stage, stage.server);
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4 5; do curl -s ftp://${stage.server.v4}/ -o /dev/null; ` +
          `curl -s ftp://${stage.server.v4}/big -o /dev/null; curl -s -P - ftp://${stage.server.v4}/big -o /dev/null; done`,
      ),
  },
  {
    name: 'git-ok',
    story: 'git clones a repository from git daemon six times, fetches, and asks for one that is not there.',
    needs: ['git'],
    healthy: true,
    async prepare(stage) {
      stage.server.must(
        'git init -q --bare repo.git && git init -q w && cd w && head -c 900000 /dev/urandom > f && git add f && ' +
          'git -c user.name=a -c user.email=a commit -qm a && git push -q ../repo.git HEAD:refs/heads/master',
      );
      const program = stage.server.start(
        `exec git daemon --reuseaddr --export-all --base-path=${stage.folder} --timeout=20`,
      );
      await stage.server.listening(9418, program);
    },
    play: (stage) =>
      stage.client.run(
        `for i in 1 2 3 4 5 6; do git clone -q git://${stage.server.v4}/repo.git c$i; git -C c$i fetch -q; done; ` +
          `git ls-remote git://${stage.server.v4}/none.git`,
      ),
  },
  {
    name: 'git-daemon-timeout-4',
    story: 'git daemon with --timeout=4: seven clients ask for the refs and then say nothing.',
    needs: ['git', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.server.must('git init -q --bare repo.git');
      const program = stage.server.start(
        `exec git daemon --reuseaddr --export-all --base-path=${stage.folder} --timeout=4`,
      );
      await stage.server.listening(9418, program);
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          7,
          0.4,
          String.raw`
s = socket.create_connection(("${stage.server.v4}", 9418)); s.settimeout(12)
line = b"git-upload-pack /repo.git\0host=a\0"; s.sendall(b"%04x" % (len(line) + 4) + line); s.recv(999); time.sleep(6)
try: s.sendall(b"0000"); print(i, s.recv(99))
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'The server closes clients that say nothing for 4 s: --timeout of git daemon.',
      diagnosis: ['idle-limit', 'keep-alive-mismatch'],
      by: 'server',
      seconds: [4, 5.1],
      findings: ['any'],
    },
  },
  {
    name: 'xinetd-instances-3',
    story: 'xinetd with instances = 3 for its service: of nine clients six are turned away.',
    needs: ['xinetd', 'python3'],
    healthy: false,
    async prepare(stage) {
      stage.write(
        'xinetd.conf',
        'defaults\n{\n}\nservice talk7\n{\n type = UNLISTED\n port = 7000\n socket_type = stream\n protocol = tcp\n' +
          ' wait = no\n user = root\n server = /bin/cat\n instances = 3\n}\n',
      );
      await stage.server.listening(7000, stage.server.start('exec xinetd -dontfork -f xinetd.conf -pidfile x.pid'));
    },
    play: (stage) =>
      python(
        stage,
        stage.client,
        EACH(
          9,
          0.15,
          `
s = socket.create_connection(("${stage.server.v4}", 7000)); s.settimeout(9)
try:
    for n in range(6): s.sendall(b"hello"); s.recv(99) or print("closed"); time.sleep(.6)
except OSError as e: print(i, e)
s.close()
`,
        ),
      ),
    truth: {
      says: 'Three connections are taken at a time, six are closed at once: instances.',
      diagnosis: 'connection-limit',
      by: 'server',
      findings: ['any'],
    },
  },
];
