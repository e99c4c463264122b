import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import { counted } from '../report/quantities.js';
import { cause, chooserOf, finding, flow, refuseUnknownFindings, service, stream } from './choice.js';
import { CommandError, Interrupted } from './failure.js';
import type { Host } from './host.js';
import { interruptible } from './interrupt.js';
import { NewFile } from './new-file.js';
import {
  config, filter, finTimeout, jobs, keepDuplicates, maxBytes, profile, quiet, reader, separate, timeWait, utc,
} from './options.js';
import { filesOf, filesRead, inputs, read, statusOfAgain } from './read.js';

export function addExtract(program: Command, host: Host): void {
  program
    .command('extract')
    .summary('the connections of a finding, as a capture with comments')
    .description(
      'Some connections as a pcapng file of their own. Packet comments, which Wireshark shows, say what was found ' +
        'and which states were ' +
        'entered. Different options narrow the choice, the same one repeated widens it; without any of them all ' +
        'TCP connections are taken.',
    )
    .argument('<captures...>', 'files, folders, globs, or - for stdin')
    .requiredOption('-o, --output <file>', 'the pcapng file to write')
    .option('--force', 'replace the file if it exists')
    .addOption(finding)
    .addOption(cause)
    .addOption(service)
    .addOption(stream)
    .addOption(flow)
    .addOption(filter)
    .option(
      '--anonymize',
      'replace addresses, keeping their common prefixes, and cut payload off, so that the file can be given away',
    )
    .addOption(
      new Option(
        '--anonymize-key <words>',
        'make the new addresses from these words, the same in every extract; who knows the words can go back',
      ).argParser(parseKey),
    )
    .option('--no-comments', 'write packets without comments')
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
    .addHelpText(
      'before',
      `Examples:
  lastack extract trace.pcapng --finding half-closed --cause leak -o leaks.pcapng
  lastack extract rotated/ --stream 7 -o seven.pcapng
  lastack extract trace.pcapng --finding linger-reset --service 10.0.0.2:443 -o group.pcapng
  lastack extract trace.pcapng --anonymize -o shared.pcapng
`,
    )
    .action(async (captures, options) => {
      const paths = inputs(captures, host);
      await refuseUnknownFindings(options);
      const file = new NewFile(options.output, await filesRead(paths, options), {
        replace: options.force === true, secret: true,
      });
      try {
        await interruptible(async (signal) => {
          const analysis = await read(paths, { ...options, spool: true }, host, signal);
          const { extract } = await import('../extract/extract.js');
          const extracted = { connections: 0, packets: 0 };
          const isChosen = chooserOf(analysis, options);
          const pieces = extract(analysis, isChosen, {
            anonymize: options.anonymize === true || options.anonymizeKey !== undefined,
            ...(options.anonymizeKey !== undefined && { anonymizeKey: options.anonymizeKey }),
            comments: options.comments,
            signal,
          }, extracted);
          try {
            for await (const piece of pieces) file.write(piece);
          } catch (error) {
            throw signal.aborted ? new Interrupted() : error;
          }
          if (extracted.connections === 0) {
            if (analysis.connectionCount > 0 || analysis.view !== undefined)
              throw new CommandError('no connection fits; nothing is written');
            const { noTcp } = await import('../report/well.js');
            throw new CommandError(`${noTcp(analysis)} Nothing is written`);
          }
          file.keep(filesOf(analysis));
          if (options.quiet !== true)
            host.stderr.write(
              `lastack: ${counted(extracted.connections, 'connection')} in ${counted(extracted.packets, 'packet')}\n`,
            );
          let expected = 0;
          for (const connection of analysis.connections())
            if (isChosen(connection)) expected += connection.packets.client + connection.packets.server;
          host.exitCode = await statusOfAgain(analysis, expected, extracted.packets, host);
        });
      } finally {
        file.drop();
      }
    });
}

/** Refuses an empty key, such as a variable that is not set gives: anybody could then find the old addresses again. */
function parseKey(words: string): string {
  if (words.trim() === '')
    throw new InvalidArgumentError('Write some words that nobody guesses: with an empty key everybody could go back.');
  return words;
}
