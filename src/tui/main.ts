import { MOST_SEGMENTS, type Readers } from './readers.js';
import { analyze } from '../analysis/analyze.js';
import type { Analysis, AnalysisOptions, Progress } from '../analysis/model.js';
import { readLadder } from '../reread/ladder.js';
import { readPacketsAround } from '../reread/packets-around.js';
import { extractFlows } from './outside/extract-flows.js';
import { terminalOutside } from './outside/terminal-outside.js';
import { converse, Plain } from './plain/plain.js';
import { paced } from './progress/paced.js';
import { Session } from './session.js';
import { perform, refuse } from './stage.js';
import type { ThemeName } from './theme.js';

export interface TuiOptions {
  /** Captures, as `analyze` takes them; with `-` keys come from the controlling terminal. */
  readonly paths: readonly string[];
  readonly analysisOptions: AnalysisOptions;
  /** Default `auto`: the terminal's own colours. */
  readonly theme?: ThemeName;
  /** Begins with the flows that pass this filter, in the filter language; it must be a valid one. */
  readonly filter?: string;
}

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
  return perform<Session>({
    theme,
    make: (stage) =>
      new Session(stage.columns, stage.rows, {
        paint: stage.paint,
        readLadder: (analysis, flow) => readers.readLadder(analysis, flow, { most: MOST_SEGMENTS }),
        readPacketsAround: readers.readPacketsAround, outside: terminalOutside(stage, extractFlows), filter,
        onQuit: stage.quit,
      }),
    read: (session, signal) => readInto(session, readers, paths, { ...analysisOptions, spool: true, signal }),
    load: () => import('./app.js'),
  });
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
  const progressed = paced((progress) => session.progress(progress));
  // A pipe tells how far it is only when the next packets come.
  if (paths.includes('-')) session.progress({ bytes: 0, total: null, packets: 0 });
  const analysis: Analysis = await readers.analyze(paths, {
    ...options,
    onProgress(progress: Progress) {
      options.onProgress?.(progress);
      progressed(progress);
    },
    onSnapshot(snapshot: Analysis) {
      options.onSnapshot?.(snapshot);
      session.show(snapshot, true);
    },
  });
  session.show(analysis, false);
}
