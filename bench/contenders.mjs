import { fileURLToPath } from 'node:url';

import { isInstalled, measure } from './measure.mjs';
import { median } from './quantities.mjs';

const inProject = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const lastack =
  (...options) =>
  (file) => [
    process.execPath, inProject('dist/cli/main.js'), 'report', file, '--quiet', '--fail-on', 'never', '-o', '/dev/null',
    ...options,
  ];

/** Who reads the same file, and what each does with it. */
export const CONTENDERS = [
  { name: 'capinfos -c', does: 'counts packets', command: (file) => ['capinfos', '-c', file] },
  { name: 'lastack report', does: 'findings, as text', command: lastack('-f', 'text') },
  { name: 'lastack report -j 2', does: 'the same by two threads', command: lastack('-f', 'text', '-j', '2') },
  {
    name: 'lastack report -f ndjson --findings-only', does: 'findings, and the connections that have them',
    command: lastack('-f', 'ndjson', '--findings-only'),
  },
  { name: 'lastack report -f ndjson', does: 'every connection and finding', command: lastack('-f', 'ndjson') },
  {
    name: 'a bare loop', does: 'frames, decodes, looks connections up, writes a row a packet',
    command: (file) => [process.execPath, inProject('bench/bare-loop.mjs'), file],
  },
  {
    name: 'pcap-parser', does: 'counts packets', isSlow: true,
    command: (file) => [process.execPath, inProject('bench/count-with-pcap-parser.mjs'), file],
  },
  { name: 'tcptrace -n', does: 'connections', command: (file) => ['tcptrace', '-n', file] },
  { name: 'argus', does: 'flow records', command: (file) => ['argus', '-r', file, '-w', '/dev/null'] },
  {
    name: 'tshark -q -z conv,tcp', does: 'conversations', isSlow: true,
    command: (file) => ['tshark', '-q', '-z', 'conv,tcp', '-r', file],
  },
];

/**
 * Lets all that are installed read `file` in turn, `rounds` times, so that a busy moment of the machine hits them
 * alike. Against the first of them each is weighed round by round: the median of pairs.
 *
 * @param {string} file
 * @param {number} rounds
 * @param {(said: string) => void} tell
 * @param {boolean} [withSlow] those, too, that take ten times as long as the others
 */
export function race(file, rounds, tell, withSlow = true) {
  const runners = CONTENDERS
    .filter(({ command, isSlow = false }) => (withSlow || !isSlow) && isInstalled(command(file)[0]))
    .map((contender) => ({ ...contender, costs: [] }));
  for (let round = 1; round <= rounds; round += 1) {
    for (const { name, command, costs } of runners) {
      tell(`round ${round} of ${rounds}: ${name}`);
      costs.push(measure(command(file)));
    }
  }
  const against = (costs, kind) => median(costs.map((cost, round) => cost[kind] / runners[0].costs[round][kind]));
  return runners.map(({ name, does, costs }) => ({
    name, does,
    wall: median(costs.map(({ wall }) => wall)),
    cpu: median(costs.map(({ cpu }) => cpu)),
    peak: median(costs.map(({ peak }) => peak)),
    wallAgainst: against(costs, 'wall'),
    cpuAgainst: against(costs, 'cpu'),
  }));
}
