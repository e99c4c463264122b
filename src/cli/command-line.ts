import type { EventEmitter } from 'node:events';
import type { CommandUnknownOpts, Option } from '@commander-js/extra-typings';

/**
 * The command line as data, taken from the commands themselves: completions, the man page, the README and the schema of
 * --config are made of it.
 */
export interface CommandLine {
  /** `report`; empty for what `lastack` does without a command. */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** One a line, as the help shows them. */
  readonly examples: readonly string[];
  readonly parameters: readonly Parameter[];
  readonly options: readonly Switch[];
}

export interface Parameter {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  readonly variadic: boolean;
  readonly choices: readonly string[];
}

export interface Switch {
  /** `-f, --format <name>` */
  readonly flags: string;
  /** `format`; of `--no-color`, `color`. */
  readonly name: string;
  /** `-f`; empty where there is none. */
  readonly short: string;
  /** `--format` */
  readonly long: string;
  /** `name`; null for one that takes no value. */
  readonly value: string | null;
  readonly description: string;
  /** What the help says of the default; empty where there is none. */
  readonly fallback: string;
  /** Empty where any value is possible. */
  readonly choices: readonly string[];
  /** `--no-color`: giving it turns something off. */
  readonly negated: boolean;
  readonly repeatable: boolean;
}

/** What every command has: commander makes it itself. */
const HELP: Switch = {
  flags: '-h, --help', name: 'help', short: '-h', long: '--help', value: null,
  description: 'what there is to say and examples', fallback: '', choices: [], negated: false, repeatable: false,
};

/** `program` and its commands, in the order of the help; without those that only programs call. */
export function commandLines(program: CommandUnknownOpts): CommandLine[] {
  const shown = new Set(program.createHelp().visibleCommands(program));
  return [
    describe(program, ''),
    ...program.commands.filter((command) => shown.has(command)).map((command) => describe(command, command.name())),
  ];
}

function describe(command: CommandUnknownOpts, name: string): CommandLine {
  return {
    name, summary: command.summary(), description: command.description(), examples: examplesOf(command),
    parameters: command.registeredArguments.map((argument) => ({
      name: argument.name(), description: argument.description, required: argument.required,
      variadic: argument.variadic, choices: argument.argChoices ?? [],
    })),
    options: [...command.options.map(describeOption), HELP],
  };
}

export function describeOption(option: Option): Switch {
  const {
    flags, short = '', long = '', description, argChoices = [], defaultValue, defaultValueDescription, negate,
  } = option;
  const fallback = defaultValueDescription ?? (typeof defaultValue === 'string' ? defaultValue : '');
  return {
    flags, name: option.name().replace(negate ? /^no-/ : /^$/, ''), short, long,
    value: /<(.+)>$/.exec(flags)?.[1] ?? null, description, fallback, choices: argChoices, negated: negate,
    repeatable: isRepeatable(option),
  };
}

/** Whether an option may be repeated: its help says so. */
export function isRepeatable({ description }: Pick<Option, 'description'>): boolean {
  return description.includes('may be repeated');
}

/**
 * The help has them in the text before it, which commander hands out by an event only: a command is an EventEmitter,
 * though its type does not say so.
 */
function examplesOf(command: CommandUnknownOpts): string[] {
  let text = '';
  (command as unknown as EventEmitter).emit('beforeHelp', {
    error: false, command, write: (more: string) => (text += more),
  });
  return text.split('\n').filter((line) => line.startsWith('  ')).map((line) => line.slice(2));
}
