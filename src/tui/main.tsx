import type { ReadStream } from 'node:tty';
import { analyze, type Analysis, type AnalysisOptions, type Progress } from '../analysis.js';
import { readLadder } from '../ladder.js';
import { Session } from './session.js';
import { closeKeyboard, openKeyboard } from './terminal/keyboard.js';
import { onDeath } from './terminal/on-death.js';
import { Screen } from './terminal/screen.js';
import { createPaint } from './theme.js';

/** Milliseconds between two drawings of the progress: more often nobody can read it. */
const PROGRESS_INTERVAL = 100;

export interface TuiOptions {
  /** As `analyze` takes them; with `-` keys come from the controlling terminal. */
  readonly paths: readonly string[];
  readonly analysisOptions: AnalysisOptions;
}

/** The pipeline that the screen shows; replaced in tests. */
export interface Pipeline {
  readonly analyze: (paths: readonly string[], options: AnalysisOptions) => Promise<Analysis>;
  readonly readLadder: typeof readLadder;
}

/**
 * Shows captures on the terminal until the reader quits, and answers the exit status: 0, or 2 where nothing can be
 * read or there is no terminal (said on stderr, on a clean screen).
 *
 * Reading is aborted by quitting, but a pipe that is silent may keep the process alive: exit when this resolves.
 */
export async function showTui({ paths, analysisOptions }: TuiOptions, pipeline: Pipeline = { analyze, readLadder }): Promise<number> {
  if (!process.stdout.isTTY) return refuse('the screen needs a terminal as its output; `lastack report` writes to files and pipes');
  let keyboard: ReadStream;
  try {
    keyboard = openKeyboard();
  } catch {
    return refuse('there is no terminal to read keys from');
  }
  const { draw } = await importInk();

  const screen = new Screen(process.stdout);
  const restore = (): void => {
    screen.close();
    closeKeyboard(keyboard);
  };
  const forget = onDeath(restore);
  const abort = new AbortController();
  const paint = createPaint(process.stdout.getColorDepth());
  const session = new Session(screen.columns, screen.rows, { paint, readLadder: pipeline.readLadder, onQuit: () => abort.abort() });

  screen.open();
  const ink = draw(session, paint, screen, keyboard);
  screen.on('resize', () => session.resize(screen.columns, screen.rows));
  try {
    return await new Promise<number>((resolve, reject) => {
      abort.signal.addEventListener('abort', () => resolve(0));
      // Ink ends by itself only when a drawing throws.
      ink.waitUntilExit().catch(reject);
      readInto(session, pipeline, paths, { ...analysisOptions, spool: true, signal: abort.signal }).catch(reject);
    });
  } catch (error) {
    if (!(error instanceof Error && error.name === 'CaptureError')) throw error;
    restore();
    return refuse(error.message);
  } finally {
    abort.abort();
    ink.unmount();
    restore();
    forget();
  }
}

/** Reads the captures and shows the session what there is so far. */
async function readInto(session: Session, pipeline: Pipeline, paths: readonly string[], options: AnalysisOptions): Promise<void> {
  let shownAt = 0;
  const analysis: Analysis = await pipeline.analyze(paths, {
    ...options,
    onProgress(progress: Progress) {
      options.onProgress?.(progress);
      const now = performance.now();
      if (now - shownAt < PROGRESS_INTERVAL) return;
      shownAt = now;
      session.progress(progress);
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
async function importInk(): Promise<typeof import('./app.js')> {
  delete process.env['CI'];
  delete process.env['CONTINUOUS_INTEGRATION'];
  process.env['NODE_ENV'] ??= 'production';
  return import('./app.js');
}

function refuse(reason: string): number {
  process.stderr.write(`lastack: ${reason}\n`);
  return 2;
}
