import { setFlagsFromString } from 'node:v8';

/** Of Node 20 alone: V8 complains of a flag that it does not know, and later ones count calls, by other flags. */
const KNOWN = process.versions.node.startsWith('20.');

/**
 * Lets V8 wait six times as long before it compiles a function to machine code: 400,000 bytecodes of it. A small
 * capture is told by then, and the compiler, in threads of its own, took a quarter of the CPU time: 65 functions for
 * 4,000 packets, of which nine remain. A capture of 300 MB takes no longer. What Node 22 has for this costs a large
 * capture more, and Node 24 gains nothing.
 */
export function bePatient(): void {
  if (KNOWN) setFlagsFromString('--interrupt-budget=400000');
}

/**
 * As V8 is of itself. So it must be while code is loaded: compiled code, Node's own too, is taken by a V8 of the same
 * flags only.
 */
export function beAsUsual(): void {
  if (KNOWN) setFlagsFromString('--interrupt-budget=67584');
}
