import { type Command, Option } from '@commander-js/extra-typings';
import type { Tally } from '../compare/tally.js';
import type { DiffFormat } from '../report/diff.js';
import { inert } from '../report/inert.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import { interruptible } from './interrupt.js';
import {
  type ReadingOptions, config, filter, finTimeout, jobs, keepDuplicates, maxBytes, noColor, output, profile, quiet,
  reader, separate, timeWait, utc,
} from './options.js';
import { keeping, openOutput } from './output.js';
import { filesOf, filesRead, inputs, read } from './read.js';

/** Keys of `diffs`, which would load the formats before `--help`. */
export const FORMATS = ['text', 'json', 'markdown'] as const satisfies readonly DiffFormat[];

export function addDiff(program: Command, host: Host): void {
  program
    .command('diff')
    .summary('what got better and worse between two captures')
    .description(
      'What got better and worse at each service between two captures, earlier reports of them (-f ndjson, -f json), ' +
        'or folders of rows (collect), ' +
        'in connections per thousand. Rates that differ by no more than chance would make are the same.',
    )
    .argument('<before>', 'a capture, a folder, a glob, a report, or rows (lastack collect --to)')
    .argument('<after>', 'the same')
    .addOption(new Option('-f, --format <name>', 'how to write it').choices(FORMATS).default('text' as const))
    .addOption(output)
    .addOption(filter)
    .addOption(
      new Option('--fail-on <severity>', 'exit with 1 if a finding of this severity or worse is new or got worse')
        .choices(['error', 'warning', 'info', 'never'] as const)
        .default('error' as const),
    )
    .addOption(finTimeout)
    .addOption(timeWait)
    .addOption(profile)
    .addOption(separate)
    .addOption(keepDuplicates)
    .addOption(reader)
    .addOption(maxBytes)
    .addOption(jobs)
    .addOption(config)
    .addOption(utc)
    .addOption(quiet)
    .addOption(noColor)
    .addHelpText(
      'before',
      `Examples:
  lastack diff before.pcapng after.pcapng
  lastack diff main.ndjson branch.pcapng --fail-on warning -f markdown
  lastack diff monday/ tuesday/ --filter 'server-port 443'
`,
    )
    .action(async (before, after, options) => {
      if (before === '-' && after === '-')
        throw new CommandError('stdin can be read once: name a file for one of the two');
      const paths = [before, after].flatMap((path) => inputs([path], host));
      const { rowFilesIn } = await import('../rows/row-files.js');
      const rows = [before, after].flatMap(rowFilesIn).map((path) => ({ path, as: 'a file of these rows' }));
      const out = openOutput(options, [...(await filesRead(paths, options)), ...rows], host);
      await interruptible((signal) => keeping(out, async () => {
        const captures: string[] = [];
        const tallies = [
          await tally(before, options, host, signal, captures), await tally(after, options, host, signal, captures),
        ] as const;
        const [{ compare }, { diffs }, { reaches }] = await Promise.all([
          import('../compare/compare.js'), import('../report/diff.js'), import('../report/choices.js'),
        ]);
        const services = compare(...tallies);
        const [{ flows: earlier }, { flows: later }] = tallies;
        await out.write(
          diffs[options.format](
            { before: { name: before, flows: earlier }, after: { name: after, flows: later }, services }, out.look,
          ),
          signal,
        );
        const worse = services
          .flatMap(({ changes }) => changes)
          .filter(({ outcome }) => outcome === 'new' || outcome === 'worse');
        const isEmpty = later === 0 && options.failOn !== 'never';
        if (isEmpty)
          host.stderr.write(`lastack: ${inert(after)} has no connection to compare. That proves nothing\n`);
        host.exitCode = isEmpty || worse.some(({ severity }) => reaches(severity, options.failOn)) ? 1 : 0;
        return captures;
      }));
    });
}

/** `captures` takes the files that were read. */
async function tally(
  path: string, options: ReadingOptions, host: Host, signal: AbortSignal, captures: string[],
): Promise<Tally> {
  const [{ isReport, readTally }, { tallyOf }, { isRowFolder }] = await Promise.all([
    import('../compare/read-report.js'), import('../compare/tally.js'), import('../rows/row-files.js'),
  ]);
  if (isRowFolder(path)) {
    if (options.filter !== undefined)
      throw new CommandError(`--filter needs captures, and ${path} is a folder of rows`);
    const [{ readFleet }, { tallyOfFleet }] = await Promise.all([
      import('../rows/fleet-report.js'), import('../rows/tally.js'),
    ]);
    return tallyOfFleet(await readFleet(path));
  }
  if (!isReport(path)) {
    const analysis = await read(inputs([path], host), options, host, signal);
    captures.push(...filesOf(analysis));
    if (analysis.connectionCount === 0) {
      const { wellOf } = await import('../report/well.js');
      host.stderr.write(`lastack: ${inert(path)}: ${wellOf(analysis)}\n`);
    }
    return tallyOf(analysis);
  }
  if (options.filter !== undefined) throw new CommandError(`--filter needs captures, and ${path} is a report`);
  const counted = await readTally(path);
  if (counted.findingsOnly)
    throw new CommandError(
      `${path} was written with --findings-only or --keep-connections, and does not tell how many connections each ` +
        `service had`,
    );
  return counted;
}
