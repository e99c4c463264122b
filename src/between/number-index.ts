import type { EndPrint, Fingerprint } from './fingerprint.js';

/** Bits of a sequence number that are the place in a stretch: of a mebibyte, which few connections leave. */
const STRETCH = 20;
const STRETCHES = 2 ** (32 - STRETCH);
/** A stream of more stretches is held against all. */
const MOST_STRETCHES = 64;

/** Streams by the sequence numbers of their ends, for what may hold numbers of the same streams of bytes. */
export class NumberIndex {
  private readonly byClient: Stretches;
  private readonly byServer: Stretches;

  constructor(streams: readonly Fingerprint[]) {
    this.byClient = new Stretches(streams, 0);
    this.byServer = new Stretches(streams, 1);
  }

  /** All streams whose client may overlap `client` and whose server may overlap `server`, and some others. */
  near(client: EndPrint, server: EndPrint): Candidates {
    const [one, other] = [this.byClient.near(client), this.byServer.near(server)];
    return sizeOf(one) <= sizeOf(other) ? one : other;
  }
}

/** Streams in lists, in several of which one may stand. */
export type Candidates = readonly (readonly Fingerprint[])[];

export function sizeOf(candidates: Candidates): number {
  return candidates.reduce((sum, { length }) => sum + length, 0);
}

/** Streams by the numbers of one of their ends. */
class Stretches {
  private readonly all: readonly Fingerprint[];
  /** Those without numbers of this end, or of very many. */
  private readonly everywhere: Fingerprint[] = [];
  private readonly byStretch = new Map<number, Fingerprint[]>();

  constructor(streams: readonly Fingerprint[], role: 0 | 1) {
    this.all = streams;
    for (const stream of streams) {
      const stretches = stretchesOf(stream.ends[role]);
      if (stretches === null) this.everywhere.push(stream);
      else
        for (const stretch of stretches) {
          const there = this.byStretch.get(stretch);
          if (there === undefined) this.byStretch.set(stretch, [stream]);
          else there.push(stream);
        }
    }
  }

  near(end: EndPrint): Candidates {
    const stretches = stretchesOf(end);
    if (stretches === null) return [this.all];
    return [this.everywhere, ...stretches.map((stretch) => this.byStretch.get(stretch) ?? [])];
  }
}

/** Those that an end's numbers lie in; null where it has none, or very many. */
function stretchesOf({ lowest, highest }: EndPrint): number[] | null {
  if (lowest === null) return null;
  const first = lowest >>> STRETCH;
  const count = ((highest >>> STRETCH) - first + STRETCHES) % STRETCHES + 1;
  if (count > MOST_STRETCHES) return null;
  return Array.from({ length: count }, (_, index) => (first + index) % STRETCHES);
}
