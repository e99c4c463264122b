import { cpus, loadavg } from 'node:os';

import { quantity } from './quantities.mjs';

/** What each stage of stages.mjs does. */
const STAGES = {
  framing: 'finding the packets in the file: reading included',
  decode: 'link layer, IP, TCP and its options',
  flow: 'connection of each segment, what is counted of it, its history',
  findings: 'detectors, and the fold of every connection that did not close plainly',
  folding: 'the fold of all connections (only a report of all of them needs it)',
  report: 'writing every connection and finding as NDJSON',
};

/**
 * docs/performance.md.
 *
 * @param {{ command: string, made: object, race: object[], shapes: object[], stages: Record<string, number>, growth:
 * object[], flooded: { attempts: number, wall: number, cpu: number, peak: number }, unpacked: object[] }} results
 */
export function page({ command, made, race, shapes, stages, growth, flooded, unpacked }) {
  return `# Performance

Made by \`${command}\`, which writes this page: ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'}), Node ${process.versions.node}, files in the page cache.
Load average at the end, the benchmark's own one included: ${loadavg()[0].toFixed(1)}; where that is more than the cores, CPU time says more than wall time.
\`lastack\` uses a thread for two cores, and two where that is said.

## Beside others

One capture of ${quantity(made.packets)} packets, ${quantity(made.flows)} connections and ${bytes(made.bytes)}; medians of runs in turn.

${table(
  ['', 'gives', 'wall', 'CPU', 'peak memory', 'wall, against capinfos', 'CPU, against capinfos'],
  race.map(({ name, does, wall, cpu, peak, wallAgainst, cpuAgainst }) => [
    `\`${name}\``, does, `${wall.toFixed(2)} s`, `${cpu.toFixed(2)} s`, bytes(peak), wallAgainst.toFixed(1),
    cpuAgainst.toFixed(1),
  ]),
)}

## Captures of other shapes

CPU time, user and system; in brackets against \`${race[0].name}\`, the median of pairs.

${table(
  ['', ...shapes.map(({ name }) => name)],
  shapes[1].race.map(({ name }) => [
    `\`${name}\``,
    ...shapes.map(({ race: places }) => {
      const { cpu, cpuAgainst } = places.find((place) => place.name === name);
      return `${cpu.toFixed(2)} s (${Number.isFinite(cpuAgainst) ? cpuAgainst.toFixed(1) : "-"})`;
    }),
  ]),
)}

Endings are drawn by lot, and four of ten short connections have a finding: verdicts and diagnoses are most of what these
captures cost. tcptrace and argus tell nothing of that, and take less CPU, of the short connections above all.

## Stage by stage

Nanoseconds of CPU time a packet, the best of several rounds, once the compiler has warmed up.

${table(
  ['stage', 'ns a packet', ''], Object.entries(STAGES).map(([name, what]) => [name, stages[name].toFixed(0), what]),
)}

All that finds findings (the first four): ${(stages.framing + stages.decode + stages.flow + stages.findings).toFixed(0)} ns a packet.

## Cost against size

\`lastack report\` over captures of 15 packets a connection; its time without that of a capture of one connection, which is the start of the program.

${table(
  [
    'connections', 'packets', 'file', 'wall, a packet', 'peak memory', 'beside 150 MB, a connection',
    'peak with `--findings-only`',
  ],
  growth.map(({ flows, packets, size, wall, peak, findingsOnly }) => [
    quantity(flows), quantity(packets), bytes(size), `${((wall * 1e9) / packets).toFixed(0)} ns`, bytes(peak),
    bytes(Math.max(0, peak - 150e6) / flows), bytes(findingsOnly),
  ]),
)}

The connections begin at 2000 a second, and a closed one is kept for the two minutes in which TIME-WAIT can matter: \`--findings-only\` saves memory in
captures that are longer than that.

A SYN flood of ${quantity(flooded.attempts)} addresses, 100,000 a second, with \`--findings-only\`: ${flooded.wall.toFixed(2)} s, ${flooded.cpu.toFixed(2)} s of CPU, ${bytes(flooded.peak)} at most.

## Compressed

\`lastack report\` beside the bare decompression by the same library, which counts the bytes. Payloads are random letters, for they compress as
real ones do.

${table(
  ['', 'capture', 'compressed', 'decompression alone', '`lastack report`', 'times'],
  unpacked.map(({ name, size, compressed, bare, lastack }) => [
    name, bytes(size), bytes(compressed), `${bare.toFixed(2)} s`, `${lastack.toFixed(2)} s`, times(lastack, bare),
  ]),
)}
`;
}

function times(value, one) {
  return one ? (value / one).toFixed(1) : '';
}

function bytes(value) {
  return value < 1e6
    ? `${Math.round(value)} B`
    : value < 1e9
      ? `${Math.round(value / 1e6)} MB`
      : `${(value / 1e9).toFixed(1)} GB`;
}

function table([...headers], rows) {
  return [headers, headers.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
