import { analyze } from '../analysis/analyze.js';
import type { Analysis, AnalysisOptions, Progress } from '../analysis/model.js';
import { filtered, parseFilter } from '../filter/filter.js';
import type { AllowedFile, AllowedFolders } from './allowed-folders.js';

/** Analyses that are kept for the next question, and connections in all of them: of more only the newest is. */
const MOST_KEPT = 4;
const MOST_CONNECTIONS = 500_000;

/** Who asked, and how it is told how far reading has come. */
export interface Asking {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

interface Kept {
  readonly key: string;
  readonly analysis: Promise<Analysis>;
  readonly reading: AbortController;
  /** Number of questions that wait for this capture. */
  waiting: number;
  /** 0 until it has been read. */
  connections: number;
}

/**
 * Analyses of captures, read when first asked for and kept while the files stay the same. One is read at a time: each
 * takes memory. Who asks for one that is being read waits with the others; when none waits any more, the reading ends.
 */
export class Captures {
  readonly folders: AllowedFolders;
  readonly #options: AnalysisOptions;
  /** The latest last. */
  readonly #kept: Kept[] = [];
  #before: Promise<unknown> = Promise.resolve();

  constructor(folders: AllowedFolders, options: AnalysisOptions) {
    this.folders = folders;
    this.#options = options;
  }

  /**
   * @throws Refused for what may not be read, CaptureError for what cannot be, FilterError for a filter, and the
   * signal's reason
   */
  async analysis(names: readonly string[], filter: string | undefined, asking: Asking): Promise<Analysis> {
    const narrow = filter === undefined ? null : parseFilter(filter);
    const whole = await this.#whole(this.folders.files(names), asking);
    return narrow === null ? whole : filtered(whole, narrow);
  }

  async #whole(files: readonly AllowedFile[], { signal, onProgress }: Asking): Promise<Analysis> {
    signal.throwIfAborted();
    const key = JSON.stringify(files);
    const kept = this.#kept.find((one) => one.key === key) ?? this.#read(key, files, onProgress);
    this.#use(kept);
    kept.waiting += 1;
    try {
      return await unless(signal, kept.analysis);
    } finally {
      kept.waiting -= 1;
      if (kept.waiting === 0 && kept.connections === 0) kept.reading.abort();
    }
  }

  #read(key: string, files: readonly AllowedFile[], onProgress: Asking['onProgress']): Kept {
    const reading = new AbortController();
    const analysis = this.#before.then(() => {
      reading.signal.throwIfAborted();
      return analyze(
        files.map(({ path }) => path),
        { ...this.#options, ...(onProgress !== undefined && { onProgress }), signal: reading.signal },
      );
    }).then((read) => {
      reading.signal.throwIfAborted();
      kept.connections = Math.max(1, read.connectionCount);
      this.#forgetOld(kept);
      return read;
    });
    const kept: Kept = { key, analysis, reading, waiting: 0, connections: 0 };
    this.#before = analysis.catch(() => this.#drop(kept));
    this.#kept.push(kept);
    return kept;
  }

  #use(kept: Kept): void {
    this.#drop(kept);
    this.#kept.push(kept);
  }

  #drop(kept: Kept): void {
    const at = this.#kept.indexOf(kept);
    if (at !== -1) this.#kept.splice(at, 1);
  }

  #forgetOld(newest: Kept): void {
    const read = this.#kept.filter(({ connections }) => connections > 0);
    const all = read.reduce((sum, { connections }) => sum + connections, 0);
    const tooMany =
      all > MOST_CONNECTIONS
        ? read.filter((kept) => kept !== newest)
        : read.slice(0, Math.max(0, read.length - MOST_KEPT));
    for (const kept of tooMany) this.#drop(kept);
  }
}

/** What a promise gives, or the signal's reason if that comes first. */
function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
