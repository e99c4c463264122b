import { complete } from '../../filter/filter.js';

/** A word that could stand at the end of a filter, and the filter with it. */
export interface Completed {
  readonly text: string;
  readonly description: string;
  readonly filter: string;
}

/** What could stand at the end of a filter that is being typed; nothing where its last word is whole. */
export function completions(filter: string): Completed[] {
  const { from, to, candidates } = complete(filter, filter.length);
  return candidates
    .map(({ text, description }) => ({
      text, description, filter: `${filter.slice(0, from)}${text}${filter.slice(to)} `,
    }))
    .filter((candidate) => candidate.filter.trimEnd() !== filter);
}

/** Whether an error is only that the last word is not whole yet: then the candidates say all there is to say. */
export function isUnfinished(filter: string, error: string, candidates: number): boolean {
  const column = Number(/^at column (\d+):/.exec(error)?.[1]);
  return candidates > 0 && column > filter.search(/\S*$/);
}
