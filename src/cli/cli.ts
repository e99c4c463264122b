import { Command, CommanderError, type CommandUnknownOpts } from '@commander-js/extra-typings';
import { addBetween } from './between.js';
import { addCollect } from './collect.js';
import { addCompletion } from './completion.js';
import { applyConfig } from './config.js';
import { addDiff } from './diff.js';
import { addExplain } from './explain.js';
import { addExtcap } from './extcap.js';
import { addExtract } from './extract.js';
import { CommandError, fail } from './failure.js';
import { addFlow } from './flow.js';
import { type Host, wantsColor } from './host.js';
import { addMcp } from './mcp.js';
import { addNetstat } from './netstat.js';
import { addOpen } from './open.js';
import { addReport } from './report.js';
import { addServe } from './serve.js';
import { addWatch } from './watch.js';
import { addWireshark } from './wireshark.js';
import { version } from '../base/version.js';
import { useZone } from '../base/zone.js';

const EXAMPLES = `Examples:
  lastack trace.pcapng                                 look at it, on a terminal
  ssh host tcpdump -U -w - tcp | lastack -             look at what happens now
  lastack watch -i eth0 tcp port 8000                  the same on this host
  lastack report captures/ -f ndjson                   for a program
  lastack netstat trace.pcapng --at +12.5 --summary    who was in which state
  lastack flow trace.pcapng 7                          one connection, frame by frame
  lastack extract trace.pcapng --finding half-closed -o leaks.pcapng
  lastack diff before.pcapng after.pcapng              what a fix changed
  lastack between client.pcapng server.pcapng          who sent this RST, and what was lost on the way
  lastack explain half-closed                          what it means and what to change
`;

const EXIT_STATUS = `
Exit status:
  0    nothing at or above --fail-on
  1    findings, connections of which nothing is known, or no TCP connection at all
  2    the input or the command was wrong
  130  interrupted
The screen always ends with 0. At a terminal, an option of the report (-f, -o, --baseline…) gives the report.`;

/** Carries out one command line. Never throws: what goes wrong is on `host.stderr` and in `host.exitCode`. */
export async function run(args: readonly string[], host: Host): Promise<void> {
  // Each write hands its error to its own callback; an event nobody hears would end the process with a stack trace.
  for (const stream of [host.stdout, host.stderr]) stream.on('error', () => {});
  try {
    await commands(host, called(args)).parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) host.exitCode = error.exitCode === 0 ? 0 : 2;
    else fail(error, host);
  }
}

/** All commands, in the order of the help. */
const COMMANDS = {
  report: addReport, netstat: addNetstat, flow: addFlow, extract: addExtract, between: addBetween, diff: addDiff,
  explain: addExplain, watch: addWatch, serve: addServe, collect: addCollect, mcp: addMcp, wireshark: addWireshark,
  extcap: addExtcap, completion: addCompletion,
};

type Name = keyof typeof COMMANDS;

/**
 * The command that is called, where it need not know the others, nor what stands without one: all together take 3 ms to
 * make.
 */
function called([name = '']: readonly string[]): Name | undefined {
  return Object.hasOwn(COMMANDS, name) && name !== 'completion' ? (name as Name) : undefined;
}

/**
 * The whole command line, or that of one command. Help, completions, the man page, the README's lists and the schema of
 * --config are made of it.
 */
export function commands(host: Host, only?: Name): Command {
  const program = new Command('lastack')
    .description('How did every TCP connection in this capture end, whose doing was it, and what must change?')
    .version(only === undefined ? version() : '', '--version')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      outputError: (text, write) => write(inOurWords(text)),
      getOutHasColors: () => wantsColor(host.stdout, host.env, true),
      getErrHasColors: () => wantsColor(host.stderr, host.env, true),
      getOutHelpWidth: () => Math.min(host.stdout.columns ?? 100, 120),
      getErrHelpWidth: () => Math.min(host.stderr.columns ?? 100, 120),
    })
    .usage('[options] CAPTURE...\n       lastack COMMAND [options] ...')
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_STATUS);
  program.hook('preSubcommand', (_, command) => refuseOptionsBefore(command, program));
  program.hook('preAction', (_, command) => {
    applyConfig(command, () => (only === undefined ? program : commands(host)));
    useZone(command.opts()['utc'] === true ? 'utc' : 'local');
  });
  const adding = only === undefined ? [addOpen, ...Object.values(COMMANDS)] : [COMMANDS[only]];
  for (const add of adding) add(program, host);
  return program;
}

/** `lastack --fin-timeout 6s report x.pcap` gives the timeout to the wrong command, which would be silent. */
function refuseOptionsBefore(command: CommandUnknownOpts, program: Command): void {
  const misplaced = program.options.find((option) => program.getOptionValueSource(option.attributeName()) === 'cli');
  if (misplaced !== undefined)
    throw new CommandError(`write ${misplaced.long ?? misplaced.flags} after ${command.name()}`);
}

/** What Commander says is wrong, begun as all messages are, and without its word for the argument of a command. */
function inOurWords(text: string): string {
  return text
    .replace(/^error: /, 'lastack: ')
    .replace(/command-argument value '(.*)' is invalid for argument '(.*)'\. /, "$2 '$1' is invalid. ");
}
