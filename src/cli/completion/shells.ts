import type { CommandLine } from '../command-line.js';
import { bash } from './bash.js';
import { fish } from './fish.js';
import type { Vocabulary } from './vocabulary.js';
import { zsh } from './zsh.js';

/** Every shell by its name. Adding one: write its file, then add it here and to `SHELLS`. */
export const shells = { bash, zsh, fish } as const satisfies Record<
  string,
  (commands: readonly CommandLine[], vocabulary: Vocabulary) => string
>;
