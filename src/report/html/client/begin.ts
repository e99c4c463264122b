/// <reference lib="dom" />
import type { Carried, CarriedLine } from './carried.js';
import type { Work } from './work.js';

/**
 * Unpacks what the page carries. Null in a browser that cannot: the page then is as without a script.
 *
 * As every file of this folder that is no table of types: one function that needs nothing around it, for its text is
 * what the page holds.
 */
export async function begin(): Promise<Work | null> {
  const block = (id: string): string | null => document.getElementById(id)?.textContent ?? null;
  const unpack = async (text: string): Promise<unknown> => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
    return JSON.parse(await new Response(stream).text());
  };
  const text = block('carried');
  if (text === null || typeof DecompressionStream === 'undefined') return null;
  const carried = (await unpack(text)) as Carried;
  const { lines, groups, stretches, lasting, first } = carried;

  const day = (seconds: number): string => {
    const milliseconds = Math.floor((first + seconds) * 1000 + 1e-3);
    return Math.abs(milliseconds) < 8.64e15
      ? new Date(milliseconds).toISOString().replace('T', ' ').slice(0, 19)
      : String(first + seconds);
  };
  const isOneDay = day(0).slice(0, 11) === day(lasting).slice(0, 11);
  const haystacks: string[] = [];
  const haystack = (place: number): string =>
    (haystacks[place] ??= ((): string => {
      const [group, stream, client, by, , , , , says] = lines[place]!;
      const { name, severity } = groups[group]!;
      return `${severity} ${name} stream ${stream} tcp.stream eq ${stream} ${client} ${by} ${says}`.toLowerCase();
    })());
  const packs = new Map<number, Promise<unknown>>();

  let isWaiting = false;
  let opened = 0;
  const work: Work = {
    carried,
    chosen: { from: 0, to: stretches, words: [] },
    isTimeChosen: () => work.chosen.from > 0 || work.chosen.to < stretches,
    isChosen: () => work.isTimeChosen() || work.chosen.words.length > 0,
    hasWords: (text) => {
      const lower = text.toLowerCase();
      return work.chosen.words.every((word) => lower.includes(word));
    },
    textOf: haystack,
    isMatching: new Uint8Array(lines.length).fill(1),
    matching: lines.map((_, place) => place),
    matchingOf: [],
    listeners: [],
    changed: () => {
      if (isWaiting) return;
      isWaiting = true;
      requestAnimationFrame(() => {
        isWaiting = false;
        const { from, to, words } = work.chosen;
        const matching: number[] = [];
        const isMatching = new Uint8Array(lines.length);
        const matchingOf = groups.map(() => 0);
        for (const [place, line] of lines.entries()) {
          const stretch = work.stretchOf(line[5]);
          if (stretch < from || stretch >= to) continue;
          if (words.length > 0 && !words.every((word) => haystack(place).includes(word))) continue;
          matching.push(place);
          isMatching[place] = 1;
          matchingOf[line[0]]! += 1;
        }
        work.matching = matching;
        work.isMatching = isMatching;
        work.matchingOf = matchingOf;
        for (const listener of work.listeners) listener();
      });
    },
    stretchOf: (seconds) =>
      lasting > 0 ? Math.min(Math.max(Math.floor((seconds / lasting) * stretches), 0), stretches - 1) : 0,
    clock: (seconds) => (isOneDay ? day(seconds).slice(11) : day(seconds)),
    momentOf: (stretch) => work.clock((stretch / stretches) * lasting),
    make: (name, attributes = {}, ...children) => {
      const element = document.createElement(name);
      for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
      element.append(...children);
      return element;
    },
    ladder: async (line) => {
      const ladder = line[9];
      const number = Math.floor(ladder / carried.ladders);
      const text = ladder < 0 ? null : block(`ladders-${number}`);
      if (text === null) return null;
      if (!packs.has(number)) packs.set(number, unpack(text));
      const template = document.createElement('template');
      // Markup that the report itself has made, escaped as all of the page; the policy lets no other script run.
      template.innerHTML = ((await packs.get(number)) as readonly string[])[ladder % carried.ladders] ?? '';
      // The same one may be open in several places: each has its own names.
      opened += 1;
      for (const element of template.content.querySelectorAll('[id]')) element.id += `-${opened}`;
      for (const element of template.content.querySelectorAll('[aria-labelledby]')) {
        element.setAttribute(
          'aria-labelledby',
          (element.getAttribute('aria-labelledby') ?? '')
            .split(' ')
            .map((id) => `${id}-${opened}`)
            .join(' '),
        );
      }
      for (const region of template.content.querySelectorAll('[role="region"]'))
        region.setAttribute('aria-label', `${region.getAttribute('aria-label')}, opened ${opened}`);
      return template.content;
    },
    anchorOf: ([group, , client, , opened]: CarriedLine) =>
      `${groups[group]!.anchor}@${client.replace(/[^\w.:-]+/g, '-')}-${opened}`,
    reveal: () => {},
  };
  const counts = groups.map(() => 0);
  for (const [group] of lines) counts[group]! += 1;
  work.matchingOf = counts;
  return work;
}
