import type { CollectOptions } from '../../../src/collect/collect.js';
import { SECOND } from '../../../src/base/time.js';

/** What the workers of a fleet must agree on. */
export interface Settings {
  readonly queue: string;
  readonly state: string;
  readonly to: string;
  readonly format: CollectOptions['format'];
  readonly findingsOnly: boolean;
  /** Of one job; bytes and milliseconds. */
  readonly memory: number;
  readonly time: number;
}

/** Where a worker tells its processors, which are processes of their own, what was set. */
export const VARIABLE = 'LASTACK_FLEET';

export function collecting(source: string, { state, to, format, findingsOnly }: Settings): CollectOptions {
  return { source, state, to, format, found: findingsOnly, overlap: SECOND };
}
