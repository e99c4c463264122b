import { type Command, Option } from '@commander-js/extra-typings';
import type { Severity } from '../analysis.js';
import type { ReportFormat } from '../report/index.js';
import type { Host } from './host.js';
import { interruptible } from './interrupt.js';
import { type ReadingOptions, failOn, finTimeout, maxBytes, noColor, output, profile, quiet, reader, timeWait } from './options.js';
import { type OutputOptions, openOutput } from './output.js';
import { inputs, read } from './read.js';

/** The same words as the keys of `reports`, which would load every format before `--help`. */
export const FORMATS = ['text', 'ndjson', 'json'] as const satisfies readonly ReportFormat[];

export const format = new Option('-f, --format <name>', 'how to write it').choices(FORMATS);

export interface ReportOptions extends ReadingOptions, OutputOptions {
  readonly format?: ReportFormat | undefined;
  readonly failOn: Severity | 'never';
}

export function addReport(program: Command, host: Host): void {
  program.command('report')
    .summary('what was found, as text or JSON')
    .description('What was found in one or more captures, together, as text for people or JSON for programs.')
    .argument('<captures...>', 'files, folders, globs, or - for stdin')
    .addOption(format).addOption(output).addOption(failOn)
    .addOption(finTimeout).addOption(timeWait).addOption(profile).addOption(reader).addOption(maxBytes).addOption(quiet).addOption(noColor)
    .addHelpText('before', `Examples:
  lastack report trace.pcapng
  lastack report captures/ -f ndjson | jq 'select(.type == "group")'
  lastack report before.pcap --fail-on warning -o report.txt
`)
    .action((captures, options) => report(captures, options, host));
}

/** Writes the report and sets the exit status: 1 where a finding reaches `failOn`. */
export async function report(captures: readonly string[], options: ReportOptions, host: Host): Promise<void> {
  const paths = inputs(captures, host);
  const out = openOutput(options, paths, host);
  await interruptible(async (signal) => {
    const analysis = await read(paths, options, host, signal);
    const { reports } = await import('../report/index.js');
    await out.write(reports[options.format ?? 'text'](analysis, out.look), signal);
    host.exitCode = analysis.groups.some(({ severity }) => reaches(severity, options.failOn)) ? 1 : 0;
  });
}

function reaches(severity: Severity, failOn: Severity | 'never'): boolean {
  const order: readonly (Severity | 'never')[] = ['never', 'error', 'warning', 'info'];
  return order.indexOf(severity) <= order.indexOf(failOn);
}
