import type { Detected } from './diagnosis.js';

/** What a proxy does on its far side, and the story of its near side that makes it do so. */
export interface PassedOn {
  readonly far: Detected;
  /** Of the service that the proxy offers. */
  readonly near: Detected;
  /** What the near side's story says of the far one, behind its own message. */
  readonly words: string;
}

/** One story of both sides: that of the near one, which explains what is found of the far one. */
export function joined(all: readonly Detected[], passed: readonly PassedOn[]): Detected[] {
  const gone = new Set(passed.map(({ far }) => far));
  return all
    .filter((detected) => !gone.has(detected))
    .map((detected) => {
      const own = passed.filter(({ near }) => near === detected);
      if (own.length === 0) return detected;
      return {
        ...detected, message: detected.message.replace(/\.$/, own.map(({ words }) => `; ${words}`).join('') + '.'),
        beside: [...(detected.beside ?? []), ...own.flatMap(({ far }) => far.members)],
      };
    });
}
