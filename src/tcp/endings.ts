import { ANY_COUNT } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import { ENDINGS } from './connection.js';
import type { Ending } from './connection.js';

/** Connections counted by how they ended. */
export class Endings {
  private readonly tallies = new Map<Ending, { flows: number; first: number }>();

  pack(to: Packer): void {
    to.number(this.tallies.size);
    for (const [ending, { flows, first }] of this.tallies) {
      to.number(ENDINGS.indexOf(ending));
      to.number(flows);
      to.number(first);
    }
  }

  static unpack(from: Unpacker): Endings {
    const endings = new Endings();
    for (let kinds = from.integer(0, ENDINGS.length); kinds > 0; kinds--) {
      endings.add(
        ENDINGS[from.integer(0, ENDINGS.length - 1)]!,
        from.integer(0, ANY_COUNT),
        from.integer(0, ANY_COUNT),
      );
    }
    return endings;
  }

  /** `flows` more of them, the first of which began in frame `first`. */
  add(ending: Ending, flows: number, first: number): void {
    const tally = this.tallies.get(ending);
    if (!tally) {
      this.tallies.set(ending, { flows, first });
      return;
    }
    tally.flows += flows;
    tally.first = Math.min(tally.first, first);
  }

  addAll({ tallies }: Endings): void {
    for (const [ending, { flows, first }] of tallies) this.add(ending, flows, first);
  }

  /** How many of each there are without those in `others`, which are among them. */
  without({ tallies: others }: Endings): Map<Ending, number> {
    return new Map([...this.counted()].map(([ending, flows]) => [ending, flows - (others.get(ending)?.flows ?? 0)] as const).filter(([, flows]) => flows > 0));
  }

  /** How many of each, in order of the first connection that ended so. */
  counted(): Map<Ending, number> {
    return new Map([...this.tallies].sort(([, a], [, b]) => a.first - b.first).map(([ending, { flows }]) => [ending, flows]));
  }
}
