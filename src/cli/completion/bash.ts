import type { CommandLine, Switch } from '../command-line.js';
import type { Vocabulary } from './vocabulary.js';

/** For bash from 3.2 on. An empty answer lets readline complete file names. */
export function bash(commands: readonly CommandLine[], vocabulary: Vocabulary): string {
  const names = commands.map(({ name }) => name).filter((name) => name !== '');
  return `# Completion of lastack for bash: source <(lastack completion bash)
_lastack() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=
  # Readline splits --format=json at the sign.
  if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then before=\${COMP_WORDS[COMP_CWORD-2]}; fi
  COMPREPLY=()
  case \${COMP_WORDS[1]} in ${names.join('|')}) ((COMP_CWORD > 1)) && command=\${COMP_WORDS[1]} ;; esac
  case "$command $before" in
${commands.flatMap((command) => command.options.flatMap((option) => valueCase(command.name, option, vocabulary))).join('')}  esac
  case "$command" in
${commands.map((command) => commandCase(command, names, vocabulary)).join('')}  esac
}
complete -o bashdefault -o default -F _lastack lastack
`;
}

function valueCase(command: string, option: Switch, vocabulary: Vocabulary): string[] {
  if (option.value === null) return [];
  const pattern = [option.short, option.long]
    .filter((flag) => flag !== '')
    .map((flag) => `"${command} ${flag}"`)
    .join('|');
  const values = vocabulary(option);
  if (values === 'files') return [`    ${pattern}) return ;;\n`];
  if (values === 'anything') return [`    ${pattern}) compopt +o bashdefault +o default 2>/dev/null; return ;;\n`];
  return [`    ${pattern}) COMPREPLY=($(compgen -W '${values.words.join(' ')}' -- "$word")); return ;;\n`];
}

function commandCase(
  { name, options, parameters }: CommandLine, names: readonly string[], vocabulary: Vocabulary,
): string {
  const flags = options.flatMap(({ short, long }) => (short === '' ? [long] : [short, long]));
  const words = parameters.flatMap((parameter) => {
    const values = vocabulary(parameter);
    return typeof values === 'object' ? values.words : [];
  });
  const first = name === '' ? names : words;
  const place = name === '' ? '((COMP_CWORD == 1)) && ' : '';
  return `    '${name}')\n` +
    `      if [[ $word == -* ]]; then COMPREPLY=($(compgen -W '${flags.join(' ')}' -- "$word"))\n` +
    (first.length === 0 ? '' : `      else ${place}COMPREPLY=($(compgen -W '${first.join(' ')}' -- "$word"))\n`) +
    '      fi ;;\n';
}
