import { readFileSync } from 'node:fs';
import { type CommandUnknownOpts, InvalidArgumentError, type Option } from '@commander-js/extra-typings';
import { type Switch, describeOption } from './command-line.js';
import { CommandError } from './failure.js';
import { suggest } from './suggest.js';

/** What stands in a config file beside options: which schema it follows. */
const SCHEMA = '$schema';

/** Never in a config file: what asks lastack about itself, and the file itself. */
const NOT_CONFIGURABLE: ReadonlySet<string> = new Set(['config', 'help', 'version']);

/** Whether a config file may have an option. What is read is named by the command line alone. */
export function isConfigurable(command: string, option: string): boolean {
  return !NOT_CONFIGURABLE.has(option) && (command !== 'report' || option !== 'rows');
}

/**
 * Gives `command` the options of its `--config` file, a JSON object of option names and values. What the command line
 * says wins, and what only other commands know is left to them, so that one file serves all. `all`: the whole command
 * line.
 *
 * @throws CommandError that says what is wrong, with the name of the file
 */
export function applyConfig(command: CommandUnknownOpts, all: () => CommandUnknownOpts): void {
  const file: unknown = command.opts()['config'];
  if (typeof file !== 'string') return;
  const own = configurable(command);
  const program = all();
  const names = new Set([program, ...program.commands].flatMap((any) => [...configurable(any).keys()]));
  for (const [name, value] of Object.entries(readConfig(file))) {
    if (name === SCHEMA) continue;
    if (!names.has(name))
      throw new CommandError(`${file}: there is no option ${name}.${suggest(name, names)}`.replace(/\.$/, ''));
    const option = own.get(name);
    if (option === undefined) continue;
    const attribute = option.attributeName();
    if (command.getOptionValueSource(attribute) === 'cli') continue;
    try {
      command.setOptionValueWithSource(attribute, parsed(option, value), 'config');
    } catch (error) {
      if (error instanceof InvalidArgumentError) throw new CommandError(`${file}: ${name}: ${error.message}`);
      throw error;
    }
  }
}

function configurable(command: CommandUnknownOpts): Map<string, Option> {
  return new Map(
    command.options
      .map((option) => [describeOption(option).name, option] as const)
      .filter(([name]) => isConfigurable(command.name(), name)),
  );
}

function readConfig(file: string): object {
  const text = readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new CommandError(`${file}: no JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (typeof config !== 'object' || config === null || Array.isArray(config))
    throw new CommandError(`${file}: a config file is a JSON object: {"fail-on": "warning"}`);
  return config;
}

/** The value as the command line would have made it of the same words. */
function parsed(option: Option, value: unknown): unknown {
  const { value: takes, repeatable } = describeOption(option);
  if (takes === null) {
    if (typeof value !== 'boolean') throw new InvalidArgumentError('Write true or false.');
    return value;
  }
  const words = repeatable && Array.isArray(value) ? value : [value];
  if (words.length === 0 || !words.every(isWord)) throw new InvalidArgumentError(`Write ${expected({ repeatable })}.`);
  return words.reduce<unknown>((before, word) => option.parseArg?.(String(word), before) ?? String(word), undefined);
}

function isWord(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function expected({ repeatable }: Pick<Switch, 'repeatable'>): string {
  return repeatable ? 'a text, a number or a list of them' : 'a text or a number';
}
