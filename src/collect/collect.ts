import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';

import type { Analysis, AnalysisOptions, Clock, Finding } from '../analysis/model.js';
import type { Cell } from '../report/columns.js';
import { StateError } from '../base/state-error.js';
import type { Duration } from '../base/time.js';
import { UnpackError } from '../packing/packer.js';
import { Chain } from './chain.js';
import { identityOf } from './file-identity.js';
import { RowLines } from './row-lines.js';
import { OF_THE_END, ROW_DIGITS, ROW_TABLES, type RowSource, type StepRow, StepRows } from './rows.js';
import { SettledFacts, packSettled } from './settled-facts.js';
import { CollectError, SourceFolder, numbered } from './source-folder.js';
import { WholeFiles, isHalf } from './whole-files.js';

/** The name of the rows that are told when a source has ended. */
const FINAL = 'final';

/** How rows are written. */
export const ROW_FORMATS = ['parquet', 'ndjson', 'both'] as const;
export type RowFormat = (typeof ROW_FORMATS)[number];

export interface CollectOptions extends AnalysisOptions {
  /** The name of the tap. */
  readonly source: string;
  /** Folder of states. */
  readonly state: string;
  /** Folder of rows. */
  readonly to: string;
  /** See `ChainOptions`. */
  readonly overlap: Duration;
  readonly format: RowFormat;
  /** Whether the source ends with these files: all connections are told. */
  readonly final?: boolean;
  /** Whether connections without a finding are only counted. */
  readonly found?: boolean;
  /**
   * The number of the step, from 1 on, that the one file (or the end, `final` without a file) is: for a queue, which
   * may give one step to two workers, on two hosts. There is no lock then: a step that another one has done, or that is
   * done by another one while it runs, changes nothing; one that is not the next is refused.
   */
  readonly step?: number;
  /** Told after each file. */
  readonly onStep?: (step: StepRow) => void;
}

/** A file, and its name if that is not the last part of its path. */
export interface CollectInput {
  readonly path: string;
  readonly name?: string;
}

export interface Collected {
  /** Files that were taken in now, and those that had been before. */
  readonly collected: number;
  readonly before: number;
  /** Connections that were told now, and that are not final yet. */
  readonly told: number;
  readonly open: number;
}

/**
 * Takes the next files of a source, in this order, and writes rows of all connections that are final by then. Files
 * that were collected
 * before are passed over. It may be killed at any moment and run again: what it has written is then written again, the
 * same.
 *
 * @throws CollectError, StateError, CaptureError
 */
export async function collect(inputs: readonly CollectInput[], options: CollectOptions): Promise<Collected> {
  const { step: expected } = options;
  if (expected !== undefined && inputs.length + (options.final === true ? 1 : 0) !== 1)
    throw new CollectError('a numbered step is one file, or the end');
  const folder = new SourceFolder(options.state, options.source);
  if (expected === undefined) folder.take();
  try {
    const chain = Chain.resume(folder.read(folder.lastStep), options);
    const isDone = (): boolean => expected !== undefined && folder.lastStep >= expected;
    if (expected === undefined) tidy(options, chain.isFinal);
    const done = { collected: 0, before: 0, told: 0, open: 0 };
    for (const { path, name = basename(path) } of inputs) {
      const file = identityOf(path, name);
      if (chain.has(file.name, file.size, file.sum)) {
        done.before++;
        continue;
      }
      refuseUnlessNext(chain, expected);
      if (chain.isFinal) throw new CollectError(`${options.source} has ended (--final): ${name} cannot come behind it`);
      const reading = await chain.read(path, file);
      const { analysis: settled, gather, forget } = chain.settling();
      const step = {
        ...reading,
        step: chain.steps,
        file: name,
        size: file.size,
        told: settled.connectionCount,
        open: chain.open - settled.connectionCount,
      };
      if (isDone()) {
        done.before++;
        continue;
      }
      await writeRows(chain, settled, step, numbered(step.step), options);
      const facts = settled.connectionCount === 0 ? null : packSettled(gather(), settled.findings);
      forget();
      await folder.write(chain.revision, chain.state(), facts);
      done.collected++;
      done.told += settled.connectionCount;
      options.onStep?.(step);
    }
    if (options.final === true && !chain.isFinal) {
      refuseUnlessNext(chain, expected);
      const settled = settledBefore(folder, options);
      const { reading, analysis: rest } = chain.finish(settled);
      const told = chain.open;
      await writeRows(
        chain,
        rest,
        { ...reading, step: chain.steps + 1, file: '', size: 0, told, open: 0 },
        FINAL,
        options,
        settled.findings,
      );
      chain.forget();
      await folder.write(chain.revision, chain.state(), null);
      done.told += told;
    }
    return { ...done, open: chain.isFinal ? 0 : chain.open };
  } finally {
    folder.release();
  }
}

/** How far the files of a source were collected. */
export interface CollectedSoFar {
  /** Files that were taken in. */
  readonly steps: number;
  readonly isFinal: boolean;
  /** Whether a file of this name and size was among them. */
  has(name: string, size: number): boolean;
}

/** @throws StateError */
export function collectedSoFar(options: CollectOptions): CollectedSoFar {
  const folder = new SourceFolder(options.state, options.source);
  return Chain.resume(folder.read(folder.lastStep), options);
}

/** The step that was done last, the end included; 0 before the first. The state is not read for it. */
export function lastStepOf({ state, source }: CollectOptions): number {
  return new SourceFolder(state, source).lastStep;
}

/** @throws StateError */
function settledBefore(folder: SourceFolder, { source }: CollectOptions): SettledFacts {
  const settled = new SettledFacts();
  try {
    for (const bytes of folder.facts()) settled.add(bytes);
  } catch (error) {
    if (!(error instanceof UnpackError)) throw error;
    throw new StateError(`facts of ${source} cannot be read: ${error.message}`, { cause: error });
  }
  return settled;
}

function refuseUnlessNext({ steps, isFinal, source }: Chain, step: number | undefined): void {
  if (step === undefined || (step === steps + 1 && !isFinal)) return;
  throw new CollectError(
    `step ${step} of ${source} is not the next: ${steps} files were collected${isFinal ? ', and it has ended' : ''}`,
  );
}

/** Removes what a killed run has left: half files, and the end of a source that goes on. */
function tidy({ to, source }: CollectOptions, isFinal: boolean): void {
  for (const table of ROW_TABLES) {
    const folder = join(to, table, source);
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) {
      if (isHalf(name) || (!isFinal && name.startsWith(`${FINAL}.`))) rmSync(join(folder, name), { force: true });
    }
  }
}

async function writeRows(
  chain: Chain,
  analysis: Analysis,
  step: StepRow,
  name: string,
  options: CollectOptions,
  /** What was found in earlier steps, as far as it is still known: that, too, may be explained now. */
  before: readonly Finding[] = [],
): Promise<void> {
  const { to, source, format, found } = options;
  const clock: Clock = { epoch: analysis.clock.epoch, digits: ROW_DIGITS };
  const rows = new StepRows(
    analysis, step, { source, placeOf: placesOf(chain) }, found !== true, before,
  );
  const ParquetRows = format === 'ndjson' ? null : (await import('../report/parquet.js')).ParquetRows;
  const files = new WholeFiles();
  try {
    for (const table of ROW_TABLES) {
      if (name !== FINAL && OF_THE_END.includes(table)) continue;
      const folder = join(to, table, source);
      mkdirSync(folder, { recursive: true });
      const { columns, rows: made } = rows.of(table);
      const forms: RowForm[] = [];
      if (ParquetRows !== null) {
        const write = files.begin(join(folder, `${name}.parquet`));
        forms.push({ write, rows: new ParquetRows(table, columns, clock) });
      }
      if (format !== 'parquet') {
        const write = files.begin(join(folder, `${name}.ndjson`));
        forms.push({ write, rows: new RowLines(columns, clock) });
      }
      writeTable(made, forms);
    }
    await files.keep();
  } finally {
    files.drop();
  }
}

/** Columns of a row ask one after the other of the same frame. */
function placesOf({ places }: Chain): RowSource['placeOf'] {
  let asked = NaN;
  let place: ReturnType<RowSource['placeOf']> = null;
  return (frame) => {
    if (frame !== asked) place = places.placeOf(frame);
    asked = frame;
    return place;
  };
}

/** How a table is written, and who writes what is finished. */
interface RowForm {
  readonly rows: Pick<RowLines, 'add' | 'finish'>;
  readonly write: (bytes: Uint8Array) => void;
}

/** Writes each row in all forms while it is there: to fold a connection takes longer than to write it. */
function writeTable(made: Iterable<readonly Cell[]>, forms: readonly RowForm[]): void {
  for (const row of made) {
    for (const { rows, write } of forms) {
      const bytes = rows.add(row);
      if (bytes !== null) write(bytes);
    }
  }
  for (const { rows, write } of forms) write(rows.finish());
}
