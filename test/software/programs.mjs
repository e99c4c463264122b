/**
 * Server software as Debian has it, in the foreground, each with a configuration of its own; resolved when it
 * listens.
 */

/** The chain of nft that sees what a router passes on. */
export const FORWARD = 'type filter hook forward priority 0';

/** nginx in the foreground; `http` is what stands in its http block, `more` what stands beside it. */
export async function nginx(stage, host, { http = '', more = '', connections = 512, port = 80 }) {
  const file = `nginx-${host.name}.conf`;
  stage.write(
    file,
    `daemon off; master_process on; worker_processes 1; user root; pid ${stage.folder}/nginx-${host.name}.pid;
error_log stderr warn;
events { worker_connections ${connections}; }
${more}
http { access_log off; default_type text/plain; root ${stage.folder};
client_body_temp_path ${stage.folder}/body; proxy_temp_path ${stage.folder}/proxy;
${http}
}
`,
  );
  const program = host.start(`exec nginx -c ${stage.folder}/${file} -e stderr`);
  await host.listening(port, program);
  return program;
}

export async function haproxy(stage, host, configuration, port) {
  stage.write(`haproxy-${host.name}.cfg`, `global\n  maxconn 500\n${configuration}\n`);
  const program = host.start(`exec haproxy -db -f haproxy-${host.name}.cfg`);
  await host.listening(port, program);
  return program;
}

export async function redis(host, options = '', port = 6379) {
  const program = host.start(
    `exec redis-server --bind '* -::*' --protected-mode no --save '' --port ${port} ${options}`,
  );
  await host.listening(port, program);
  return program;
}

export async function memcached(host, options = '', port = 11_211) {
  const program = host.start(`exec memcached -u root -l 0.0.0.0 -p ${port} ${options}`);
  await host.listening(port, program);
  return program;
}

/** What takes seconds is waited for, and not held on to: scenes that are played meanwhile keep their time. */
async function prepared(host, command) {
  const said = await host.run(`{ ${command}; } || echo FAILED`);
  if (said.includes('FAILED')) throw new Error(`${command} failed: ${said}`);
}

/** PostgreSQL without passwords; `settings` are `-c` options. */
export async function postgres(stage, host, settings = '', port = 5432) {
  const data = `${stage.folder}/pg-${host.name}`;
  const bin = '$(ls -d /usr/lib/postgresql/*/bin | tail -1)';
  await prepared(
    host,
    `chown postgres . ; runuser -u postgres -- ${bin}/initdb -A trust -U postgres -N -D ${data} >/dev/null && ` +
      `echo 'host all all 0.0.0.0/0 trust' >> ${data}/pg_hba.conf`,
  );
  const program = host.start(
    `exec runuser -u postgres -- ${bin}/postgres -D ${data} -c listen_addresses=* -c unix_socket_directories= -c ` +
      `fsync=off -p ${port} ${settings}`,
  );
  await host.listening(port, program);
  await host.run(`for i in $(seq 50); do pg_isready -q -h 127.0.0.1 -p ${port} && break; sleep .1; done`);
  return program;
}

/** MariaDB with a user `u` without a password. */
export async function mariadb(stage, host, options = '') {
  const data = `${stage.folder}/maria`;
  await prepared(
    host,
    `mariadb-install-db --no-defaults --user=root --auth-root-authentication-method=normal --skip-test-db ` +
      `--datadir=${data} >/dev/null 2>&1`,
  );
  const program = host.start(
    `exec mariadbd --no-defaults --user=root --datadir=${data} --bind-address=0.0.0.0 ` +
      `--socket=${stage.folder}/maria.sock --skip-name-resolve ${options}`,
  );
  await host.listening(3306, program);
  await host.run(
    `mysql --no-defaults -uroot -S ${stage.folder}/maria.sock -e "create user u@'%'; grant all on *.* to u@'%'"`,
  );
  return program;
}

export async function apache(stage, host, directives, modules = []) {
  const all = [...(modules.includes('mpm_prefork') ? [] : ['mpm_event']), 'authz_core', ...modules];
  stage.write(
    'apache.conf',
    `ServerRoot ${stage.folder}
${all.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
PidFile ${stage.folder}/apache.pid
Mutex file:${stage.folder}
ServerName here
ErrorLog ${stage.folder}/apache.log
User www-data
Group www-data
DocumentRoot ${stage.folder}
Listen 80
${directives}
`,
  );
  const program = host.start(`exec apache2 -f ${stage.folder}/apache.conf -DFOREGROUND`);
  await host.listening(80, program);
  return program;
}

export async function lighttpd(stage, host, settings) {
  stage.write('lighttpd.conf', `server.document-root = "${stage.folder}"\nserver.port = 80\n${settings}\n`);
  const program = host.start('exec lighttpd -D -f lighttpd.conf');
  await host.listening(80, program);
  return program;
}

/** uvicorn with an application that waits `?w=SECONDS` and answers. */
export async function uvicorn(stage, host, options = '', port = 8000) {
  stage.write(
    'asgi.py',
    `
import asyncio
async def app(scope, receive, send):
    if scope["type"] != "http": return
    more = True
    while more: more = (await receive()).get("more_body", False)
    wait = float(scope["query_string"].decode().partition("w=")[2] or 0)
    if wait: await asyncio.sleep(wait)
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"3")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"ok\\n"})
`,
  );
  const program = host.start(
    `exec python3 -m uvicorn --host 0.0.0.0 --port ${port} --no-access-log --log-level warning ${options} asgi:app`,
  );
  await host.listening(port, program);
  return program;
}

/** gunicorn with an application that waits `?w=SECONDS` and answers. */
export async function gunicorn(stage, host, options = '', port = 8000) {
  stage.write(
    'wsgi.py',
    `
import time
def app(environ, start):
    wait = float(environ["QUERY_STRING"].partition("w=")[2] or 0)
    if wait: time.sleep(wait)
    start("200 OK", [("content-type", "text/plain"), ("content-length", "3")])
    return [b"ok\\n"]
`,
  );
  const program = host.start(`exec gunicorn -b 0.0.0.0:${port} ${options} wsgi:app`);
  await host.listening(port, program);
  return program;
}

/** A node program; `code` is an ES module. */
export async function node(stage, host, code, port, name = `${host.name}.mjs`) {
  stage.write(name, code);
  const program = host.start(`exec node ${name}`);
  await host.listening(port, program);
  return program;
}

/** Runs a Python program on a host to its end. */
export function python(stage, host, code, name = `${host.name}.py`) {
  stage.write(name, code);
  return host.run(`python3 ${name}`);
}

/** Starts a Python program on a host. */
export function pythonOn(stage, host, code, name = `${host.name}-2.py`) {
  stage.write(name, code);
  return host.start(`exec python3 ${name}`);
}

/** A program of Java in one file, of class Main. */
export async function java(stage, host, code, port, options = '') {
  stage.write('Main.java', code);
  const program = host.start(`exec java -Xmx64m ${options} Main.java`);
  await host.listening(port, program);
  return program;
}

/** A Go program, built first: its name is that of its folder. */
export async function go(stage, host, code, port, name = 'serve') {
  stage.write(`${name}.go`, code);
  await goBuild(host, name);
  const program = host.start(`exec ./${name}`);
  await host.listening(port, program);
  return program;
}

/** Builds NAME.go into NAME. */
export function goBuild(host, name) {
  return host.run(`GO111MODULE=off go build -o ${name} ${name}.go`);
}

/** Tomcat with one HTTP connector on port 8080 and an application of one page; `attributes` are the connector's. */
export async function tomcat(stage, host, attributes = '') {
  stage.write(
    'tomcat.xml',
    `<Server port="-1"><Service name="Catalina"><Connector port="8080" protocol="HTTP/1.1" ${attributes}/>` +
      `<Engine name="Catalina" defaultHost="localhost"><Host name="localhost" appBase="webapps" autoDeploy="false"/>` +
      `</Engine></Service></Server>`,
  );
  host.must(
    'mkdir -p base/conf base/logs base/temp base/work base/webapps/ROOT && cp /etc/tomcat10/web.xml base/conf && ' +
      'mv tomcat.xml base/conf/server.xml && echo hello > base/webapps/ROOT/index.html',
  );
  const program = host.start(
    `CATALINA_HOME=/usr/share/tomcat10 CATALINA_BASE=${stage.folder}/base JAVA_OPTS=-Xmx96m ` +
      `JAVA_HOME=$(dirname $(dirname $(readlink -f $(command -v java)))) exec /usr/share/tomcat10/bin/catalina.sh run`,
  );
  await host.listening(8080, program);
  return program;
}

/** slapd with an empty directory in memory; `settings` stand at the top of its configuration. */
export async function slapd(stage, host, settings = '') {
  host.must('mkdir -p ldap');
  stage.write(
    'slapd.conf',
    `include /etc/ldap/schema/core.schema\npidfile ${stage.folder}/slapd.pid\n${settings}\nmodulepath /usr/lib/ldap\n` +
      `moduleload back_mdb\ndatabase mdb\nsuffix "dc=test"\ndirectory ${stage.folder}/ldap\n`,
  );
  const program = host.start('exec slapd -d 0 -f slapd.conf -h ldap://0.0.0.0/');
  await host.listening(389, program);
  return program;
}

/** mosquitto, a broker of MQTT, for everybody. */
export async function mosquitto(stage, host, settings = '') {
  stage.write('mosquitto.conf', `listener 1883 0.0.0.0\nallow_anonymous true\nuser root\n${settings}\n`);
  const program = host.start('exec mosquitto -c mosquitto.conf');
  await host.listening(1883, program);
  return program;
}

/** dovecot for IMAP, whose logins one process takes; `limits` are those of that. */
export async function dovecot(stage, host, limits = '') {
  stage.write(
    'dovecot.conf',
    `protocols = imap\nlisten = *\nbase_dir = ${stage.folder}/dovecot\nlog_path = /dev/stderr\nssl = no\n` +
      'mail_location = maildir:/tmp/none\ndisable_plaintext_auth = no\n' +
      'passdb {\n driver = static\n args = nopassword=y\n}\n' +
      'userdb {\n driver = static\n args = uid=mail gid=mail home=/tmp/none\n}\n' +
      `service imap-login {\n process_limit = 1\n process_min_avail = 1\n service_count = 0\n ${limits}\n}\n`,
  );
  const program = host.start('exec dovecot -F -c dovecot.conf');
  await host.listening(143, program);
  return program;
}

/** A forward proxy. */
export async function tinyproxy(stage, host, settings = '') {
  stage.write('tinyproxy.conf', `Port 8888\nListen 0.0.0.0\nMaxClients 50\n${settings}\n`);
  const program = host.start('exec tinyproxy -d -c tinyproxy.conf');
  await host.listening(8888, program);
  return program;
}

/** beanstalkd, a queue of jobs. */
export async function beanstalkd(host) {
  const program = host.start('exec beanstalkd -l 0.0.0.0 -p 11300');
  await host.listening(11_300, program);
  return program;
}

/** NATS; `settings` are lines of its configuration. */
export async function nats(stage, host, settings = '') {
  stage.write('nats.conf', `port: 4222\n${settings}\n`);
  const program = host.start('exec nats-server -c nats.conf');
  await host.listening(4222, program);
  return program;
}

/** Squid as a forward proxy that caches nothing. */
export async function squid(stage, host, settings = '') {
  host.must('mkdir -p spool && chmod 777 spool');
  stage.write(
    'squid.conf',
    `http_port 3128\nhttp_access allow all\npid_filename ${stage.folder}/spool/pid\naccess_log none\n` +
      `cache_log stdio:${stage.folder}/spool/log\ncache deny all\ncoredump_dir ${stage.folder}/spool\n${settings}\n`,
  );
  const program = host.start('exec squid -N -f squid.conf');
  await host.listening(3128, program);
  return program;
}

/** Varnish on port 80 before `backend`, an address and port. */
export async function varnish(stage, host, backend, options = '') {
  host.must('mkdir -p varnish && chmod 777 varnish');
  const program = host.start(
    `exec varnishd -F -a :80 -b ${backend} -n ${stage.folder}/varnish -s malloc,16m ${options}`,
  );
  await host.listening(80, program);
  return program;
}
