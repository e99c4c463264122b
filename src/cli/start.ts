import { loadCompiled } from './compiled.js';
import type { Host } from './host.js';
import { bePatient } from './patience.js';

/** Carries out one command line, by code that is compiled already where the build has left that for this Node. */
export async function start(args: readonly string[], host: Host): Promise<void> {
  const { run } = (loadCompiled('cli.cjs') as typeof import('./cli.js') | null) ?? (await import('./cli.js'));
  bePatient();
  await run(args, host);
}
