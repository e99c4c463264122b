import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { type Command, Option } from '@commander-js/extra-typings';

import type { Analysis } from '../analysis/model.js';
import { CommandError, Interrupted } from './failure.js';
import type { Host } from './host.js';
import {
  KEEP,
  type ReadingOptions,
  analysisOptions,
  config,
  filter,
  finTimeout,
  jobs,
  keepDuplicates,
  maxBytes,
  profile,
  quiet,
  reader,
  separate,
  sockets,
  spool,
  timeWait,
} from './options.js';
import type { NewestPage } from './newest-page.js';
import { originOf } from './origin.js';
import { preparation } from './prepare.js';
import { inert } from '../report/inert.js';
import { parsePort } from './quantities.js';
import { inputs, read } from './read.js';

const port = new Option(
  '--port <number>',
  'the port to serve on (default: a free one)',
).argParser(parsePort);

/** Several files that grow are read again and again: between two times passes so many times what one takes. */
const SHARE = 4;

export interface ServeOptions extends ReadingOptions {
  readonly port?: number | undefined;
  readonly spool: number;
}

export function addServe(program: Command, host: Host): void {
  program
    .command('serve')
    .summary('the HTML report in a browser, anew as the capture grows')
    .description(
      'Serves the HTML report to this host alone, at an address that holds a token. The page is made anew when the ' +
        'files have changed. Ctrl-C ends it.',
    )
    .argument('<captures...>', 'files, folders, globs, or - for stdin')
    .addOption(port)
    .addOption(filter)
    .addOption(sockets)
    .addOption(finTimeout)
    .addOption(timeWait)
    .addOption(profile)
    .addOption(separate)
    .addOption(keepDuplicates)
    .addOption(reader)
    .addOption(maxBytes)
    .addOption(jobs)
    .addOption(spool)
    .addOption(config)
    .addOption(quiet)
    .addHelpText(
      'before',
      `Examples:
  lastack serve trace.pcapng
  lastack serve now.pcap                               while tcpdump -U -w now.pcap writes it
  ssh host tcpdump -U -w - tcp | lastack serve -
  ssh -L 8888:127.0.0.1:8888 host lastack serve --port 8888 trace.pcapng
`,
    )
    .action((captures, options) => serve(captures, options, host));
}

/**
 * Serves until SIGINT or SIGTERM, which is how it is meant to end: the exit status is 0 then. The address stands on
 * stdout.
 */
async function serve(captures: readonly string[], options: ServeOptions, host: Host): Promise<void> {
  const paths = inputs(captures, host);
  if (paths.includes('-') && paths.length > 1) throw new CommandError('serve takes stdin alone, or files');
  // Loaded when it is needed: help of no command waits for it.
  const [{ html }, { NewestPage }, { PageServer }] = await Promise.all([
    import('../report/html.js'),
    import('./newest-page.js'),
    import('./page-server.js'),
  ]);
  const pages = new NewestPage(async (analysis, version) =>
    [
      ...(await html(analysis, undefined, {
        origin: originOf(host),
        live: { at: 'events', version },
        stdinName: paths[0]!,
      })),
    ].join(''),
  );
  const stop = new AbortController();
  const onSignal = (): void => stop.abort(new Interrupted());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, onSignal);
  const reading = show(paths, options, host, pages, stop.signal);
  const failed = new Promise<never>((_, reject) => {
    reading.catch((error: unknown) => {
      if (!stop.signal.aborted) reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
  const stopped = new Promise<void>((resolve) =>
    stop.signal.addEventListener('abort', () => resolve(), { once: true }),
  );
  const server = new PageServer(pages);
  try {
    // A pipe may be silent for long; of a file that cannot be read nobody needs an address.
    if (!paths.includes('-')) await Promise.race([pages.first, failed, stopped]);
    if (!stop.signal.aborted) {
      host.stdout.write(`${await server.listen(options.port ?? 0)}\n`);
      if (options.quiet !== true)
        host.stderr.write('lastack: open this address in a browser of this host; Ctrl-C ends it\n');
    }
    await Promise.race([failed, stopped]);
  } finally {
    stop.abort(new Interrupted());
    await server.close();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  }
  // A read of a pipe hears nothing of the end.
  host.exit(0);
}

/**
 * Reads captures, and shows what they tell by now, for as long as the signal lets it. A file that stays as it is is
 * read as a report reads it; once it has grown it is followed as a pipe is, packet by packet. Of several, all are read
 * again when one has changed.
 */
async function show(
  paths: readonly string[],
  options: ServeOptions,
  host: Host,
  pages: NewestPage,
  signal: AbortSignal,
): Promise<void> {
  const [{ changed, growing, stateOf }, { release }] = await Promise.all([
    import('./growing.js'),
    import('../reread/reopen.js'),
  ]);
  const [only = ''] = paths;
  const { spool: _, ...reading } = options;
  if (paths.includes('-')) {
    await followed(process.stdin, options, pages, signal);
    return;
  }
  let isFirst = true;
  let over: Analysis | null = null;
  for (;;) {
    const state = stateOf(paths);
    const began = performance.now();
    try {
      pages.show(await read(paths, reading, host, signal));
      isFirst = false;
      // What was kept of the file that had this name before.
      if (over !== null) release(over);
      over = null;
      await changed(paths, state, signal);
      if (paths.length > 1 || !isFile(only))
        await setTimeout((performance.now() - began) * SHARE, undefined, { signal });
      else over = await followed(growing(only, signal), options, pages, signal);
      signal.throwIfAborted();
    } catch (error) {
      if (isFirst || signal.aborted) throw error;
      const why = error instanceof Error ? error.message : String(error);
      if (options.quiet !== true) host.stderr.write(`lastack: the page stays as it is: ${inert(why)}\n`);
      await changed(paths, stateOf(paths), signal);
    }
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/**
 * Shows about once a second what has come, and answers all of it. Memory and disk are bounded as those of the screen.
 */
async function followed(
  stdin: Readable,
  options: ServeOptions,
  pages: NewestPage,
  signal: AbortSignal,
): Promise<Analysis | null> {
  const [{ follow }, prepare] = await Promise.all([import('../analysis/follow.js'), preparation(options)]);
  let newest: Analysis | null = null;
  for await (const analysis of follow(['-'], {
    keepConnections: KEEP,
    ...analysisOptions(options),
    stdin,
    spool: true,
    spoolLimit: options.spool,
    signal,
  })) {
    newest = analysis;
    pages.show(prepare(analysis));
  }
  return newest;
}
