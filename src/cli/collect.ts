import { type Command, Option } from '@commander-js/extra-typings';

import { SECOND } from '../base/time.js';
import type { RowFormat } from '../collect/collect.js';
import type { StepRow } from '../collect/rows.js';
import { inert } from '../report/inert.js';
import { placeAndWhat } from '../report/damage.js';
import { count, counted } from '../report/quantities.js';
import { expandCaptures } from './captures.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import {
  config, finTimeout, keepDuplicates, maxBytes, profile, quiet, separate, timeWait, analysisOptions,
} from './options.js';
import { parseDuration } from './quantities.js';

/** The words of `ROW_FORMATS`, which would load the formats before `--help`. */
const FORMATS = ['parquet', 'ndjson', 'both'] as const satisfies readonly RowFormat[];

/**
 * How far apart the queues of a network card deliver packets, and the end of one rotated file lies from the beginning
 * of the next.
 */
const OVERLAP = SECOND;

export function addCollect(program: Command, host: Host): void {
  program
    .command('collect')
    .summary('rows of connections, file after file of a tap that goes on')
    .description(
      'Takes the next files of a source, a tap whose capture is rotated, and writes rows of the connections that ' +
        'are final by ' +
        'then. What is still open is carried along in a state, so that the rows are those of one run over all ' +
          'files. Run again with the same ' +
        'files it does nothing; killed at any moment and run again it writes the same.',
    )
    .argument('[captures...]', 'the files in the order of their rotation; folders and globs by name')
    .requiredOption('--source <name>', 'the name of the tap: letters, digits, dots, dashes')
    .requiredOption('--state <folder>', 'where the states of all sources lie')
    .requiredOption(
      '--to <folder>',
      'where rows go: flows, findings, tallies and steps, each with a folder for the source',
    )
    .option('--final', 'the source has ended: tell the connections that are still open, too')
    .addOption(new Option('--rows <format>', 'how rows are written').choices(FORMATS).default('both' as const))
    .option('--findings-only', 'rows of connections with a finding only; the others are counted by service and ending')
    .addOption(
      new Option('--overlap <duration>', 'by how much packets of a file may be earlier than the end of the file before')
        .argParser(parseDuration)
        .default(OVERLAP, '1s'),
    )
    .addOption(finTimeout)
    .addOption(timeWait)
    .addOption(profile)
    .addOption(separate)
    .addOption(keepDuplicates)
    .addOption(maxBytes)
    .addOption(config)
    .addOption(quiet)
    .addHelpText(
      'before',
      `Examples:
  lastack collect --source web1 --state state/ --to rows/ capture/web1-*.pcap
  lastack collect --source web1 --state state/ --to rows/ --final
  duckdb -c "select service_address, count(*) from 'rows/findings/*/*.parquet' where cause = 'leak' group by 1"
`,
    )
    .action(async (captures, { source, state, to, final, rows, findingsOnly, overlap, ...reading }) => {
      if (captures.includes('-'))
        throw new CommandError(
          'a state is carried from file to file: rotate what comes through a pipe (tcpdump -G 60)',
        );
      if (captures.length === 0 && final !== true)
        throw new CommandError('name the files of the source, or --final where it has ended');
      if (reading.separate?.includes('interface') === true)
        throw new CommandError('interfaces are counted anew in each file: --separate vlan,tunnel');
      const [{ collect }, { listInputs }] = await Promise.all([
        import('../collect/collect.js'),
        import('../capture/inputs.js'),
      ]);
      const inputs = listInputs(expandCaptures(captures)).map(({ path }) => ({ path }));
      const say = (text: string): void => void (reading.quiet === true || host.stderr.write(`lastack: ${text}\n`));
      const done = await collect(inputs, {
        ...analysisOptions({ ...reading, reader: 'lastack' }),
        source,
        state,
        to,
        overlap,
        format: rows,
        final: final === true,
        found: findingsOnly === true,
        onStep: (step) => noteStep(step, say),
      });
      say(
        `${source}: ${counted(done.collected, 'file')} collected now, ${count(done.before)} earlier; ` +
          `${counted(done.told, 'connection')} told, ${count(done.open)} still open`,
      );
      host.exitCode = 0;
    });
}

function noteStep({ file, holes, damage }: StepRow, say: (text: string) => void): void {
  for (const hole of holes) say(`${inert(file)}: ${inert(hole)}`);
  for (const place of damage) say(`${inert(file)}: ${inert(placeAndWhat(place))}`);
}
