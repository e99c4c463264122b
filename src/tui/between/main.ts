import { analyze } from '../../analysis/analyze.js';
import type { Analysis, AnalysisOptions } from '../../analysis/model.js';
import { betweenAnalyses, readPairLadder, type Tap } from '../../between/between.js';
import { readLadder } from '../../reread/ladder.js';
import { copied, opened } from '../outside/terminal-outside.js';
import { paced } from '../progress/paced.js';
import { perform } from '../stage.js';
import type { ThemeName } from '../theme.js';
import { extractPair } from './outside.js';
import type { TapReaders } from './readers.js';
import { BetweenSession } from './session.js';

export interface BetweenTuiOptions {
  /** Captures of each side, as `analyze` takes them; where one is `-`, keys come from the controlling terminal. */
  readonly paths: Readonly<Record<Tap, readonly string[]>>;
  readonly analysisOptions: AnalysisOptions;
  /** Default `auto`: the terminal's own colours. */
  readonly theme?: ThemeName;
}

/**
 * Shows captures of both ends on the terminal until the reader quits, and answers the exit status: 0, or 2 where
 * nothing can be read or there is no terminal (said on stderr, on a clean screen).
 */
export async function showBetween(
  { paths, analysisOptions, theme = 'auto' }: BetweenTuiOptions,
  readers: TapReaders = { analyze, betweenAnalyses, readPairLadder, readLadder },
): Promise<number> {
  return perform<BetweenSession>({
    theme,
    make: (stage) =>
      new BetweenSession(stage.columns, stage.rows, {
        paint: stage.paint, paths, readers, onQuit: stage.quit,
        outside: {
          copy: (text) => copied(stage, text), extract: extractPair, packets: (request) => opened(stage, request),
        },
      }),
    read: (session, signal) => readInto(session, readers, paths, { ...analysisOptions, spool: true, signal }),
    load: () => import('./app.js'),
  });
}

/** Reads both captures, compares them, and shows the session what came of it. */
async function readInto(
  session: BetweenSession, readers: TapReaders, paths: BetweenTuiOptions['paths'], options: AnalysisOptions,
): Promise<void> {
  const reading = async (tap: Tap): Promise<Analysis> => {
    // A pipe tells how far it is only when the next packets come.
    session.progress(tap, paths[tap].includes('-') ? { bytes: 0, total: null, packets: 0 } : null);
    let isRead = false;
    const progressed = paced((progress) => {
      if (!isRead) session.progress(tap, progress);
    });
    const analysis = await readers.analyze(paths[tap], { ...options, onProgress: progressed });
    isRead = true;
    return analysis;
  };
  const client = await reading('client');
  const server = await reading('server');
  session.progress('both', null);
  session.show(await readers.betweenAnalyses(client, server, options.signal));
}
