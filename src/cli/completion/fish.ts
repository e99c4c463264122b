import type { CommandLine, Switch } from '../command-line.js';
import type { Values, Vocabulary } from './vocabulary.js';

export function fish(commands: readonly CommandLine[], vocabulary: Vocabulary): string {
  const names = commands.map(({ name }) => name).filter((name) => name !== '').join(' ');
  return `# Completion of lastack for fish: lastack completion fish > ~/.config/fish/completions/lastack.fish
${commands.map((command) => lines(command, names, vocabulary)).join('')}`;
}

function lines({ name, summary, options, parameters }: CommandLine, names: string, vocabulary: Vocabulary): string {
  const condition =
    name === '' ? `'not __fish_seen_subcommand_from ${names}'` : `'__fish_seen_subcommand_from ${name}'`;
  const command = name === '' ? '' : `complete -c lastack -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}\n`;
  const words = parameters.flatMap((parameter) => {
    const values = vocabulary(parameter);
    return typeof values === 'object'
      ? [`complete -c lastack -n ${condition} -f -a ${quoted(values.words.join(' '))}\n`]
      : [];
  });
  return command + words.join('') + options.map((option) => line(option, condition, vocabulary)).join('');
}

function line(option: Switch, condition: string, vocabulary: Vocabulary): string {
  const { short, long, value, description } = option;
  const names = `${short === '' ? '' : ` -s ${short.slice(1)}`} -l ${long.slice(2)}`;
  return `complete -c lastack -n ${condition}${names}${value === null ? '' : takes(vocabulary(option))} -d ` +
    `${quoted(description)}\n`;
}

/** `-r` is followed by a file, `-x` by nothing but what is listed. */
function takes(values: Values): string {
  if (values === 'files') return ' -r -F';
  return values === 'anything' ? ' -x' : ` -x -a ${quoted(values.words.join(' '))}`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, String.raw`\$&`)}'`;
}
