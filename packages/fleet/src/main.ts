#!/usr/bin/env node
import { resolve } from 'node:path';

import { Command, InvalidArgumentError, Option } from '@commander-js/extra-typings';

import { readDuration, readSize } from '../../../src/base/amounts.js';
import { inert } from '../../../src/report/inert.js';
import { add } from './add.js';
import { status, work } from './work.js';

const program = new Command('lastack-fleet')
  .description('lastack collect over the captures of many hosts: a queue of files, and workers')
  .version('0.1.0');

const say = (text: string): void => void process.stderr.write(`lastack-fleet: ${inert(text)}\n`);

const queue = new Option('--queue <url>', 'redis://host:port or postgres://user@host/database')
  .env('LASTACK_QUEUE')
  .makeOptionMandatory();

function duration(text: string): number {
  const read = readDuration(text);
  if (read === null) throw new InvalidArgumentError('Write 60s, 500ms, 2m, 1h, or a number of seconds.');
  return read / 1e6;
}

function size(text: string): number {
  const read = readSize(text);
  if (read === null) throw new InvalidArgumentError('Write a number of bytes: 1000000, 500M, 2G.');
  return read;
}

function jobs(text: string): number {
  if (!/^[1-9]\d?$/.test(text)) throw new InvalidArgumentError('Write a number from 1 to 99.');
  return Number(text);
}

program
  .command('add')
  .summary('a source, or what is new of it')
  .description(
    'Adds the files of a source, in the order of their names. Run again it adds those that have come since, and ' +
      'tries again where a source stands still.',
  )
  .argument('<place>', 'a folder, or s3://bucket/prefix, that all workers see under this name')
  .addOption(queue)
  .option('--source <name>', 'the name of the tap')
  .option('--each', 'each folder in the place is a source, by its name')
  .option('--final', 'the source has ended: tell what is open after its last file')
  .action(async (place, { queue, source, each, final }) => {
    if ((source === undefined) === (each !== true))
      program.error('lastack-fleet: name the --source, or say --each', { exitCode: 2 });
    const sources = await add(place, { queue, source: source ?? null, final: final === true });
    say(`${sources.length} ${sources.length === 1 ? 'source' : 'sources'} added`);
  });

program
  .command('work')
  .summary('collect what was added')
  .description('Collects file after file of all sources, until it is told to stop: SIGTERM, which lets jobs end first.')
  .addOption(queue)
  .requiredOption('--state <folder>', 'where the states of all sources lie: shared by all workers')
  .requiredOption('--to <folder>', 'where rows go: shared by all workers')
  .addOption(
    new Option('--rows <format>', 'how rows are written')
      .choices(['parquet', 'ndjson', 'both'])
      .default('parquet' as const),
  )
  .option('--findings-only', 'rows of connections with a finding only; the others are counted')
  .option('--jobs <number>', 'files at once (default: as many as there are processors)', jobs)
  .option('--memory-limit <size>', 'of one job', size, 1 << 30)
  .option('--time-limit <duration>', 'of one job', duration, 600_000)
  .option('--lock <duration>', 'after which a job of a worker that is gone is given to another', duration, 30_000)
  .option('--until-empty', 'end when there is nothing to do; with status 1 where a source stands still')
  .action(async ({ queue, state, to, rows, findingsOnly, jobs, memoryLimit, timeLimit, lock, untilEmpty }) => {
    const stop = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
    const failed = await work({
      queue, state: resolve(state), to: resolve(to), format: rows, findingsOnly: findingsOnly === true, jobs,
      memory: memoryLimit, time: timeLimit, lock, untilEmpty: untilEmpty === true, signal: stop.signal, say,
    });
    // Connections of the queue's library may outlive it.
    process.exit(untilEmpty === true && failed > 0 ? 1 : 0);
  });

program
  .command('status')
  .description('Says what is left, and names the files at which sources stand still (status 1).')
  .addOption(queue)
  .action(async ({ queue }) => {
    const { lines, failed } = await status(queue);
    process.stdout.write(lines.map((line) => `${inert(line)}\n`).join(''));
    process.exitCode = failed > 0 ? 1 : 0;
  });

try {
  await program.parseAsync();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exit(2);
}
