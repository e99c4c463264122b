/** More server software, as in programs.mjs. */
import { nginx } from './programs.mjs';

/** RabbitMQ, whose files are in a folder of its own; it takes some ten seconds to begin. */
export async function rabbitmq(stage, host, settings = '') {
  host.must('mkdir -p rabbit && chmod 777 rabbit');
  stage.write('rabbit.conf', `loopback_users = none\nlisteners.tcp.default = 5672\n${settings}\n`);
  const folder = `${stage.folder}/rabbit`;
  const program = host.start(
    `export HOME=${folder} RABBITMQ_NODENAME=scene@localhost RABBITMQ_MNESIA_BASE=${folder} ` +
      `RABBITMQ_LOG_BASE=${folder} RABBITMQ_CONFIG_FILE=${stage.folder}/rabbit.conf RABBITMQ_PID_FILE=${folder}/pid ` +
      `RABBITMQ_ENABLED_PLUGINS_FILE=${folder}/plugins RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='+S 1'; ` +
      'exec /usr/lib/rabbitmq/bin/rabbitmq-server',
  );
  await host.listening(5672, program);
  await stage.wait(1);
  return program;
}

/** BIND, for the zone test., of which it is asked over TCP. */
export async function named(stage, host, options = '') {
  stage.write(
    'test.zone',
    '$TTL 60\n@ SOA ns.test. a.test. 1 60 60 60 60\n@ NS ns.test.\nns A 192.0.2.3\na A 192.0.2.4\n',
  );
  stage.write(
    'named.conf',
    `options { directory "${stage.folder}"; pid-file "${stage.folder}/named.pid"; listen-on { any; }; recursion no;
  session-keyfile none; allow-transfer { any; }; ${options} };
controls { };
zone "test" { type primary; file "test.zone"; };
`,
  );
  const program = host.start('exec named -f -n 1 -c named.conf');
  await host.listening(53, program);
  return program;
}

export async function proftpd(stage, host, settings = '') {
  host.must('mkdir -p ftpd && chmod 755 ftpd');
  stage.write(
    'proftpd.conf',
    `ServerType standalone\nServerName x\nPort 21\nUser nobody\nGroup nogroup\nUseIPv6 off\nWtmpLog off\n` +
      `TransferLog none\nPidFile ${stage.folder}/proftpd.pid\nScoreboardFile ${stage.folder}/ftpd/score\n` +
      `DelayEngine off\nUseReverseDNS off\nSystemLog none\n<Anonymous ${stage.folder}>\nUser nobody\nGroup nogroup\n` +
      `UserAlias anonymous nobody\nRequireValidShell off\n</Anonymous>\n<Global>\n` +
      `UseFtpUsers off\nRequireValidShell off\nAuthOrder mod_auth_unix.c\n</Global>\n${settings}\n`,
  );
  const program = host.start('exec proftpd -n -q -c $PWD/proftpd.conf');
  await host.listening(21, program);
  return program;
}

export async function danted(stage, host, settings = '') {
  stage.write(
    'danted.conf',
    `logoutput: stderr\ninternal: ${host.v4} port = 1080\nexternal: ${host.v4}\nsocksmethod: none\nclientmethod: none\n` +
      `user.privileged: root\nuser.unprivileged: nobody\n${settings}\n` +
      `client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\nsocks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }\n`,
  );
  const program = host.start(`exec danted -f danted.conf -p ${stage.folder}/danted.pid`);
  await host.listening(1080, program);
  return program;
}

export async function privoxy(stage, host, settings = '') {
  stage.write(
    'privoxy.conf',
    `confdir /etc/privoxy\nlogdir ${stage.folder}\nlisten-address 0.0.0.0:8118\ntoggle 0\n${settings}\n`,
  );
  const program = host.start('exec privoxy --no-daemon privoxy.conf');
  await host.listening(8118, program);
  return program;
}

/** uWSGI with an application that waits `?w=SECONDS` and answers. */
export async function uwsgi(stage, host, options, port = 8000) {
  stage.write(
    'app.py',
    `
import time
def application(environ, start):
    wait = float(environ["QUERY_STRING"].partition("w=")[2] or 0)
    if wait: time.sleep(wait)
    start("200 OK", [("content-type", "text/plain"), ("content-length", "3")])
    return [b"ok\\n"]
`,
  );
  const program = host.start(`exec uwsgi --plugin python3 --plugin http --master --wsgi-file app.py ${options}`);
  await host.listening(port, program);
  await stage.wait(0.5);
  return program;
}

/** php-fpm on the backend, nginx before it on the server. */
export async function phpFpm(stage, pool) {
  stage.write('index.php', '<?php usleep((int)(1e6 * ($_GET["w"] ?? 0))); echo "ok";');
  stage.write(
    'fpm.conf',
    `[global]\npid = ${stage.folder}/fpm.pid\nerror_log = ${stage.folder}/fpm.log\n[www]\nuser = nobody\ngroup = nogroup\n` +
      `listen = 0.0.0.0:9000\n${pool}\n`,
  );
  const program = stage.backend.start(`exec $(ls /usr/sbin/php-fpm* | tail -1) -F -y ${stage.folder}/fpm.conf`);
  await stage.backend.listening(9000, program);
  await nginx(stage, stage.server, {
    http:
      `server { listen 80; location / { fastcgi_pass ${stage.backend.v4}:9000; ` +
      `fastcgi_param SCRIPT_FILENAME ${stage.folder}/index.php; fastcgi_param QUERY_STRING $query_string; ` +
      'fastcgi_param REQUEST_METHOD $request_method; } }',
  });
}
