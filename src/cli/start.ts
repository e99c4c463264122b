import { setFlagsFromString } from 'node:v8';
import type { Host } from './host.js';

/**
 * Lets V8 wait three times as long before it compiles a function to machine code: 400,000 bytecodes of it. A small
 * capture is told by then, and the compiler, in threads of its own, took a quarter of the CPU time: 65 functions for
 * 4,000 packets, of which nine remain. A capture of 300 MB takes no longer. Node 22 and 24, whose V8 does not know the
 * flag and would complain of it, have others, which cost a large capture more or gain nothing.
 */
const PATIENCE = '--interrupt-budget=400000';

/** Carries out one command line, by a V8 that is set up for runs of a part of a second. */
export async function start(args: readonly string[], host: Host): Promise<void> {
  if (process.versions.node.startsWith('20.')) setFlagsFromString(PATIENCE);
  const { run } = await import('./cli.js');
  await run(args, host);
}
