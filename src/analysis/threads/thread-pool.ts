import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';

import type { Pipeline } from '../pipeline.js';
import type { PacketBatch } from '../../capture/packet-batch.js';
import { buildAnalysis, folderOf, unpackResult } from '../build-analysis.js';
import { findIn } from '../../findings/find-in.js';
import type { Found } from '../../findings/found.js';
import { LossTally } from '../../flow/loss.js';
import type { Partition } from '../../flow/partition.js';
import type { Analysis, AnalysisOptions } from '../model.js';
import { TransferUnpacker, transferOf } from '../../packing/transfer.js';
import { Endings, Standings } from '../../tcp/endings.js';
import { startThread } from '../../base/thread.js';
import type { Time } from '../../base/time.js';
import { BlockRing } from './block-ring.js';
import { fromColumns } from './finding-columns.js';
import { PartitionFacts } from './partition-facts.js';
import type { PartitionFindings, FactsMessage, Task } from './messages.js';

/** The threads that follow connections beside this one, which leads. */
export class ThreadPool {
  private readonly ring: BlockRing;
  private readonly partition: Partition;
  private readonly workers: readonly Worker[];
  private readonly facts: Promise<PartitionFacts>[];
  private readonly options: AnalysisOptions;

  /** All threads of `partition`, which is that of this one. */
  constructor(options: AnalysisOptions, partition: Partition) {
    const { count } = partition;
    this.options = options;
    this.partition = partition;
    this.ring = new BlockRing(count);
    // What is of this thread alone, and cannot be handed to another.
    const { signal: _signal, stdin: _stdin, onProgress: _onProgress, onSnapshot: _onSnapshot, ...told } = options;
    this.workers = Array.from({ length: count - 1 }, (_, index) => {
      const task: Task = { options: told, index: index + 1, count, ring: this.ring.memory };
      return startThread(new URL('worker.js', import.meta.url), task);
    });
    this.facts = this.workers.map(async (worker) =>
      PartitionFacts.unpack(new TransferUnpacker(await answer<FactsMessage>(worker))),
    );
    // An error is told when the answer is asked for: soon, for nobody reads on for a thread that is not there.
    for (const answered of this.facts) answered.catch(() => this.ring.finish(null));
  }

  /** Has all packets of a batch followed: those of this thread by `leader`. */
  async follow(batch: PacketBatch, leader: Pipeline): Promise<void> {
    for (let first = 0; first < batch.count;) {
      if (!(await this.ring.room())) await Promise.all(this.facts);
      const block = this.ring.put(batch, first, this.partition);
      first += block.batch.count;
      leader.feed(block.batch, block.selected(this.partition.index));
    }
  }

  /** Nothing more is to be followed. `captureEnd`: until when was captured, where that is known. */
  finish(captureEnd: Time | null): void {
    this.ring.finish(captureEnd);
  }

  /** What became of all connections, those of `leader` and those of the others. */
  async analysis(leader: Pipeline): Promise<Analysis> {
    const { options } = this;
    const own = leader.result();
    const all = PartitionFacts.union([PartitionFacts.from(own), ...(await Promise.all(this.facts))]);
    const answers = this.workers.map((worker) => answer<PartitionFindings>(worker));
    const message: FactsMessage = transferOf((to) => all.pack(to)).values;
    for (const worker of this.workers) worker.postMessage(message, []);
    all.tell(own);
    const folder = folderOf(own, options, all.guesses);
    const found = findIn(folder, leader.end());
    const others = await Promise.all(answers);
    const parts = others.map(({ part }) => unpackResult(new TransferUnpacker(part)));
    const folders = [folder, ...parts.map((part) => folderOf(part, options, all.guesses))];
    return buildAnalysis(leader.inputs([own, ...parts]), options, all.guesses, folders, [
      found,
      ...others.map(foundBy),
    ]);
  }

  /** Ends the threads, whatever they are at. */
  async dismiss(): Promise<void> {
    this.ring.finish(null);
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

/** What a thread has found. */
function foundBy({ findings, counts, unanswered, young, unacknowledged }: PartitionFindings): Found {
  const from = new TransferUnpacker(counts);
  return {
    findings: fromColumns(findings),
    endings: Endings.unpack(from),
    endingsOfFound: Endings.unpack(from),
    standings: Standings.unpack(from),
    loss: LossTally.unpack(from),
    unanswered,
    young,
    unacknowledged,
  };
}
