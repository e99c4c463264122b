import { type Command, Option } from '@commander-js/extra-typings';
import type { Analysis, Time } from '../analysis/model.js';
import { formatTime } from '../base/time.js';
import type { NetstatFormat } from '../report/netstat.js';
import type { Host } from './host.js';
import { interruptible } from './interrupt.js';
import { type Moment, parseMoment, timeOf } from './moment.js';
import {
  config, filter, finTimeout, jobs, keepDuplicates, maxBytes, noColor, output, profile, quiet, reader, separate,
  timeWait, utc,
} from './options.js';
import { keeping, openOutput } from './output.js';
import { filesOf, filesRead, inputs, read } from './read.js';

/** Keys of `netstats`, which would load the formats before `--help`. */
export const FORMATS = ['text', 'ndjson', 'json', 'csv'] as const satisfies readonly NetstatFormat[];

export function addNetstat(program: Command, host: Host): void {
  program
    .command('netstat')
    .summary('every socket and its state at a moment')
    .description('Every socket and its state at a moment of the capture, as `ss -tan` would have shown it.')
    .argument('<captures...>', 'files, folders, globs, or - for stdin')
    .addOption(
      new Option(
        '--at <time>',
        '10:48:00, +seconds since the first packet, ISO 8601, or seconds since 1970; may be repeated (default: the ' +
          'end of the capture)',
      ).argParser((text: string, before: readonly Moment[] | undefined) => [...(before ?? []), parseMoment(text)]),
    )
    .option('--summary', 'only how many sockets each service has in each state')
    .addOption(new Option('-f, --format <name>', 'how to write it').choices(FORMATS).default('text' as const))
    .addOption(output)
    .addOption(filter)
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
  lastack netstat trace.pcapng --at +12.5
  lastack netstat trace.pcapng --at 10:48:00 --summary
  lastack netstat trace.pcapng -f csv --at +10 --at +20 --at +30
  lastack netstat trace.pcapng --filter 'server 10.0.0.0/8 and entered CLOSE-WAIT'
`,
    )
    .action(async (captures, options) => {
      const paths = inputs(captures, host);
      const out = openOutput(options, await filesRead(paths, options), host);
      await interruptible((signal) => keeping(out, async () => {
        const analysis = await read(paths, options, host, signal);
        const { capture, clock } = analysis;
        const { endOf } = await import('../analysis/capture-end.js');
        const last: readonly Time[] = capture.last === null ? [] : [endOf(capture)];
        const moments = options.at?.map((moment) => timeOf(moment, clock, capture.first ?? 0, endOf(capture))) ?? last;
        for (const moment of moments) noteIfOutside(moment, capture, clock, host);
        const [{ netstats }, { socketSummaries }, { wellOf }] = await Promise.all([
          import('../report/netstat.js'), import('../report/socket-summary.js'), import('../report/well.js'),
        ]);
        if (analysis.connectionCount === 0) host.stderr.write(`lastack: ${wellOf(analysis)}\n`);
        const format = (options.summary === true ? socketSummaries : netstats)[options.format];
        await out.write(format(analysis, moments, out.look), signal);
        host.exitCode = 0;
        return filesOf(analysis);
      }));
    });
}

/** Notes on stderr that nothing was captured at `moment`: the sockets shown follow from the packets before it. */
function noteIfOutside(moment: Time, { first, last }: Analysis['capture'], clock: Analysis['clock'], host: Host): void {
  if (first === null || last === null || (moment >= first && moment <= last)) return;
  const where =
    moment < first
      ? 'before the first packet: no socket is known yet'
      : 'after the last packet: shown are the sockets of the end of the capture, without those whose timer has run ' +
        'out since';
  host.stderr.write(`lastack: --at ${formatTime(clock, moment)} is ${where}\n`);
}
