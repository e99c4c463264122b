import { InvalidArgumentError } from 'commander';
import type { Separator } from '../analysis/model.js';

/** Words of `SEPARATORS`, which would load the analysis before `--help`. */
export const SEPARATOR_NAMES = ['vlan', 'interface', 'tunnel'] as const satisfies readonly Separator[];

/** `vlan,tunnel`; repeated, each adds to those before. */
export function parseSeparators(text: string, before: readonly Separator[] = []): readonly Separator[] {
  const named = text.split(',').map((word) => {
    const name = SEPARATOR_NAMES.find((known) => known === word.trim().toLowerCase());
    if (name === undefined)
      throw new InvalidArgumentError(`Write ${SEPARATOR_NAMES.join(', ')}, several with commas between.`);
    return name;
  });
  return [...new Set([...before, ...named])];
}
