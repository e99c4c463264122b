import { type Command, Option } from '@commander-js/extra-typings';
import { useZone } from '../base/zone.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import {
  analysisOptions, config, finTimeout, jobs, keepDuplicates, maxBytes, profile, reader, separate, timeWait,
} from './options.js';

export function addMcp(program: Command, host: Host): void {
  program
    .command('mcp')
    .summary('a server for agents: the Model Context Protocol over stdio')
    .description(
      'Answers the questions of an agent about captures, by the Model Context Protocol over stdin and stdout: ' +
        'analyze, diagnoses, findings, flow, netstat, ' +
        'between and explain. Only files in allowed folders are read, links followed; nothing is written. Its ' +
        'client starts it: see docs/mcp.md.',
    )
    .addOption(
      new Option(
        '--allow <folder>',
        'a folder whose files may be read, and those in folders below; may be repeated (default: the current folder)',
      ).argParser((folder: string, before: readonly string[] | undefined) => [...(before ?? []), folder]),
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
    .addHelpText(
      'before',
      `Examples:
  lastack mcp --allow /var/captures
  claude mcp add lastack -- lastack mcp --allow ~/captures
`,
    )
    .action(async (options) => {
      // An agent knows nothing of the zone of this host.
      useZone('utc');
      const { serve } = await import('../mcp/server.js');
      if (host.stdin.isTTY === true)
        host.stderr.write(
          'lastack: this speaks with the client of an agent over stdin and stdout; docs/mcp.md says how one starts ' +
            'it\n',
        );
      try {
        await serve({ folders: options.allow ?? ['.'], analysisOptions: analysisOptions(options) });
      } catch (error) {
        throw error instanceof Error && error.name === 'Refused'
          ? new CommandError(`--allow: ${error.message}`)
          : error;
      }
      host.exit(0);
    });
}
