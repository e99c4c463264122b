/**
 * What a packet of unusual traffic costs, beside one of usual traffic: traffic that was made for the purpose must not
 * cost much more.
 *
 *     node bench/shapes.mjs [PACKETS]     default: a million of each
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [million = 1_000_000] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), 'lastack-shapes-'));

const [FIN, SYN, RST, PSH, ACK] = [1, 2, 4, 8, 16];

/** Writes IPv4 packets of TCP, LINKTYPE_RAW. */
class PcapFile {
  constructor(name) {
    this.path = join(folder, name);
    this.descriptor = openSync(this.path, 'w');
    this.bytes = Buffer.alloc(1 << 20);
    this.at = 24;
    this.time = 1_795_169_041_000_000;
    Buffer.from('d4c3b2a1020004000000000000000000ffff000065000000', 'hex').copy(this.bytes);
  }

  /** A segment from `source` to `destination`, each address and port. */
  segment([from, fromPort], [to, toPort], flags, seq, ack, length = 0) {
    const size = 40 + length;
    if (this.at + 16 + size > this.bytes.length) this.flush();
    const { bytes, at } = this;
    this.time += 10;
    bytes.writeUInt32LE(Math.floor(this.time / 1e6), at);
    bytes.writeUInt32LE(this.time % 1e6, at + 4);
    bytes.writeUInt32LE(size, at + 8);
    bytes.writeUInt32LE(size, at + 12);
    const ip = at + 16;
    bytes.fill(0, ip, ip + size);
    bytes[ip] = 0x45;
    bytes.writeUInt16BE(size, ip + 2);
    bytes[ip + 8] = 64;
    bytes[ip + 9] = 6;
    bytes.writeUInt32BE(from, ip + 12);
    bytes.writeUInt32BE(to, ip + 16);
    bytes.writeUInt16BE(fromPort, ip + 20);
    bytes.writeUInt16BE(toPort, ip + 22);
    bytes.writeUInt32BE(seq >>> 0, ip + 24);
    bytes.writeUInt32BE(ack >>> 0, ip + 28);
    bytes[ip + 32] = 0x50;
    bytes[ip + 33] = flags;
    bytes.writeUInt16BE((flags & RST) === 0 ? 64_000 : 0, ip + 34);
    this.at = ip + size;
  }

  flush() {
    writeSync(this.descriptor, this.bytes, 0, this.at);
    this.at = 0;
  }

  close() {
    this.flush();
    closeSync(this.descriptor);
    return this.path;
  }
}

/** Numbers that look random and are the same in each run. */
let state = 1;
function random(below) {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
}

const CLIENT = 0x0a000001;
const SERVER = 0x0a000002;

/** A handshake, a request, an answer, and an orderly end: ten packets. */
function exchange(file, client, server, seq = 1) {
  const answer = seq + 1_000_000;
  file.segment(client, server, SYN, seq, 0);
  file.segment(server, client, SYN | ACK, answer, seq + 1);
  file.segment(client, server, ACK, seq + 1, answer + 1);
  file.segment(client, server, PSH | ACK, seq + 1, answer + 1, 100);
  file.segment(server, client, ACK, answer + 1, seq + 101);
  file.segment(server, client, PSH | ACK, answer + 1, seq + 101, 1000);
  file.segment(client, server, ACK, seq + 101, answer + 1001);
  file.segment(client, server, FIN | ACK, seq + 101, answer + 1001);
  file.segment(server, client, FIN | ACK, answer + 1001, seq + 102);
  file.segment(client, server, ACK, seq + 102, answer + 1002);
}

const shapes = {
  usual(file) {
    for (let index = 0; index < million / 10; index++)
      exchange(file, [CLIENT + (index >> 15), 20_000 + (index & 0x7fff)], [SERVER, 80]);
  },
  'one connection of 3 million packets'(file) {
    const [client, server] = [[CLIENT, 40_000], [SERVER, 80]];
    file.segment(client, server, SYN, 0, 0);
    file.segment(server, client, SYN | ACK, 0, 1);
    for (let index = 0; index < 1.5 * million; index++) {
      file.segment(client, server, PSH | ACK, 1 + index * 10, 1, 10);
      file.segment(server, client, ACK, 1, 11 + index * 10);
    }
  },
  'random flags and numbers'(file) {
    for (let index = 0; index < million; index++) {
      const [client, server] = [[CLIENT + random(100), 40_000 + random(100)], [SERVER, 80]];
      const [from, to] = random(2) === 0 ? [client, server] : [server, client];
      file.segment(from, to, random(256), random(1000), random(1000), random(20));
    }
  },
  'nothing but SYN'(file) {
    for (let index = 0; index < million; index++)
      file.segment([random(2 ** 32), random(65_536)], [SERVER, 80], SYN, random(2 ** 32), 0);
  },
  'one tuple 200,000 times'(file) {
    for (let index = 0; index < million / 5; index++)
      exchange(file, [CLIENT, 40_000], [SERVER, 80], 1 + index * 5_000_000);
  },
  'a scan of a million ports'(file) {
    for (let index = 0; index < million; index++) {
      const [client, server] = [[CLIENT, 40_000 + (index >> 16)], [SERVER + (index >> 16), 1 + (index % 65_535)]];
      file.segment(client, server, SYN, index, 0);
      file.segment(server, client, RST | ACK, 0, index + 1);
    }
  },
};

let usual = 0;
try {
  console.log(
    '| shape | packets | ns a packet | over usual | memory | report without flows |\n| --- | --- | --- | --- | --- ' +
      '| --- |',
  );
  for (const [name, make] of Object.entries(shapes)) {
    const file = new PcapFile('shape.pcap');
    make(file);
    const path = file.close();
    const measured = spawnSync(
      'bash',
      [
        '-c', 'TIMEFORMAT="%U %S"; time node "$@" > "$0.txt"', path, 'dist/cli/main.js', 'report', path, '-j', '1',
        '-q', '--fail-on', 'never',
      ],
      { encoding: 'utf8' },
    );
    const ndjson = spawnSync(
      'node',
      [
        'dist/cli/main.js', 'report', path, '-j', '1', '-q', '-f', 'ndjson', '--findings-only', '--fail-on', 'never',
        '-o', `${path}.ndjson`,
      ],
      { encoding: 'utf8' },
    );
    const { stdout } = spawnSync('node', ['-e', `
      import('${process.cwd()}/dist/index.js').then(async ({ analyze }) => {
        const { capture } = await analyze(['${path}'], { jobs: 1 });
        console.log(capture.packets, process.resourceUsage().maxRSS);
      })`], { encoding: 'utf8' });
    const [packets, kilobytes] = stdout.split(' ').map(Number);
    const [user, system] = measured.stderr.trim().split(/\s+/).slice(-2).map(Number);
    const cost = ((user + system) * 1e9) / packets;
    if (usual === 0) usual = cost;
    const size = ndjson.status === 0 ? statSync(`${path}.ndjson`).size : NaN;
    console.log(`| ${name} | ${packets} | ${Math.round(cost)} | ${(cost / usual).toFixed(1)} | ` +
      `${Math.round(kilobytes / 1024)} MB | ${Math.round(statSync(`${path}.txt`).size / 1000)} kB of text ` +
      `|${ndjson.status === 0 ? ` ${Math.round(size / 1000)} kB` : ` ${ndjson.stderr}`} |`);
  }
} finally {
  rmSync(folder, { recursive: true });
}
