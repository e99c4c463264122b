import type { Readers } from './readers.js';
import type { Instance } from 'ink';
import type { ReadStream } from 'node:tty';
import { analyze } from '../analysis/analyze.js';
import type { Analysis, AnalysisOptions, Progress } from '../analysis/model.js';
import { readLadder } from '../reread/ladder.js';
import { readPacketsAround } from '../reread/packets-around.js';
import { inert } from '../report/inert.js';
import { extractFlows } from './outside/extract-flows.js';
import { terminalOutside } from './outside/terminal-outside.js';
import { converse, Plain } from './plain/plain.js';
import { drawOpeningScreen } from './progress/draw-opening.js';
import { Session } from './session.js';
import { closeKeyboard, openKeyboard } from './terminal/keyboard.js';
import { onDeath } from './terminal/on-death.js';
import { Screen } from './terminal/screen.js';
import { createPaint, type ThemeName } from './theme.js';

/** Milliseconds between two drawings of the progress: more often nobody can read it. */
const PROGRESS_INTERVAL = 100;
/** Segments of a flow that are shown: of one that goes on for hours the first and the last ones. Some 40 MB. */
const MOST_SEGMENTS = 100_000;
/** Milliseconds after which ages on a live screen are drawn anew. */
const TICK = 1000;

export interface TuiOptions {
  /** Captures, as `analyze` takes them; with `-` keys come from the controlling terminal. */
  readonly paths: readonly string[];
  readonly analysisOptions: AnalysisOptions;
  /** Default `auto`: the terminal's own colours. */
  readonly theme?: ThemeName;
  /** Begins with the flows that pass this filter, in the filter language; it must be a valid one. */
  readonly filter?: string;
}

type App = typeof import('./app.js');

/**
 * Shows captures on the terminal until the reader quits, and answers the exit status: 0, or 2 where nothing can be
 * read or there is no terminal (said on stderr, on a clean screen).
 *
 * Reading is aborted by quitting, but a pipe that is silent may keep the process alive: exit when this resolves.
 */
export async function showTui(
  { paths, analysisOptions, theme = 'auto', filter = '' }: TuiOptions,
  readers: Readers = { analyze, readLadder, readPacketsAround },
): Promise<number> {
  if (!process.stdout.isTTY)
    return refuse('the screen needs a terminal as its output; `lastack report` writes to files and pipes');
  let keyboard: ReadStream;
  try {
    keyboard = openKeyboard();
  } catch {
    return refuse('there is no terminal to read keys from');
  }
  const screen = new Screen(process.stdout);
  const restore = (): void => {
    screen.close();
    closeKeyboard(keyboard);
  };
  const forget = onDeath(restore);
  const abort = new AbortController();
  const paint = createPaint(process.stdout.getColorDepth(), theme);
  screen.open();

  let failure: unknown = null;
  const fail = (error: unknown): void => {
    failure ??= error;
    abort.abort();
  };
  const ended = new Promise<void>((resolve) => {
    abort.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let app: App | null = null;
  let ink: Instance | null = null;
  const raise = (): void => {
    if (app === null || abort.signal.aborted) return;
    ink = app.draw(session, paint, screen, keyboard);
    // Ink ends by itself only when a drawing throws.
    ink.waitUntilExit().catch(fail);
  };
  const outside = terminalOutside({
    send: (sequence) => void process.stdout.write(sequence),
    async lend(work) {
      ink?.unmount();
      restore();
      try {
        await work();
      } finally {
        keyboard = openKeyboard();
        screen.open();
        raise();
      }
    },
  }, extractFlows);
  const session = new Session(screen.columns, screen.rows, {
    paint, readLadder: (analysis, flow) => readers.readLadder(analysis, flow, { most: MOST_SEGMENTS }),
    readPacketsAround: readers.readPacketsAround, outside, filter, onQuit: () => abort.abort(),
  });
  screen.on('resize', () => session.resize(screen.columns, screen.rows));
  const ticking = setInterval(() => session.tick(), TICK);
  // Ink takes a third of a second to load. Reading begins without it, and how far it is stands on the screen before.
  const showProgress = (): void => screen.show(drawOpeningScreen(session.view(), paint));
  showProgress();
  const showNoMore = session.subscribe(showProgress);
  readInto(session, readers, paths, { ...analysisOptions, spool: true, signal: abort.signal }).catch(fail);
  app = await importInk();
  showNoMore();
  raise();

  await ended;
  clearInterval(ticking);
  // oxlint-disable-next-line typescript/no-unnecessary-condition -- `raise` has set it
  (ink as Instance | null)?.unmount();
  restore();
  forget();
  if (failure === null) return 0;
  if (failure instanceof Error && failure.name === 'CaptureError') return refuse(failure.message);
  throw failure;
}

/** Shows captures without a screen: commands from stdin, answers on stdout, both line by line. */
export async function showPlain(
  { paths, analysisOptions, filter }: TuiOptions,
  readers: Pick<Readers, 'analyze' | 'readLadder'> = { analyze, readLadder },
): Promise<number> {
  try {
    const analysis = await readers.analyze(paths, analysisOptions);
    await converse(
      new Plain(analysis, readers.readLadder), process.stdin, process.stdout,
      filter === undefined ? 'triage' : `flows ${filter}`,
    );
    return 0;
  } catch (error) {
    if (error instanceof Error && error.name === 'CaptureError') return refuse(error.message);
    throw error;
  }
}

/** Reads the captures and shows the session what there is so far. */
async function readInto(
  session: Session, readers: Readers, paths: readonly string[], options: AnalysisOptions,
): Promise<void> {
  let newest: Progress | null = null;
  let next: NodeJS.Timeout | undefined;
  const showNewest = (): void => {
    next = undefined;
    if (newest === null) return;
    session.progress(newest);
    newest = null;
    next = setTimeout(showNewest, PROGRESS_INTERVAL);
  };
  // A pipe tells how far it is only when the next packets come.
  if (paths.includes('-')) session.progress({ bytes: 0, total: null, packets: 0 });
  const analysis: Analysis = await readers.analyze(paths, {
    ...options,
    onProgress(progress: Progress) {
      options.onProgress?.(progress);
      newest = progress;
      if (next === undefined) showNewest();
    },
    onSnapshot(snapshot: Analysis) {
      options.onSnapshot?.(snapshot);
      session.show(snapshot, true);
    },
  });
  session.show(analysis, false);
}

/**
 * Ink draws nothing at all where it believes to run in CI, and React's development build keeps a measurement of every
 * drawing for ever: both look at the environment when they are loaded, so it is put right before.
 */
async function importInk(): Promise<App> {
  delete process.env['CI'];
  delete process.env['CONTINUOUS_INTEGRATION'];
  process.env['NODE_ENV'] ??= 'production';
  return import('./app.js');
}

function refuse(reason: string): number {
  process.stderr.write(`lastack: ${inert(reason)}\n`);
  return 2;
}
