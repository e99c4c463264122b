import { spawnSync } from 'node:child_process';
import { end } from './tshark.mjs';

const MOST = 512 * 2 ** 20;

export function hasTcptrace() {
  return spawnSync('tcptrace', ['-v'], { stdio: 'ignore' }).error === undefined;
}

/**
 * What tcptrace counts each way between two ends, of all its connections on them: it opens others than we do.
 * Null where it cannot read the capture.
 */
export function askTcptrace(file) {
  const { stdout } = spawnSync('tcptrace', ['-l', '-n', '--csv', file], {
    encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: MOST,
  });
  const lines = (stdout ?? '').split('\n');
  const header = lines.find((line) => line.startsWith('conn_#'))?.split(',');
  if (header === undefined) return null;
  const ways = new Map();
  for (const line of lines) {
    if (!/^\d+,/.test(line)) continue;
    const cells = line.split(',').map((cell) => cell.trim());
    const cell = (name) => cells[header.indexOf(name)];
    const [a, b] = [end(cell('host_a'), cell('port_a')), end(cell('host_b'), cell('port_b'))];
    for (const [way, side] of [[`${a} > ${b}`, 'a2b'], [`${b} > ${a}`, 'b2a']]) {
      const before = ways.get(way) ?? { packets: 0, fins: 0, rsts: 0, bytes: 0 };
      ways.set(way, {
        packets: before.packets + Number(cell(`total_packets_${side}`)),
        fins: before.fins + Number(cell(`SYN/FIN_pkts_sent_${side}`).split('/')[1]),
        rsts: before.rsts + Number(cell(`resets_sent_${side}`)),
        bytes: before.bytes + Number(cell(`actual_data_bytes_${side}`)),
      });
    }
  }
  return ways;
}
