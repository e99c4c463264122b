import type { Threshold } from '../report/choices.js';
import type { FleetReport } from '../rows/model.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import { interruptible } from './interrupt.js';
import type { BaselineOptions } from './baseline.js';
import type { ReadingOptions } from './options.js';
import { type OutputOptions, openOutput } from './output.js';

/** Formats of rows. */
const FORMATS = ['text', 'ndjson', 'json'] as const;

/** What concerns packets, or an earlier report: rows are told as they lie there. */
const NOT_OF_ROWS = {
  filter: '--filter', findingsOnly: '--findings-only', keepConnections: '--keep-connections', baseline: '--baseline',
  strict: '--strict', sockets: '--sockets', table: '--table', finTimeout: '--fin-timeout', timeWait: '--time-wait',
  profile: '--profile', separate: '--separate', keepDuplicates: '--keep-duplicates', maxBytes: '--max-bytes',
  jobs: '--jobs',
} as const satisfies Partial<Record<keyof RowsOptions, string>>;

interface RowsOptions extends ReadingOptions, OutputOptions, BaselineOptions {
  readonly format?: string | undefined;
  readonly table?: string | undefined;
  readonly failOn: Threshold;
  readonly allowEmpty?: boolean | undefined;
  readonly allowUnknown?: boolean | undefined;
}

/** Writes the report of rows and sets the exit status, by the rules of `report`. */
export async function reportRows(folder: string, options: RowsOptions, host: Host): Promise<void> {
  const { format: name = 'text' } = options;
  const format = FORMATS.find((one) => one === name);
  if (format === undefined) throw new CommandError(`rows are told as ${FORMATS.join(', ')}; ${name} needs captures`);
  for (const [option, word] of Object.entries(NOT_OF_ROWS))
    if (options[option as keyof typeof NOT_OF_ROWS] !== undefined)
      throw new CommandError(`${word} needs captures: rows are told as they were collected`);
  const { rowFilesIn } = await import('../rows/row-files.js');
  const read = rowFilesIn(folder).map((path) => ({ path, as: 'a file of these rows' }));
  const out = openOutput(options, read, host);
  try {
    const { readFleet } = await import('../rows/fleet-report.js');
    const report = await readFleet(folder);
    const pieces = await piecesOf(report, format, out.look);
    await interruptible((signal) => out.write(pieces, signal));
    out.keep(read);
    host.exitCode = await statusOf(report, options);
  } finally {
    out.drop();
  }
}

async function piecesOf(
  report: FleetReport, format: (typeof FORMATS)[number], look: ReturnType<typeof openOutput>['look'],
): Promise<Iterable<string | Buffer>> {
  if (format === 'text') return (await import('../rows/text.js')).fleetText(report, look);
  const { fleetJson, fleetNdjson } = await import('../rows/records.js');
  return format === 'json' ? fleetJson(report) : fleetNdjson(report);
}

async function statusOf(
  { groups, diagnoses, unknown, flows }: FleetReport, { failOn, allowEmpty, allowUnknown }: RowsOptions,
): Promise<number> {
  const { reaches } = await import('../report/choices.js');
  const isGrave = [...groups, ...diagnoses].some(({ severity }) => reaches(severity, failOn));
  const isEmpty = flows === 0 && allowEmpty !== true;
  const isUnknown = unknown > 0 && allowUnknown !== true;
  return isGrave || (failOn !== 'never' && (isEmpty || isUnknown)) ? 1 : 0;
}
