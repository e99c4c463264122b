import type { TableName } from '../report/columns.js';
import { CommandError } from './failure.js';
import type { Host } from './host.js';
import type { ReadFile } from './new-file.js';
import { type Output, type OutputOptions, type ReportFile, openOutput } from './output.js';

export interface ParquetOptions extends OutputOptions {
  readonly table?: TableName | undefined;
}

/**
 * Opens what `-f parquet` writes: the table of `--table` to `-o` or a pipe; without it `-o NAME.parquet` stands for
 * NAME.flows.parquet and NAME.findings.parquet, because a Parquet file holds one table.
 */
export function openParquet(options: ParquetOptions, read: readonly ReadFile[], host: Host): ReportFile {
  const outputs: { table: TableName; out: Output }[] = [];
  const drop = (): void => outputs.forEach(({ out }) => out.drop());
  try {
    for (const { table, output } of targets(options, host))
      outputs.push({ table, out: openOutput({ ...options, ...(output !== undefined && { output }) }, read, host) });
  } catch (error) {
    drop();
    throw error;
  }
  return {
    replaces: outputs.some(({ out }) => out.replaces),
    write: async (analysis, signal) => {
      const { parquet } = await import('../report/parquet.js');
      for (const { table, out } of outputs) await out.writeBytes(parquet(analysis, table), signal);
    },
    // Both files are put in place once both are whole.
    keep: (inputs) => outputs.forEach(({ out }) => out.keep(inputs)),
    drop,
  };
}

function targets({ table, output }: ParquetOptions, host: Host): { table: TableName; output: string | undefined }[] {
  const isFile = output !== undefined && output !== '-';
  if (table === undefined) {
    if (!isFile)
      throw new CommandError(
        '-f parquet writes two files, flows and findings: name them with -o FILE.parquet, or choose one with --table',
      );
    const stem = output.replace(/\.parquet$/i, '');
    return [
      { table: 'flows', output: `${stem}.flows.parquet` }, { table: 'findings', output: `${stem}.findings.parquet` },
    ];
  }
  if (!isFile && host.stdout.isTTY === true)
    throw new CommandError('Parquet is no text for a terminal: name a file with -o');
  return [{ table, output }];
}
