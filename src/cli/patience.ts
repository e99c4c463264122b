import { setFlagsFromString } from 'node:v8';

import type { Progress } from '../analysis/model.js';

/** Of Node 20 alone: V8 complains of a flag that it does not know, and later ones count calls, by other flags. */
const KNOWN = process.versions.node.startsWith('20.');

const LARGE_SEEN = Symbol.for('lastack: a large capture was seen');

/** Packets of a capture for which code that is compiled late makes the user wait. */
const LARGE = 2e6;

/** One for the process: what loads the program has a copy of this file that is not the program's. */
const seen = globalThis as { [LARGE_SEEN]?: boolean };

/**
 * Lets V8 wait six times as long before it compiles a function to machine code: 400,000 bytecodes of it. A small
 * capture is told by then, and the compiler, in threads of its own, took a quarter of the CPU time: 65 functions for
 * 4,000 packets, of which nine remain. A capture of 300 MB takes no longer, one of 2 GB does (`endPatience`). What Node
 * 22 has for this costs a large capture more, and Node 24 gains nothing.
 *
 * Of a capture of 1 MB, twice as much patience takes 2 of 115 ms, and adds a hundredth to one of 30 MB. Without gain:
 * budgets for feedback of 300 to 3760, feedback at once, batches for Sparkplug of 2 and 16 KB, no OSR, scavenges by one
 * thread, another growth of the semi-spaces. Without Sparkplug it takes 25 ms more.
 */
export function bePatient(): void {
  if (KNOWN && seen[LARGE_SEEN] !== true) setFlagsFromString('--interrupt-budget=400000');
}

/**
 * Lets V8 compile as it does of itself once a capture turns out to be large. What judges its connections runs for the
 * first time behind its last packet, and there are many: of 400,000 connections it takes 5 % off the time on the clock,
 * and adds 2 % of CPU in the compiler's threads.
 */
export function endPatience({ packets }: Pick<Progress, 'packets'>): void {
  if (packets < LARGE || seen[LARGE_SEEN] === true) return;
  seen[LARGE_SEEN] = true;
  beAsUsual();
}

/**
 * As V8 is of itself. So it must be while code is loaded: compiled code, Node's own too, is taken by a V8 of the same
 * flags only.
 */
export function beAsUsual(): void {
  if (KNOWN) setFlagsFromString('--interrupt-budget=67584');
}
