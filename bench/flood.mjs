/**
 * Makes a SYN flood: attempts from addresses that nobody has, each once, which nobody answers.
 *
 *     node bench/flood.mjs FILE [--attempts 2M] [--seed 1]
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

import { PcapFile } from './pcap-file.mjs';
import { parseQuantity } from './quantities.mjs';
import { Random } from './random.mjs';
import { CLIENT, SYN, Talk } from './talk.mjs';

/** 2026-01-01 UTC, in microseconds. */
const BEGIN = 1_767_225_600e6;
/** Microseconds between two attempts: 100,000 a second. */
const INTERVAL = 10;
/** A step through all 32-bit numbers that comes back to none of them: odd. */
const STRIDE = 0x9e37_79b1;

/**
 * @param {string} path
 * @param {{ attempts: number, seed?: number }} size
 */
export function flood(path, { attempts, seed = 1 }) {
  const random = new Random(seed);
  const file = new PcapFile(path);
  for (let number = 0; number < attempts; number += 1) {
    const talk = new Talk({
      ipv6: false, random, client: Math.imul(number, STRIDE) >>> 0, clientPort: 1024 + (number % 60_000),
      server: 0xc0a8_0001, serverPort: 80,
    });
    file.add(BEGIN + number * INTERVAL, (buffer, at) =>
      talk.write({ by: CLIENT, flags: SYN, wait: 0 }, number / 100, buffer, at),
    );
  }
  file.close();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { attempts: { type: 'string', default: '2M' }, seed: { type: 'string', default: '1' } },
  });
  flood(positionals[0], { attempts: parseQuantity(values.attempts), seed: Number(values.seed) });
}
