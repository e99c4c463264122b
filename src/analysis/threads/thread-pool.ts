import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

import type { Analyzer } from '../pipeline.js';
import type { PacketBatch } from '../../capture/packet-batch.js';
import { conclude, guessesOf, judgeOf } from '../build-analysis.js';
import { findIn } from '../../findings/find-all.js';
import { Beginnings } from '../../flow/identity/first-frames.js';
import { Partings } from '../../flow/idle-closes.js';
import type { Share } from '../../flow/partition.js';
import type { Analysis, AnalysisOptions } from '../model.js';
import { joinGuesses } from '../../tcp/hosts.js';
import type { Time } from '../../base/time.js';
import { Belt } from './block-ring.js';
import { unpackBeginnings, unpackForgotten, unpackFound, unpackPartings, unpackTable } from './transfer.js';
import type { Judged, Learned, Shared, Task } from './messages.js';

/** The threads that follow connections beside this one, which leads. */
export class Crew {
  private readonly belt: Belt;
  private readonly share: Share;
  private readonly workers: readonly Worker[];
  private readonly learned: Promise<Learned>[];
  private readonly options: AnalysisOptions;

  /** All threads of `share`, which is that of this one. */
  constructor(options: AnalysisOptions, share: Share) {
    const { count } = share;
    this.options = options;
    this.share = share;
    this.belt = new Belt(count);
    // What is of this thread alone, and cannot be handed to another.
    const { signal: _signal, stdin: _stdin, onProgress: _onProgress, onSnapshot: _onSnapshot, ...told } = options;
    this.workers = Array.from({ length: count - 1 }, (_, index) => {
      const task: Task = { options: told, index: index + 1, count, belt: this.belt.memory };
      return new Worker(new URL('worker.js', import.meta.url), { workerData: task });
    });
    this.learned = this.workers.map(async (worker) => unpackLearned(await answer<Learned>(worker)));
    // An error is told when the answer is asked for: soon, for nobody reads on for a thread that is not there.
    for (const answered of this.learned) answered.catch(() => this.belt.finish(null));
  }

  /** Has all packets of a batch followed: those of this thread by `leader`. */
  async follow(batch: PacketBatch, leader: Analyzer): Promise<void> {
    for (let first = 0; first < batch.count;) {
      if (!(await this.belt.room())) await Promise.all(this.learned);
      const block = this.belt.put(batch, first, this.share);
      first += block.batch.count;
      leader.feed(block.batch, block.hand(this.share.index));
    }
  }

  /** Nothing more is to be followed. `captureEnd`: until when was captured, where that is known. */
  finish(captureEnd: Time | null): void {
    this.belt.finish(captureEnd);
  }

  /** What became of all connections, those of `leader` and those of the others. */
  async analysis(leader: Analyzer): Promise<Analysis> {
    const { options } = this;
    const own = leader.part();
    const learned = await Promise.all(this.learned);
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
    this.belt.finish(null);
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

function unpackLearned({ guesses, beginnings, openings, partings }: Learned): Learned {
  return { guesses, beginnings: unpackBeginnings(beginnings), openings: unpackBeginnings(openings), partings: unpackPartings(partings) };
}
