import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Analyzer } from '../analyzer.js';
import { conclude, guessesOf, judgeOf } from '../conclusion.js';
import { findIn } from '../findings/find-all.js';
import { Beginnings } from '../flow/beginnings.js';
import { Partings } from '../flow/partings.js';
import type { Analysis, AnalysisOptions } from '../model.js';
import { joinGuesses } from '../tcp/hosts.js';
import { unpackBeginnings, unpackForgotten, unpackFound, unpackPartings, unpackTable } from './luggage.js';
import type { Judged, Learned, Shared, Task } from './messages.js';
import { Pace } from './pace.js';

/** The threads that follow connections beside this one, which leads. */
export class Crew {
  readonly pace = new Pace();
  private readonly workers: readonly Worker[];
  private readonly learned: Promise<Learned>[];
  private readonly options: AnalysisOptions;

  /** `count` threads, this one included, which has the first share. */
  constructor(paths: readonly string[], options: AnalysisOptions, count: number) {
    this.options = options;
    // What is of this thread alone, and cannot be handed to another.
    const { signal: _signal, stdin: _stdin, onProgress: _onProgress, onSnapshot: _onSnapshot, ...told } = options;
    this.workers = Array.from({ length: count - 1 }, (_, index) => {
      const task: Task = { paths, options: told, index: index + 1, count, pace: this.pace.shared };
      return new Worker(new URL('follower.js', import.meta.url), { workerData: task });
    });
    this.learned = this.workers.map(async (worker) => unpackLearned(await answer<Learned>(worker)));
    // An error is told when the answer is asked for.
    for (const answered of this.learned) answered.catch(() => {});
  }

  /** What became of all connections, those of `leader` and those of the others; null if somebody has read other packets than the leader: a file was changed. */
  async analysis(leader: Analyzer): Promise<Analysis | null> {
    const { options } = this;
    const own = leader.part();
    const learned = await Promise.all(this.learned);
    if (learned.some(({ packets }) => packets !== leader.packets)) return null;
    const shared: Shared = {
      guesses: [guessesOf(own), ...learned.map(({ guesses }) => guesses)].reduce(joinGuesses),
      beginnings: Beginnings.union([own.table.beginnings!, ...learned.map(({ beginnings }) => beginnings)]),
      openings: Beginnings.union([own.table.streams.openings!, ...learned.map(({ openings }) => openings)]),
      partings: Partings.union([own.table.partings, ...learned.map(({ partings }) => partings)]),
    };
    const judged = this.workers.map((worker) => answer<Judged>(worker));
    for (const worker of this.workers) worker.postMessage(shared, []);
    own.table.beginnings = shared.beginnings;
    own.table.streams.openings = shared.openings;
    own.table.partings = shared.partings;
    const judge = judgeOf(own, options, shared.guesses);
    const found = findIn(judge, leader.end());
    const others = await Promise.all(judged);
    const parts = others.map(({ part }) => ({ table: unpackTable(part.table), forgotten: part.forgotten && unpackForgotten(part.forgotten) }));
    const judges = [judge, ...parts.map((part) => judgeOf(part, options, shared.guesses))];
    return conclude(leader.evidence([own, ...parts]), options, shared.guesses, judges, [found, ...others.map((other) => unpackFound(other.found))]);
  }

  /** Ends the threads, whatever they are at. */
  async dismiss(): Promise<void> {
    this.pace.end();
    await Promise.all(this.workers.map((worker) => worker.terminate()));
  }
}

/** The next message of a thread. @throws what ended it instead */
async function answer<T>(worker: Worker): Promise<T> {
  const [message] = (await Promise.race([once(worker, 'message'), exit(worker)])) as [T];
  return message;
}

async function exit(worker: Worker): Promise<never> {
  const [status] = (await once(worker, 'exit')) as [number];
  throw new Error(`a thread ended with status ${status}, and without an answer`);
}

function unpackLearned({ packets, guesses, beginnings, openings, partings }: Learned): Learned {
  return { packets, guesses, beginnings: unpackBeginnings(beginnings), openings: unpackBeginnings(openings), partings: unpackPartings(partings) };
}
