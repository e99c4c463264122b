import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { generate } from './generate.mjs';
import { isInstalled, measure } from './measure.mjs';
import { median } from './quantities.mjs';

/** Packets of average length, and connections of fifteen packets. */
const BYTES_A_PACKET = 330;
const PACKETS_A_FLOW = 15;

const COMPRESSIONS = [
  { name: 'gzip', suffix: '.gz', command: (file) => ['gzip', '-k', file] },
  { name: 'zstd', suffix: '.zst', command: (file) => ['zstd', '-q', '-k', file] },
];

const DECOMPRESS = fileURLToPath(new URL('decompress.mjs', import.meta.url));

/**
 * Compresses one capture in every way that is installed, and lets lastack and the bare decompression by the same
 * library read it in turn.
 *
 * @param {{ folder: string, bytes: number, seed: number, rounds: number, report: (file: string) => string[], tell:
 * (said: string) => void }} options `report`: lastack's command
 */
export function compressed({ folder, bytes, seed, rounds, report, tell }) {
  const file = join(folder, 'compressed.pcap');
  const packets = Math.round(bytes / BYTES_A_PACKET);
  generate(file, { packets, flows: Math.max(Math.round(packets / PACKETS_A_FLOW), 1), bytes, seed, noise: true });
  const results = COMPRESSIONS.filter(({ command }) => isInstalled(command(file)[0])).map(
    ({ name, suffix, command }) => {
      tell(`${name}: compressing`);
      const [program, ...args] = command(file);
      const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
      const small = file + suffix;
      const costs = Array.from({ length: rounds }, () => [
        measure([process.execPath, DECOMPRESS, small]).wall, measure(report(small)).wall,
      ]);
      const result = {
        name, size: statSync(file).size, compressed: statSync(small).size, bare: median(costs.map(([bare]) => bare)),
        lastack: median(costs.map(([, lastack]) => lastack)),
      };
      rmSync(small);
      return result;
    },
  );
  rmSync(file);
  return results;
}
