import { type Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { TapPair, TwoTaps } from '../between/between.js';
import type { BetweenFormat } from '../report/between/index.js';
import { counted } from '../report/quantities.js';
import { CommandError, Interrupted } from './failure.js';
import type { Host } from './host.js';
import { interruptible } from './interrupt.js';
import { NewFile } from './new-file.js';
import {
  type ReadingOptions,
  analysisOptions,
  config,
  failOn,
  finTimeout,
  jobs,
  keepDuplicates,
  maxBytes,
  noColor,
  output,
  profile,
  quiet,
  reader,
  separate,
  theme,
  timeWait,
  utc,
} from './options.js';
import { type Output, keeping, openOutput } from './output.js';
import { preparation } from './prepare.js';
import { following, progressOf } from './progress.js';
import { filesOf, filesRead, inputs, noteDamage } from './read.js';
import { hasScreen } from './screen.js';

/** Keys of `betweenReports`, which would load the formats before `--help`. */
export const FORMATS = ['text', 'ndjson', 'json', 'markdown', 'html'] as const satisfies readonly BetweenFormat[];

export function addBetween(program: Command, host: Host): void {
  program
    .command('between')
    .summary('captures of both ends, as one (a terminal: the screen; else text)')
    .description(
      'What only captures of both ends together show: which segments were lost between them and which nobody sent, ' +
        'through NAT and ' +
        'with clocks that differ; then what becomes of the findings that each capture alone gives. ' +
        'At a terminal, on a screen (? shows its keys); -f text, -o, --ladder and --extract write instead, as a pipe ' +
        'does.',
    )
    .argument('[captures...]', "the client's capture and the server's: files, folders, or - for stdin")
    .addOption(
      new Option('--client <file>', "a capture of the client's side; may be repeated").argParser<string[]>(
        gathered,
      ),
    )
    .addOption(
      new Option('--server <file>', "a capture of the server's side; may be repeated").argParser<string[]>(
        gathered,
      ),
    )
    .addOption(new Option('-f, --format <name>', 'how to write it, in place of the screen').choices(FORMATS))
    .addOption(output)
    .addOption(failOn)
    .addOption(
      new Option('--ladder <stream>', "one connection at both taps, by its stream in the client's capture").argParser(
        parseStream,
      ),
    )
    .addOption(
      new Option(
        '--extract <file>',
        'write the connections that did not pass as sent, as FILE.client.pcapng and FILE.server.pcapng with comments',
      ),
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
    .addOption(theme)
    .addHelpText(
      'before',
      `Examples:
  lastack between client.pcapng server.pcapng
  lastack between client.pcapng server.pcapng -f text | less
  lastack between laptop.pcap 'ssh-server/' -f html -o both.html
  lastack between --client a.pcap --client b.pcap --server rotated/
  lastack between client.pcapng server.pcapng --ladder 7
  lastack between client.pcapng server.pcapng --extract proof
`,
    )
    .action(async (captures, options) => {
      const { client, server } = sides(captures, options, host);
      if (options.ladder !== undefined && options.format !== undefined)
        throw new CommandError('--ladder is drawn as text; leave --format out');
      if (!isForReport(options) && hasScreen([...client, ...server], host)) {
        await preparation({});
        const { showBetween } = await import('../tui/between/main.js');
        if (!options.color) host.env['NO_COLOR'] = '1';
        host.exit(
          await showBetween({
            paths: { client, server }, analysisOptions: analysisOptions(options),
            ...(options.theme !== undefined && { theme: options.theme }),
          }),
        );
        return;
      }
      const out = openOutput(options, await filesRead([...client, ...server], {}), host);
      await interruptible((signal) => keeping(out, async () => {
        const taps = await readBoth(client, server, options, host, signal);
        if (options.extract !== undefined)
          await extractBoth(taps, options.extract, [...client, ...server], host, signal);
        await write(taps, options, out, signal);
        const [{ worstOf }, { reaches }] = await Promise.all([
          import('../between/between.js'),
          import('../report/choices.js'),
        ]);
        const worst = worstOf(taps);
        // Captures that have nothing in common say nothing of the road between them, and a job that gave the wrong ones
        // must not pass.
        if (taps.pairs.length === 0)
          throw new CommandError(
            taps.turned.length > 0
              ? 'the captures are the other way round: what clients send comes to the second one first; swap them'
              : 'no connection was seen at both taps: are these captures of one time, and of one road?',
          );
        host.exitCode = options.ladder === undefined && worst !== null && reaches(worst, options.failOn) ? 1 : 0;
        return [...filesOf(taps.client), ...filesOf(taps.server)];
      }));
    });
}

interface Sides {
  readonly client?: readonly string[] | undefined;
  readonly server?: readonly string[] | undefined;
}

/** Two captures by their place, or any number by their options. */
function sides(
  captures: readonly string[],
  { client = [], server = [] }: Sides,
  host: Host,
): { readonly client: readonly string[]; readonly server: readonly string[] } {
  const named = client.length + server.length > 0;
  if (named && captures.length > 0)
    throw new CommandError(`which side is ${captures[0]!} of? Write --client or --server before each capture`);
  if (!named && captures.length !== 2)
    throw new CommandError(
      "write the client's capture and the server's, or --client and --server before each of several",
    );
  if (named && (client.length === 0 || server.length === 0))
    throw new CommandError(
      `there is no capture of the ${client.length === 0 ? 'client' : 'server'}'s side: write ` +
        `--${client.length === 0 ? 'client' : 'server'} before one`,
    );
  const [one, other] = named ? [client, server] : [captures.slice(0, 1), captures.slice(1)];
  if (one.includes('-') && other.includes('-'))
    throw new CommandError('stdin can be read once: name a file for one of the two');
  return { client: inputs(one, host), server: inputs(other, host) };
}

/** What only a report understands means the report. */
function isForReport({
  format,
  output: file,
  ladder,
  extract: proof,
}: {
  readonly format?: BetweenFormat | undefined;
  readonly output?: string | undefined;
  readonly ladder?: number | undefined;
  readonly extract?: string | undefined;
}): boolean {
  return [format, file, ladder, proof].some((option) => option !== undefined);
}

interface BetweenOptions extends ReadingOptions {
  readonly format?: BetweenFormat | undefined;
  readonly ladder?: number | undefined;
}

/** Reads both captures, with progress and notes about damage on stderr. */
async function readBoth(
  client: readonly string[],
  server: readonly string[],
  options: ReadingOptions,
  host: Host,
  signal: AbortSignal,
): Promise<TwoTaps> {
  await preparation(options);
  const { between } = await import('../between/between.js');
  const progress = progressOf(host, options);
  try {
    const taps = await between(client, server, {
      ...analysisOptions(options),
      onProgress: following(progress),
      signal,
    });
    if (signal.aborted) throw new Interrupted();
    progress?.clear();
    if (options.quiet !== true) for (const tap of [taps.client, taps.server]) noteDamage(tap.capture.damage, host);
    return taps;
  } catch (error) {
    throw signal.aborted ? new Interrupted() : error;
  } finally {
    progress?.clear();
  }
}

async function write(
  taps: TwoTaps,
  { format = 'text', ladder: stream }: BetweenOptions,
  out: Output,
  signal: AbortSignal,
): Promise<void> {
  const { readPairLadder, readPairLadders } = await import('../between/between.js');
  if (stream === undefined) {
    const readPairs = (pairs: readonly TapPair[], most = Infinity) => readPairLadders(taps, pairs, { signal, most });
    const { betweenReports } = await import('../report/between/index.js');
    await out.write(await betweenReports[format](taps, out.look, readPairs), signal);
    return;
  }
  const pair = taps.pairs.find(({ flows }) =>
    flows.client.some((id) => taps.client.connection(id).streams.includes(stream)),
  );
  if (pair === undefined)
    throw new CommandError(`stream ${stream} of the client's capture was not found in the server's`);
  const { pairLadder } = await import('../report/between/ladder.js');
  await out.write(pairLadder(taps, pair, await readPairLadder(taps, pair, { signal }), out.look), signal);
}

/**
 * Both captures' part of every connection that did not pass as sent: each by its own clock, with comments at the frames
 * that show it.
 */
async function extractBoth(
  taps: TwoTaps,
  path: string,
  captures: readonly string[],
  host: Host,
  signal: AbortSignal,
): Promise<void> {
  const [{ extract }, { factNotes }] = await Promise.all([
    import('../extract/extract.js'),
    import('../extract/fact-notes.js'),
  ]);
  if (taps.pairs.every(({ facts }) => facts.length === 0))
    throw new CommandError('every connection passed as sent; nothing is extracted');
  for (const tap of ['client', 'server'] as const) {
    const file = new NewFile(`${path}.${tap}.pcapng`, captures, { replace: false, secret: true });
    try {
      const chosen = new Set(taps.pairs.filter(({ facts }) => facts.length > 0).flatMap(({ flows }) => flows[tap]));
      const extracted = { connections: 0, packets: 0 };
      const options = { notes: factNotes(taps, tap), signal };
      for await (const piece of extract(taps[tap], ({ id }) => chosen.has(id), options, extracted)) file.write(piece);
      file.keep(captures);
      host.stderr.write(`lastack: ${path}.${tap}.pcapng: ${counted(extracted.connections, 'connection')}\n`);
    } catch (error) {
      throw signal.aborted ? new Interrupted() : error;
    } finally {
      file.drop();
    }
  }
}

function gathered(path: string, before: string[] | undefined): string[] {
  return [...(before ?? []), path];
}

function parseStream(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Write the number of a stream: 0, 1, 2…');
  return Number(text);
}
