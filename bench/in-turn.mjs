/**
 * Two builds of lastack over one capture, in turn: what a change costs or gains, on a machine that others use as well.
 *
 *     node bench/in-turn.mjs OTHER-CHECKOUT CAPTURE [--rounds 5] [-- ARGUMENT...]
 *
 * Without arguments: report --jobs 1 --fail-on never.
 *
 * Both are to be built before (`npm run build`). Says the CPU time of each, and the median of the ratios of pairs.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { measure } from './measure.mjs';
import { median } from './quantities.mjs';

const split = process.argv.indexOf('--', 2);
const own = process.argv.slice(2, split < 0 ? undefined : split);
const told = split < 0 ? ['report', '--jobs', '1', '--fail-on', 'never'] : process.argv.slice(split + 1);
const { values, positionals: [other, capture] } = parseArgs({
  args: own, allowPositionals: true, options: { rounds: { type: 'string', default: '5' } },
});
if (other === undefined || capture === undefined) throw new Error('name the other checkout, and a capture');

const main = (checkout) => resolve(checkout, 'dist/cli/main.cjs');
const run = (checkout) => measure([process.execPath, main(checkout), ...told, capture]).cpu;
const here = new URL('..', import.meta.url).pathname;
const costs = Array.from({ length: Number(values.rounds) }, (_, round) => {
  // Whoever comes first finds the machine as the other one leaves it.
  if (round % 2 === 1) return [run(other), run(here)];
  const now = run(here);
  return [run(other), now];
});
const seconds = (place) => costs.map((pair) => pair[place].toFixed(2)).join(', ');
console.log(`there ${seconds(0)} s\nhere  ${seconds(1)} s`);
console.log(`here against there: ${median(costs.map(([before, now]) => now / before)).toFixed(3)}`);
