import { type Command, InvalidArgumentError } from '@commander-js/extra-typings';
import type { Analysis, Connection } from '../analysis/model.js';
import type { Look } from '../report/paint.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import { interruptible } from './interrupt.js';
import {
  config, finTimeout, jobs, keepDuplicates, maxBytes, noColor, output, profile, quiet, reader, separate, timeWait,
} from './options.js';
import { keeping, openOutput } from './output.js';
import { filesOf, filesRead, inputs, read, statusOfAgain } from './read.js';

export function addFlow(program: Command, host: Host): void {
  program
    .command('flow')
    .summary('one connection, segment by segment')
    .description("One connection, segment by segment, with both endpoints' states beside it, and what was found.")
    .argument('<capture>', 'a file, a folder, or - for stdin')
    .argument('<stream>', "the connection's number: tcp.stream in Wireshark", parseStream)
    .addOption(output)
    .addOption(finTimeout)
    .addOption(timeWait)
    .addOption(profile)
    .addOption(separate)
    .addOption(keepDuplicates)
    .addOption(reader)
    .addOption(maxBytes)
    .addOption(jobs)
    .addOption(config)
    .addOption(quiet)
    .addOption(noColor)
    .addHelpText(
      'before',
      `Examples:
  lastack flow trace.pcapng 7
  lastack flow trace.pcapng 7 | less -S
`,
    )
    .action(async (capture, stream, options) => {
      const paths = inputs([capture], host);
      const out = openOutput(options, await filesRead(paths, options), host);
      await interruptible((signal) => keeping(out, async () => {
        const { withOwnStreams } = await import('../reread/own-streams.js');
        const analysis = await withOwnStreams(await read(paths, { ...options, spool: true }, host, signal), signal);
        const connections = inStream(analysis, stream);
        if (connections.length === 0)
          throw new CommandError(`the capture has no stream ${stream}${await known(analysis)}`);
        const { pieces, rows } = await ladders(analysis, connections, out.look);
        await out.write(pieces, signal);
        host.exitCode = await statusOfAgain(
          analysis, connections.reduce((sum, { packets: { client, server } }) => sum + client + server, 0), rows, host,
        );
        return filesOf(analysis);
      }));
    });
}

async function ladders(
  analysis: Analysis, connections: readonly Connection[], look: Look,
): Promise<{ pieces: string[]; rows: number }> {
  const [{ readLadder }, { ladder }] = await Promise.all([
    import('../reread/ladder.js'), import('../report/ladder.js'),
  ]);
  const pieces: string[] = [];
  let rows = 0;
  for (const connection of connections) {
    if (pieces.length > 0) pieces.push('\n');
    const read = await readLadder(analysis, connection.id);
    rows += read.length;
    for (const piece of ladder(analysis, connection, read, look)) pieces.push(piece);
  }
  return { pieces, rows };
}

/** A connection can have packets in two streams (a connect that collided), and a stream those of two connections. */
function inStream(analysis: Analysis, stream: number): Connection[] {
  const found: Connection[] = [];
  for (const connection of analysis.connections()) if (connection.streams.includes(stream)) found.push(connection);
  return found;
}

async function known(analysis: Analysis): Promise<string> {
  const last = analysis.connectionCount - 1;
  if (last >= 0) return `: its streams are 0 to ${Math.max(...analysis.connection(last).streams)}`;
  const { noTcp } = await import('../report/well.js');
  return `. ${noTcp(analysis)}`;
}

function parseStream(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Write the number of a stream: 0, 1, 2…');
  return Number(text);
}
