import { Pipeline } from './pipeline.js';
import { openFurther } from '../capture/capture.js';
import { CaptureLog } from '../capture/capture-log.js';
import type { Analysis, AnalysisOptions } from './model.js';
import { BytePacker } from '../packing/byte-packer.js';
import { ByteUnpacker } from '../packing/byte-unpacker.js';
import { UnpackError } from '../packing/packer.js';
import { open, seal } from '../packing/sealed.js';
import { StateError } from '../base/state-error.js';

/**
 * Of what `state` writes: to be counted up whenever a class packs something else, or something else means something
 * else.
 */
export const STATE_VERSION = 1;

/** Letters that the options may have, written down. */
const LONGEST_OPTIONS = 1 << 20;

/** Options on which it depends what a packet does, or what a final connection is told to be. */
const LASTING = [
  'finTimeout',
  'timeWait',
  'profile',
  'profiles',
  'findingsOnly',
  'keepConnections',
  'separate',
  'keepDuplicates',
] as const;

/**
 * An analysis of one tap's files, one after the other, that can be set aside between two of them: `state` writes down
 * all
 * that was seen, and `resume` goes on from there, in another process, on another machine, months later.
 */
export interface ContinuedAnalysis {
  /**
   * Reads further captures, in order of their first packets, behind all that were read before.
   * @throws CaptureError where nothing can be read
   */
  read(paths: readonly string[]): Promise<void>;
  /**
   * Connections that are final: closed, and silent for the longest TIME-WAIT. They are told here once, and in no later
   * analysis. Their ids
   * are those that one run over all files would give them.
   * @throws Error with `findingsOnly`
   */
  settle(): Analysis;
  /**
   * All that was read and not settled, as if the capture ended here. Nothing may be read afterwards where
   * `findingsOnly` is set.
   */
  analysis(): Analysis;
  /** What is known, to be read by `resume`. */
  state(): Uint8Array;
}

/**
 * Goes on with the analysis that wrote `state`; or begins one, where that is null.
 *
 * @param options those that the state was written with; what concerns reading alone may differ
 * @throws StateError where the state is damaged, of another version or of other options. Whatever bytes they are,
 * nothing worse happens
 */
export function resume(state: Uint8Array | null, options: AnalysisOptions = {}): ContinuedAnalysis {
  try {
    return new Continued(state, options);
  } catch (error) {
    if (error instanceof UnpackError)
      throw new StateError(`the state cannot be read: ${error.message}`, { cause: error });
    throw error;
  }
}

class Continued implements ContinuedAnalysis {
  readonly #options: AnalysisOptions;
  readonly #log: CaptureLog;
  readonly #pipeline: Pipeline;

  constructor(state: Uint8Array | null, options: AnalysisOptions) {
    this.#options = options;
    const from = state === null ? null : new ByteUnpacker(open(state, STATE_VERSION));
    if (from !== null) checkOptions(from.text(LONGEST_OPTIONS), lastingOf(options));
    this.#log = from === null ? new CaptureLog() : CaptureLog.unpack(from);
    this.#pipeline = new Pipeline(this.#log, options);
    if (from === null) return;
    this.#pipeline.unpack(from);
    from.finish();
  }

  async read(paths: readonly string[]): Promise<void> {
    const capture = await openFurther(paths, this.#log, this.#options);
    for await (const batch of capture.batches()) this.#pipeline.feed(batch);
  }

  settle(): Analysis {
    return this.#pipeline.settle();
  }

  analysis(): Analysis {
    return this.#pipeline.analysis();
  }

  state(): Uint8Array {
    const packer = new BytePacker();
    packer.text(lastingOf(this.#options));
    this.#log.pack(packer);
    this.#pipeline.pack(packer);
    return seal(packer.bytes(), STATE_VERSION);
  }
}

/** Options that a state depends on, in one line: the same for the same options. */
export function lastingOf(options: AnalysisOptions): string {
  const profiles = [...(options.profiles ?? [])].sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(LASTING.map((name) => [name, name === 'profiles' ? profiles : (options[name] ?? null)]));
}

/** @throws UnpackError where a state was written with other options */
export function checkOptions(written: string, own: string): void {
  if (written !== own) throw new UnpackError(`it was written with other options: ${written}; asked for are ${own}`);
}
