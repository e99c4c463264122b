import type { Analysis, AnalysisOptions, Damage } from '../analysis/model.js';
import { placeAndWhat } from '../report/damage.js';
import { inert } from '../report/inert.js';
import { count } from '../report/quantities.js';
import type { BaselineOptions } from './baseline.js';
import { expandCaptures } from './captures.js';
import { CommandError, Interrupted } from './failure.js';
import type { Host } from './host.js';
import type { ReadFile } from './new-file.js';
import { type ReadingOptions, analysisOptions } from './options.js';
import { preparation } from './prepare.js';
import { following, progressOf } from './progress.js';

/** Lines about damage on stderr before the rest is only counted; the report has them all. */
const MOST_DAMAGE = 20;

/** CAPTURE arguments as files, once it is certain that `-` has something to read. */
export function inputs(captures: readonly string[], host: Host): string[] {
  if (captures.includes('-') && host.stdin.isTTY === true) {
    throw new CommandError('stdin is a terminal; pipe a capture into it: ssh HOST tcpdump -U -w - | lastack -');
  }
  return expandCaptures(captures);
}

/**
 * All files that a command reads, as far as their names tell: nothing that it writes may take the place of one. Which
 * files of a folder are captures is known in the end (`filesOf`).
 */
export async function filesRead(
  captures: readonly string[],
  { sockets, config, baseline }: Pick<ReadingOptions, 'sockets' | 'config'> & BaselineOptions,
): Promise<ReadFile[]> {
  const { kindByName, listInputs } = await import('../capture/inputs.js');
  const others = { '--sockets': sockets, '--config': config, '--baseline': baseline };
  const found = listInputs(captures)
    .filter(({ found, path }) => found && kindByName(path) === 'capture')
    .map(({ path }) => path);
  return [
    ...captures, ...found,
    ...Object.entries(others).flatMap(([option, path]) =>
      path === undefined ? [] : [{ path, as: `the file of ${option}` }],
    ),
  ];
}

/** The files of an analysis, of folders too, and those that could not be read. */
export function filesOf({ capture: { files, damage } }: Analysis): string[] {
  return [...files.map(({ path }) => path), ...damage.map(({ file }) => file)];
}

/**
 * Says that what was read again is a part, where the copy of a pipe could not be kept whole and `expected` packets were
 * not all in it; answers the exit status.
 */
export async function statusOfAgain(
  { capture }: Analysis, expected: number, found: number, host: Host,
): Promise<number> {
  const { Spool } = await import('../capture/source/spool.js');
  const fault = capture.files
    .map(({ spool }) => (spool === null ? null : (Spool.at(spool)?.fault ?? null)))
    .find((fault) => fault !== null);
  if (fault === undefined || found >= expected) return 0;
  host.stderr.write(`lastack: this is a part, ${count(found)} of ${count(expected)} packets: ${fault}\n`);
  return 2;
}

export interface ReadOptions extends ReadingOptions, Pick<AnalysisOptions, 'spool'> {
  /** What Ctrl-C does: nothing is told (the default), or what had been read by then is. */
  readonly interrupted?: 'tell';
}

/**
 * Reads and analyses captures, filtered where that was asked for, with progress and notes about damage on stderr.
 *
 * @throws Interrupted on Ctrl-C, unless there is something that should be told
 */
export async function read(
  paths: readonly string[], options: ReadOptions, host: Host, signal: AbortSignal,
): Promise<Analysis> {
  const prepare = await preparation(options);
  const { analyze } = await import('../analysis/analyze.js');
  const progress = progressOf(host, options);
  try {
    const analysis = await analyze(paths, {
      ...analysisOptions(options),
      ...(options.spool !== undefined && { spool: options.spool }),
      onProgress: following(progress),
      signal,
    });
    if (signal.aborted && options.interrupted !== 'tell') throw new Interrupted();
    progress?.clear();
    if (options.quiet !== true) noteDamage(analysis.capture.damage, host);
    if (options.quiet !== true && analysis.capture.partial === true)
      host.stderr.write('lastack: interrupted; the report tells of what had been read\n');
    return prepare(analysis);
  } catch (error) {
    throw signal.aborted ? new Interrupted() : error;
  } finally {
    progress?.clear();
  }
}

export function noteDamage(damage: readonly Damage[], host: Host): void {
  for (const place of damage.slice(0, MOST_DAMAGE))
    host.stderr.write(`lastack: ${inert(place.file)}: ${inert(placeAndWhat(place))}\n`);
  if (damage.length > MOST_DAMAGE)
    host.stderr.write(`lastack: and ${count(damage.length - MOST_DAMAGE)} more places of damage\n`);
}
