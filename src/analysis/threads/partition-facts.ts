import { guessesOf } from '../build-analysis.js';
import type { Guesses, PartitionResult } from '../build-analysis.js';
import { Coverage } from '../../flow/coverage.js';
import { FirstFrames } from '../../flow/identity/first-frames.js';
import { IdleCloses } from '../../flow/idle-closes.js';
import type { Packer, Unpacker } from '../../packing/packer.js';
import { joinGuesses, packGuesses, unpackGuesses } from '../../tcp/hosts.js';

/** What threads must know of each other's connections to number and judge their own. */
export class PartitionFacts {
  readonly guesses: Guesses;
  private readonly firstFrames: FirstFrames;
  private readonly openings: FirstFrames;
  private readonly idleCloses: IdleCloses;
  private readonly coverage: Coverage;

  private constructor(
    guesses: Guesses, firstFrames: FirstFrames, openings: FirstFrames, idleCloses: IdleCloses, coverage: Coverage,
  ) {
    this.guesses = guesses;
    this.firstFrames = firstFrames;
    this.openings = openings;
    this.idleCloses = idleCloses;
    this.coverage = coverage;
  }

  /** From the connections of one thread, of several. */
  static from(part: PartitionResult): PartitionFacts {
    return new PartitionFacts(
      guessesOf(part),
      part.table.firstFrames!,
      part.table.streams.openings!,
      part.table.idleCloses,
      part.table.coverage,
    );
  }

  /**
   * The first of them is the leader's, who alone knows the sources' names; its coverage takes in that of the others.
   */
  static union(all: readonly PartitionFacts[]): PartitionFacts {
    const [{ coverage }, ...others] = all as readonly [PartitionFacts, ...PartitionFacts[]];
    for (const other of others) coverage.join(other.coverage);
    return new PartitionFacts(
      all.map(({ guesses }) => guesses).reduce(joinGuesses),
      FirstFrames.union(all.map(({ firstFrames }) => firstFrames)),
      FirstFrames.union(all.map(({ openings }) => openings)),
      IdleCloses.union(all.map(({ idleCloses }) => idleCloses)),
      coverage,
    );
  }

  /** Lets the connections of one thread be numbered among all, and judged beside all. */
  tell({ table }: PartitionResult): void {
    table.firstFrames = this.firstFrames;
    table.streams.openings = this.openings;
    table.idleCloses = this.idleCloses;
    table.coverage = this.coverage;
  }

  pack(to: Packer): void {
    packGuesses(to, this.guesses);
    this.firstFrames.pack(to);
    this.openings.pack(to);
    this.idleCloses.pack(to);
    this.coverage.pack(to);
  }

  static unpack(from: Unpacker): PartitionFacts {
    return new PartitionFacts(
      unpackGuesses(from),
      FirstFrames.unpack(from),
      FirstFrames.unpack(from),
      IdleCloses.unpack(from),
      Coverage.unpack(from),
    );
  }
}
