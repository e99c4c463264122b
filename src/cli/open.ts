import { existsSync } from 'node:fs';
import type { Command } from '@commander-js/extra-typings';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import {
  KEEP, allowEmpty, allowUnknown, analysisOptions, baseline, config, failOn, filter, finTimeout, findingsOnly, jobs,
  keepConnections, keepDuplicates, maxBytes, noColor, output, plain, profile, quiet, reader, separate, sockets, spool,
  strict, table, theme, timeWait, utc,
} from './options.js';
import { preparation } from './prepare.js';
import { inputs } from './read.js';
import { type ReportOptions, format, report } from './report.js';
import { hasScreen } from './screen.js';
import { suggest } from './suggest.js';

/** `lastack CAPTURE...`: the screen for a person at a terminal, the text report for everything else. */
export function addOpen(program: Command, host: Host): void {
  program
    .argument('[captures...]', 'files, folders, globs, or - for stdin')
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
    .addOption(theme)
    .addOption(plain)
    .addOption(spool)
    .action(async (captures, options) => {
      if (captures.length === 0) {
        program.outputHelp({ error: true });
        host.exitCode = 2;
        return;
      }
      noticeTypo(captures, program);
      const narrowed = options.filter === undefined ? {} : { filter: options.filter };
      if (options.plain === true) {
        if (captures.includes('-'))
          throw new CommandError('--plain reads commands from stdin, so the capture must be a file');
        await preparation(narrowed);
        const { showPlain } = await import('../tui/main.js');
        host.exit(
          await showPlain({ paths: inputs(captures, host), analysisOptions: analysisOptions(options), ...narrowed }),
        );
        return;
      }
      if (isForReport(options) || !hasScreen(captures, host)) return report(captures, options, host);
      const paths = inputs(captures, host);
      await preparation(narrowed);
      const { showTui } = await import('../tui/main.js');
      if (!options.color) host.env['NO_COLOR'] = '1';
      const analysis = {
        ...(captures.includes('-') && { keepConnections: KEEP }), ...analysisOptions(options),
        spoolLimit: options.spool,
      };
      host.exit(
        await showTui({
          paths, analysisOptions: analysis, ...narrowed, ...(options.theme !== undefined && { theme: options.theme }),
        }),
      );
    });
}

/** What only a report understands means the report. */
function isForReport(options: ReportOptions): boolean {
  const { format: name, table: part, output: file, baseline: earlier, sockets: hosts, findingsOnly: fewer } = options;
  return [name, part, file, earlier, hosts, fewer].some((option) => option !== undefined);
}

/** `lastack reprot x.pcap` would be two captures, the first of which does not exist. */
function noticeTypo([first = '']: readonly string[], program: Command): void {
  const hint =
    /^[a-z]+$/.test(first) && !existsSync(first)
      ? suggest(
          first, program.commands.map((command) => command.name()),
        )
      : '';
  if (hint !== '') throw new CommandError(`${first} is neither a command nor a file.${hint}`);
}
