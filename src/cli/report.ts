import { type Command, Option } from '@commander-js/extra-typings';
import type { Analysis } from '../analysis/model.js';
import type { Choices, Threshold } from '../report/choices.js';
import type { TableName } from '../report/columns.js';
import { type Report, type ReportFormat, reportFormats, reports } from '../report/index.js';
import { type BaselineOptions, noteNews, readBaseline } from './baseline.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import { interruptible } from './interrupt.js';
import type { ReadFile } from './new-file.js';
import {
  type ReadingOptions, allowEmpty, allowUnknown, baseline, config, failOn, filter, finTimeout, findingsOnly, jobs,
  keepConnections, keepDuplicates, maxBytes, noColor, output, profile, quiet, reader, rows, separate, sockets, strict,
  table, timeWait, utc,
} from './options.js';
import { originOf } from './origin.js';
import { type OutputOptions, type ReportFile, openOutput } from './output.js';
import { openParquet } from './parquet.js';
import { type ReadOptions, filesOf, filesRead, inputs, read, statusOfAgain } from './read.js';

/** All formats of reports: those that are text, and Parquet. */
export const FORMATS = [...reportFormats, 'parquet'] as const;

/** What tells of every connection, those without a finding too. */
const TELLS_OF_ALL: readonly (typeof FORMATS)[number][] = ['html', 'junit', 'openmetrics'];

export const format = new Option('-f, --format <name>', 'how to write it').choices(FORMATS);

export interface ReportOptions extends ReadingOptions, OutputOptions, BaselineOptions {
  readonly format?: ReportFormat | 'parquet' | undefined;
  readonly table?: TableName | undefined;
  readonly failOn: Threshold;
  readonly allowEmpty?: boolean | undefined;
  readonly allowUnknown?: boolean | undefined;
}

export function addReport(program: Command, host: Host): void {
  program
    .command('report')
    .summary('what was found, as text, HTML, JSON, CSV…')
    .description('What was found in one or more captures, together, for people, programs, CI servers and databases.')
    .argument('[captures...]', 'files, folders, globs, or - for stdin')
    .addOption(rows)
    .addOption(format)
    .addOption(table)
    .addOption(output)
    .addOption(filter)
    .addOption(findingsOnly)
    .addOption(keepConnections)
    .addOption(failOn)
    .addOption(allowEmpty)
    .addOption(allowUnknown)
    .addOption(baseline)
    .addOption(strict)
    .addOption(sockets)
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
  lastack report trace.pcapng
  lastack report captures/ -f ndjson | jq 'select(.type == "group")'
  lastack report trace.pcapng -f html -o report.html
  lastack report trace.pcapng --filter 'port 8000 and cause leak' -f csv --table findings
  lastack report test.pcap --fail-on warning --baseline main.ndjson -f junit -o junit.xml
  lastack report captures/ -f parquet -o day.parquet
  lastack report --rows rows/
`,
    )
    .action(async (captures, { rows: folder, ...options }) => {
      if (folder === undefined && captures.length === 0) throw new CommandError('name a capture, or rows by --rows');
      if (folder === undefined) return report(captures, options, host);
      if (captures.length > 0) throw new CommandError('--rows takes the place of captures');
      const { reportRows } = await import('./report-rows.js');
      await reportRows(folder, options, host);
    });
}

/**
 * Writes the report and sets the exit status: 1 where a finding or a diagnosis reaches `failOn` and is new against the
 * baseline, if there is one; where nothing is known of a connection, and where there is none, unless that is allowed. 2
 * where damage left no packet at all. Ctrl-C ends the reading, and the report of what had been read by then is written;
 * the status is 130 then. A second one ends the writing.
 */
export async function report(captures: readonly string[], options: ReportOptions, host: Host): Promise<void> {
  const { format: name = 'text', table: named } = options;
  if (named !== undefined && name !== 'csv' && name !== 'parquet')
    throw new CommandError(`--table is for csv and parquet; ${name} has all of them`);
  if (TELLS_OF_ALL.includes(name)) {
    const fewer =
      options.findingsOnly === true
        ? '--findings-only'
        : options.keepConnections === undefined
          ? null
          : '--keep-connections';
    if (fewer !== null) throw new CommandError(`${name} tells of every connection; ${fewer} is for the other formats`);
  }
  const paths = inputs(captures, host);
  const choices: Choices = {
    table: named ?? 'flows', failOn: options.failOn, allowEmpty: options.allowEmpty === true,
    allowUnknown: options.allowUnknown === true, origin: originOf(host), ...(await readBaseline(options)),
  };
  const files = await filesRead(paths, options);
  const out = name === 'parquet' ? openParquet(options, files, host) : openText(name, options, files, choices, host);
  // HTML draws ladders, which are read again; a pipe can only be if it was kept.
  const reading = { ...options, interrupted: 'tell', ...(name === 'html' && { spool: true }) } as const;
  try {
    const analysis = await interruptible((signal) => readWithPlaces(paths, reading, name, host, signal));
    // Damage in front of the first packet: whatever was to be recorded is not there, and a job that saw it must not
    // pass.
    const nothing =
      analysis.capture.partial !== true && analysis.capture.packets === 0 && analysis.capture.damage.length > 0;
    if (nothing && out.replaces) {
      host.stderr.write(`lastack: nothing could be read; ${options.output ?? ''} is left as it was\n`);
    } else {
      await interruptible((signal) => out.write(analysis, signal));
      out.keep(filesOf(analysis));
    }
    const status = await statusOf(analysis, choices, options, host);
    // The ladders of HTML are of what the copy of a pipe holds.
    host.exitCode = nothing
      ? 2
      : name === 'html'
        ? (await statusOfAgain(analysis, analysis.capture.packets, 0, host)) || status
        : status;
  } finally {
    out.drop();
  }
}

/**
 * The exit status of a capture of which something could be read, once what is new against the baseline has been told.
 */
async function statusOf(analysis: Analysis, choices: Choices, options: ReportOptions, host: Host): Promise<number> {
  const [{ anyFails, emptinessFails }, { noTcp }] = await Promise.all([
    import('../report/choices.js'), import('../report/well.js'),
  ]);
  if (options.quiet !== true) {
    noteNews(analysis, choices, options.baseline ?? '', host);
    if (emptinessFails(analysis, choices))
      host.stderr.write(`lastack: ${noTcp(analysis)} That proves nothing; --allow-empty lets it pass\n`);
  }
  return analysis.capture.partial === true ? 130 : Number(anyFails(analysis, choices));
}

/** Formats that name frames of several files tell of each also its stream there, for which the files are read again. */
const NAMES_FRAMES: readonly (typeof FORMATS)[number][] = ['text', 'ndjson', 'json'];

async function readWithPlaces(
  paths: readonly string[], options: ReadOptions, name: ReportFormat | 'parquet', host: Host, signal: AbortSignal,
): Promise<Analysis> {
  const analysis = await read(paths, options, host, signal);
  const { placeOf, partial } = analysis.capture;
  if (placeOf === undefined || partial === true || !NAMES_FRAMES.includes(name)) return analysis;
  const { withOwnStreams } = await import('../reread/own-streams.js');
  return withOwnStreams(analysis, signal);
}

function openText(
  name: ReportFormat, options: ReportOptions, read: readonly ReadFile[], choices: Choices, host: Host,
): ReportFile {
  const out = openOutput(options, read, host);
  return {
    ...out,
    write: async (analysis, signal) => {
      const report: Report = await reports[name]();
      await out.write(await report(analysis, out.look, choices), signal);
    },
  };
}
