import { ANY_COUNT } from '../packing/packer.js';
import type { Packer, Unpacker } from '../packing/packer.js';
import { DOUBTS, ENDINGS } from './connection.js';
import type { Connection, Doubt, Ending, Standing } from './connection.js';
import { isWell } from './standing.js';

/** Connections counted by a word that is said of each. */
export class CountsBy<Word extends string> {
  private readonly tallies = new Map<Word, { flows: number; first: number }>();
  private readonly words: readonly Word[];

  /** `words`: all that there are. A word is packed as its place among them. */
  protected constructor(words: readonly Word[]) {
    this.words = words;
  }

  pack(to: Packer): void {
    to.number(this.tallies.size);
    for (const [word, { flows, first }] of this.tallies) {
      to.number(this.words.indexOf(word));
      to.number(flows);
      to.number(first);
    }
  }

  /** Adds what another one has packed. */
  protected addUnpacked(from: Unpacker): this {
    const { words } = this;
    for (let kinds = from.integer(0, words.length); kinds > 0; kinds--)
      this.add(words[from.integer(0, words.length - 1)]!, from.integer(0, ANY_COUNT), from.integer(0, ANY_COUNT));
    return this;
  }

  /** `flows` more of them, the first of which began in frame `first`. */
  add(word: Word, flows: number, first: number): void {
    const tally = this.tallies.get(word);
    if (!tally) {
      this.tallies.set(word, { flows, first });
      return;
    }
    tally.flows += flows;
    tally.first = Math.min(tally.first, first);
  }

  addAll({ tallies }: CountsBy<Word>): void {
    for (const [word, { flows, first }] of tallies) this.add(word, flows, first);
  }

  /** `flows` of those counted under `from` are counted under `to`. */
  move(from: Word, to: Word, flows = 1): void {
    const tally = this.tallies.get(from);
    if (!tally || from === to || flows === 0) return;
    tally.flows -= flows;
    this.add(to, flows, tally.first);
    if (tally.flows <= 0) this.tallies.delete(from);
  }

  /** How many of each there are without those in `others`, which are among them. */
  without({ tallies: others }: CountsBy<Word>): Map<Word, number> {
    return new Map(
      [...this.counted()]
        .map(([word, flows]) => [word, flows - (others.get(word)?.flows ?? 0)] as const)
        .filter(([, flows]) => flows > 0),
    );
  }

  /** How many of each, in order of the first connection of which it is said. */
  counted(): Map<Word, number> {
    return new Map(
      [...this.tallies].sort(([, a], [, b]) => a.first - b.first).map(([word, { flows }]) => [word, flows]),
    );
  }
}

/** Connections counted by how they ended. */
export class Endings extends CountsBy<Ending> {
  constructor() {
    super(ENDINGS);
  }

  static unpack(from: Unpacker): Endings {
    return new Endings().addUnpacked(from);
  }
}

/** A verdict; of unknown connections why; `noted` are those of which only something to be known was found. */
type Word = Exclude<Standing, 'unknown'> | Doubt | 'noted';
const WORDS: readonly Word[] = ['clean', 'open', 'found', 'noted', ...DOUBTS];

/** Connections counted by what is to be thought of them. */
export interface Judged {
  /** All of them by verdict, each of which is named. */
  readonly verdicts: ReadonlyMap<Standing, number>;
  /** The unknown ones by why, the most frequent first. */
  readonly doubts: ReadonlyMap<Doubt, number>;
  /** Those with which all is well: clean, or open. */
  readonly well: number;
}

export class Standings extends CountsBy<Word> {
  constructor() {
    super(WORDS);
  }

  static unpack(from: Unpacker): Standings {
    return new Standings().addUnpacked(from);
  }

  /** A connection of which nothing was found. */
  count(connection: Unjudged): void {
    this.add(wordOf(connection), 1, connection.firstFrame);
  }

  /** A connection of which something was found; `isHarmless`: nothing graver than information. */
  countFound({ ending, firstFrame }: Pick<Connection, 'ending' | 'firstFrame'>, isHarmless: boolean): void {
    this.add(foundWord(ending, isHarmless), 1, firstFrame);
  }

  /** Something was found of a connection that was counted without. */
  nowFound(connection: Unjudged, isHarmless: boolean): void {
    this.move(wordOf(connection), foundWord(connection.ending, isHarmless));
  }

  /** What was found of a connection is, all in all, harmless; or no more. */
  weigh({ ending }: Pick<Connection, 'ending'>, isHarmless: boolean): void {
    this.move(foundWord(ending, !isHarmless), foundWord(ending, isHarmless));
  }

  result(): Judged {
    const {
      clean = 0, open = 0, found = 0, noted = 0, ...others
    } = Object.fromEntries(this.counted()) as Partial<Record<Word, number>>;
    const doubts = (Object.entries(others) as [Doubt, number][]).sort(([, a], [, b]) => b - a);
    const unknown = doubts.reduce((sum, [, flows]) => sum + flows, 0);
    return {
      verdicts: new Map([
        ['clean', clean], ['open', open], ['found', found + noted], ['unknown', unknown],
      ]),
      doubts: new Map(doubts), well: clean + open,
    };
  }
}

type Unjudged = Pick<Connection, 'verdict' | 'doubt' | 'ending' | 'firstFrame'>;

function wordOf({ verdict, doubt }: Unjudged): Word {
  return verdict === 'unknown' ? doubt ?? 'fragment' : verdict;
}

function foundWord(ending: Ending, isHarmless: boolean): Word {
  return isHarmless && isWell({ verdict: 'found', ending }) ? 'noted' : 'found';
}
