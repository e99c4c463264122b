/** Servers of protocols other than the web's, as in programs.mjs: routing, chat, telephony, names, logs, files. */

/** A session of BIRD between two addresses. */
const bgp = (name, local, remote, more) =>
  `protocol bgp ${name} { local ${local}; neighbor ${remote}; multihop; strict bind yes; hold time 6; ` +
  `keepalive time 2; connect delay time 1; connect retry time 2; error wait time 2, 4; ${more} ipv4 { import all; export all; }; }\n`;

/**
 * BIRD speaking BGP on the server with three of the client, each of an address of its own, which open the sessions: the
 * hold time is 6 s, a KEEPALIVE comes every 2 s. Resolves to that of the server, and to what starts another one.
 */
export async function birds(stage) {
  const { client, server } = stage;
  const near = [2, 3, 4].map((host) => ({ host, address: client.v4.replace(/2$/, String(host)) }));
  client.must(near.slice(1).map(({ address }) => `ip address add ${address}/24 dev eth0`).join('; '));
  const begin = (host, name, id, prefix, sessions) => {
    stage.write(
      `bird-${name}.conf`,
      `log stderr all; router id ${id};\nprotocol device {}\n` +
        `protocol static { ipv4; route ${prefix} blackhole; }\n${sessions}`,
    );
    return host.start(`exec bird -f -c bird-${name}.conf -s bird-${name}.ctl -P bird-${name}.pid`);
  };
  const sessions = near.map(({ host, address }) =>
    bgp(`p${host}`, `${server.v4} as 65000`, `${address} as ${65000 + host}`, 'passive;'),
  );
  const start = () => begin(server, 'server', server.v4, '192.0.2.0/24', sessions.join(''));
  const program = start();
  await server.listening(179, program);
  for (const { host, address } of near) {
    const own = bgp('p', `${address} as ${65000 + host}`, `${server.v4} as 65000`, '');
    begin(client, String(host), address, `198.51.100.${host}/32`, own);
  }
  return { program, start };
}

/** Prosody, a server of XMPP for `test` with users u0 to u9. */
export async function prosody(stage, host, settings = '') {
  host.must(
    'mkdir -p xmpp/test/accounts; for i in $(seq 0 9); do ' +
      `echo 'return { ["password"] = "secret" };' > xmpp/test/accounts/u$i.dat; done`,
  );
  stage.write(
    'prosody.cfg.lua',
    `run_as_root = true; pidfile = "${stage.folder}/prosody.pid"; data_path = "${stage.folder}/xmpp"\n` +
      'modules_enabled = { "roster", "saslauth", "disco", "ping" }; modules_disabled = { "s2s" }\n' +
      'authentication = "internal_plain"; c2s_require_encryption = false; allow_unencrypted_plain_auth = true\n' +
      `log = { warn = "*console" }\n${settings}\nVirtualHost "test"\n`,
  );
  const program = host.start('exec prosody -F --config prosody.cfg.lua');
  await host.listening(5222, program);
  return program;
}

/** ngIRCd; `limits` are those of its section. */
export async function ngircd(stage, host, limits = '') {
  stage.write(
    'ngircd.conf',
    `[Global]\nName = irc.test\nInfo = x\nAdminInfo1 = x\nAdminInfo2 = x\nAdminEMail = x@test\nServerUID = 0\n` +
      `ServerGID = 0\nListen = 0.0.0.0\n[Limits]\n${limits}\n[Options]\nDNS = no\nIdent = no\nPAM = no\n`,
  );
  const program = host.start('exec ngircd -n -f $PWD/ngircd.conf');
  await host.listening(6667, program);
  return program;
}

/** Kamailio, which answers each request of SIP over TCP by 200. */
export async function kamailio(stage, host, settings = '') {
  stage.write(
    'kamailio.cfg',
    `debug=0\nlog_stderror=yes\nchildren=1\ntcp_children=2\nlisten=tcp:${host.v4}:5060\n${settings}\n` +
      'loadmodule "sl.so"\nrequest_route { sl_send_reply("200", "OK"); }\n',
  );
  const program = host.start(`exec kamailio -DD -E -f kamailio.cfg -P ${stage.folder}/k.pid -Y ${stage.folder}`);
  await host.listening(5060, program);
  return program;
}

/** A request of SIP, as Python. */
export const OPTIONS = String.raw`(("OPTIONS sip:a@test SIP/2.0\r\nVia: SIP/2.0/TCP c.test;branch=z9hG4bK%d\r\n` +
  String.raw`From: <sip:c@test>;tag=%d\r\nTo: <sip:a@test>\r\nCall-ID: %d@c\r\nCSeq: 1 OPTIONS\r\n` +
  String.raw`Max-Forwards: 70\r\n` +
  String.raw`Content-Length: 0\r\n\r\n") % (i, i, i)).encode()`;

/** coturn, for whom everybody may have relays. */
export async function coturn(stage, host, options = '') {
  const program = host.start(
    `exec turnserver -n --no-auth --no-cli --no-tls --no-dtls -L ${host.v4} --log-file stdout ` +
      `--pidfile ${stage.folder}/turn.pid ${options}`,
  );
  await host.listening(3478, program);
  return program;
}

/** Knot DNS for the zone test. */
export async function knot(stage, host, settings = '') {
  stage.write('test.zone', zone());
  stage.write(
    'knot.conf',
    `server:\n  listen: 0.0.0.0@53\n  rundir: ${stage.folder}/knot\n${settings}database:\n  storage: ` +
      `${stage.folder}/knot\nacl:\n  - id: all\n    address: 0.0.0.0/0\n    action: transfer\ntemplate:\n` +
      `  - id: default\n    storage: ${stage.folder}\nzone:\n  - domain: test\n    file: test.zone\n    acl: all\n` +
      'log:\n  - target: stderr\n    any: warning\n',
  );
  host.must('mkdir -p knot');
  const program = host.start('exec knotd -c knot.conf');
  await host.listening(53, program);
  return program;
}

/** NSD for the zone test. */
export async function nsd(stage, host, settings = '') {
  stage.write('test.zone', zone());
  stage.write(
    'nsd.conf',
    `server:\n ip-address: 0.0.0.0\n username: ""\n zonesdir: "${stage.folder}"\n` +
      ` pidfile: "${stage.folder}/nsd.pid"\n` +
      ` database: ""\n zonelistfile: "${stage.folder}/zone.list"\n xfrdfile: "${stage.folder}/xfrd"\n ` +
      `xfrdir: "${stage.folder}"\n server-count: 1\n${settings}remote-control:\n control-enable: no\nzone:\n` +
      ' name: test\n zonefile: test.zone\n provide-xfr: 0.0.0.0/0 NOKEY\n',
  );
  const program = host.start('exec nsd -d -c nsd.conf');
  await host.listening(53, program);
  return program;
}

function zone() {
  const hosts = Array.from({ length: 400 }, (_, i) => `h${i} A 192.0.2.${i % 250}`).join('\n');
  return `$TTL 60\n@ SOA ns.test. a.test. 1 60 60 60 60\n@ NS ns.test.\nns A 192.0.2.3\na A 192.0.2.4\n${hosts}\n`;
}

/** rsyslog as who receives messages over TCP; `options` are those of imtcp. */
export async function rsyslog(stage, host, options = '') {
  stage.write(
    'rsyslog.conf',
    `module(load="imtcp" ${options})\ninput(type="imtcp" port="514" ${options})\n` +
      `action(type="omfile" file="${stage.folder}/messages")\n`,
  );
  const start = () => host.start(`exec rsyslogd -n -f rsyslog.conf -i ${stage.folder}/rsyslog.pid`);
  const program = start();
  await host.listening(514, program);
  return { program, start };
}

/** pgpool on the server before PostgreSQL on the backend. */
export async function pgpool(stage, settings = '') {
  stage.write('pool_hba.conf', 'host all all 0.0.0.0/0 trust\n');
  stage.write('pcp.conf', '');
  stage.write(
    'pgpool.conf',
    `backend_clustering_mode = 'raw'\nlisten_addresses = '*'\nport = 9999\npcp_port = 9898\n` +
      `socket_dir = '${stage.folder}'\n` +
      `pcp_socket_dir = '${stage.folder}'\nbackend_hostname0 = '${stage.backend.v4}'\nbackend_port0 = 5432\n` +
      `pid_file_name = '${stage.folder}/pgpool.pid'\nlogdir = '${stage.folder}'\nwork_dir = '${stage.folder}'\n` +
      `enable_pool_hba = off\nsr_check_period = 0\nhealth_check_period = 0\n${settings}\n`,
  );
  const program = stage.server.start(`exec pgpool -n -f pgpool.conf -F pcp.conf -a pool_hba.conf`);
  await stage.server.listening(9999, program);
  return program;
}

/** ZooKeeper by itself; `settings` are lines of zoo.cfg. */
export async function zookeeper(stage, host, settings = '') {
  host.must('mkdir -p zoo');
  stage.write(
    'zoo.cfg',
    `tickTime=1000\ndataDir=${stage.folder}/zoo\nclientPort=2181\nadmin.enableServer=false\n${settings}\n`,
  );
  const program = host.start(
    "exec java -Xmx96m -cp '/etc/zookeeper/conf:/usr/share/java/*' -Dzookeeper.log.threshold=ERROR " +
      'org.apache.zookeeper.server.quorum.QuorumPeerMain zoo.cfg',
  );
  await host.listening(2181, program);
  return program;
}

/** FreeRADIUS over TCP, which lets everybody in; `limit` bounds its connections. */
export async function freeradius(stage, host, limit = '') {
  host.must('mkdir -m 755 raddb');
  stage.write(
    'raddb/radiusd.conf',
    `prefix = /usr\nlibdir = /usr/lib/freeradius\nrun_dir = ${stage.folder}\nlogdir = ${stage.folder}\n` +
      `raddbdir = ${stage.folder}/raddb\npidfile = ${stage.folder}/radiusd.pid\nsecurity { allow_core_dumps = no }\n` +
      'client all {\n ipaddr = 0.0.0.0/0\n proto = *\n secret = s\n}\n' +
      `server default {\n listen {\n  type = auth\n  ipaddr = *\n  port = 1812\n  proto = tcp\n` +
      `  limit {\n${limit}\n  }\n }\n` +
      ' authorize {\n  update control {\n   Auth-Type := Accept\n  }\n }\n}\n',
  );
  const program = host.start(`exec freeradius -f -l stdout -d ${stage.folder}/raddb`);
  await host.listening(1812, program);
  return program;
}

/** ser2net, whose device gives back what it is told. */
export async function ser2net(stage, host, settings = '') {
  stage.write(
    'ser2net.yaml',
    `%YAML 1.1\n---\nconnection: &one\n  accepter: tcp,7000\n  connector: echo\n${settings}`,
  );
  const program = host.start('exec ser2net -n -c ser2net.yaml');
  await host.listening(7000, program);
  return program;
}

/** icecast with a source of audio/mpeg on /s, whose password is `secret`; `limits` stand in its limits. */
export async function icecast(stage, host, limits = '') {
  host.must('mkdir -p ice && chmod 777 ice');
  stage.write(
    'icecast.xml',
    `<icecast><limits>${limits}</limits><authentication><source-password>secret</source-password>` +
      '<admin-user>a</admin-user><admin-password>b</admin-password></authentication><hostname>test</hostname>' +
      `<listen-socket><port>8000</port></listen-socket><paths><basedir>${stage.folder}</basedir>` +
      `<logdir>${stage.folder}/ice</logdir><webroot>${stage.folder}</webroot>` +
      `<adminroot>${stage.folder}</adminroot></paths>` +
      '<logging><accesslog>access</accesslog><errorlog>error</errorlog><loglevel>2</loglevel></logging></icecast>',
  );
  const program = host.start('exec runuser -u nobody -- icecast2 -c icecast.xml');
  await host.listening(8000, program);
  return program;
}

/** Samba with one share for everybody. */
export async function samba(stage, host, settings = '') {
  host.must('mkdir -p smb/private smb/share && chmod 777 smb/share');
  const folders = [
    'private dir', 'lock directory', 'state directory', 'cache directory', 'pid directory', 'ncalrpc dir',
  ];
  stage.write(
    'smb.conf',
    `[global]\n${folders.map((name) => `${name} = ${stage.folder}/smb`).join('\n')}\n` +
      `log file = ${stage.folder}/smb/log\n` +
      `map to guest = Bad User\nguest account = root\ndisable netbios = yes\nsmb ports = 445\nload printers = no\n` +
      `disable spoolss = yes\n${settings}\n[share]\npath = ${stage.folder}/smb/share\nguest ok = yes\nread only = no\n`,
  );
  const program = host.start(`exec smbd -F --no-process-group -s smb.conf`);
  await host.listening(445, program);
  return program;
}
