import type { CommandLine, Parameter, Switch } from '../command-line.js';
import type { Values, Vocabulary } from './vocabulary.js';

/** For zsh's _arguments (zshcompsys(1)). */
export function zsh(commands: readonly CommandLine[], vocabulary: Vocabulary): string {
  const named = commands.filter(({ name }) => name !== '');
  const bare = commands.filter(({ name }) => name === '');
  return `#compdef lastack
# Completion of lastack for zsh: lastack completion zsh > "\${fpath[1]}/_lastack"
_lastack_first() {
  local -a commands=(
${named.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}\n`).join('')}  )
  _describe command commands
  _files
}
_lastack() {
  case $words[2] in
${named.map((command) => commandCase(command, vocabulary)).join('')}    *)
      _arguments -s \\
${bare.flatMap(({ options }) => options.map((option) => specification(option, vocabulary))).join('')}        '1: :_lastack_first' '*:captures:_files' ;;
  esac
}
if [[ $funcstack[1] == _lastack ]]; then _lastack "$@"; else compdef _lastack lastack; fi
`;
}

function commandCase({ name, options, parameters }: CommandLine, vocabulary: Vocabulary): string {
  return `    ${name})\n      shift words; ((CURRENT--))\n      _arguments -s \\\n` +
    options.map((option) => specification(option, vocabulary)).join('') +
    `        ${parameters.map((parameter) => position(parameter, vocabulary)).join(' ')} ;;\n`;
}

/** `'(-f --format)'{-f+,--format=}'[how to write it]:name:(text json)' \` */
function specification(option: Switch, vocabulary: Vocabulary): string {
  const { short, long, value, description, repeatable } = option;
  const flags = short === '' ? [long] : [short, long];
  const told = `[${escaped(description)}]${value === null ? '' : `:${escaped(value)}:${action(vocabulary(option))}`}`;
  const spelled = value === null ? flags : flags.map((flag) => (flag.startsWith('--') ? `${flag}=` : `${flag}+`));
  const once = repeatable ? '*' : flags.length > 1 ? `(${flags.join(' ')})` : '';
  const names = spelled.length === 1 ? spelled.join('') : `'{${spelled.join(',')}}'`;
  return `        '${once}${names}${told.replaceAll("'", String.raw`'\''`)}' \\\n`;
}

function position(parameter: Parameter, vocabulary: Vocabulary): string {
  return quoted(`${parameter.variadic ? '*' : ''}:${escaped(parameter.name)}:${action(vocabulary(parameter))}`);
}

function action(values: Values): string {
  if (values === 'files') return '_files';
  return values === 'anything' ? ' ' : `(${values.words.join(' ')})`;
}

/** _arguments ends a description at a bracket and a message at a colon. */
function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, String.raw`\$&`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
