import { Argument, type Command } from '@commander-js/extra-typings';
import { commandLines } from './command-line.js';
import type { Host } from './host.js';

/** Keys of `shells`, which would load the scripts before `--help`. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export function addCompletion(program: Command, host: Host): void {
  program
    .command('completion')
    .summary('a script that lets the shell complete commands and options')
    .description(
      'A script by which a shell completes commands, options and their values. It is made of the commands of this ' +
        'version.',
    )
    .addArgument(new Argument('<shell>', 'whose language it is').choices(SHELLS))
    .addHelpText(
      'before',
      `Examples:
  source <(lastack completion bash)                                     in ~/.bashrc
  lastack completion zsh > "\${fpath[1]}/_lastack"
  lastack completion fish > ~/.config/fish/completions/lastack.fish
`,
    )
    .action(async (shell) => {
      const [{ shells }, { vocabulary }] = await Promise.all([
        import('./completion/shells.js'), import('./completion/vocabulary.js'),
      ]);
      host.stdout.write(shells[shell](commandLines(program), vocabulary));
      host.exitCode = 0;
    });
}
