/// <reference lib="dom" />
import type { Work } from './work.js';

/**
 * Time: a bar for each stretch of it in which findings began, a window over them that is drawn or moved by keys, and
 * the same window in all plots.
 */
export function time(work: Work): void {
  const {
    make,
    chosen,
    momentOf,
    carried: { lines, groups, stretches, lasting },
  } = work;
  const element = document.querySelector('.work');
  if (element === null || lines.length === 0) return;
  const NAMESPACE = 'http://www.w3.org/2000/svg';
  const shape = (name: string, attributes: Readonly<Record<string, string | number>>): SVGElement => {
    const element = document.createElementNS(NAMESPACE, name);
    for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
    return element;
  };
  const count = (number: number): string => number.toLocaleString('en-US');

  const HEIGHT = 28;
  const severities = ['info', 'warning', 'error'];
  const picture = shape('svg', {
    viewBox: `0 0 ${stretches} ${HEIGHT}`,
    preserveAspectRatio: 'none',
    'aria-hidden': 'true',
  });
  const bars = shape('g', {});
  const shades = [
    shape('rect', { class: 'shade', y: 0, height: HEIGHT, x: 0 }),
    shape('rect', { class: 'shade', y: 0, height: HEIGHT }),
  ] as const;
  picture.append(bars, ...shades);
  const edge = (name: string, value: number): HTMLInputElement =>
    make('input', {
      type: 'range',
      min: '0',
      max: String(stretches),
      step: '1',
      value: String(value),
      'aria-label': name,
    });
  const from = edge('From', 0);
  const to = edge('To', stretches);
  for (const input of [from, to]) {
    input.addEventListener('input', () => {
      choose(
        Math.min(Number(from.value), Number(to.value) - (input === to ? 0 : 1)),
        Math.max(Number(to.value), Number(from.value) + 1),
      );
    });
  }
  const line = make('div', { class: 'time', role: 'group', 'aria-label': 'Time in which findings began' }, from, to);
  line.append(picture);
  element.querySelector('.words')?.after(line);
  function choose(first: number, behind: number): void {
    const at = Math.min(Math.max(first, 0), stretches - 1);
    Object.assign(chosen, { from: at, to: Math.min(Math.max(behind, at + 1), stretches) });
    work.changed();
  }
  /**
   * Draws a window with the pointer; a click alone takes it away. `part` tells where in the time of the capture the
   * pointer is, from 0 to 1.
   */
  const brush = (element: Element, part: (event: PointerEvent) => number): void => {
    let began: number | null = null;
    const stretch = (event: PointerEvent): number =>
      Math.min(Math.max(Math.floor(part(event) * stretches), 0), stretches - 1);
    element.addEventListener('pointerdown', (event) => {
      if (!(event instanceof PointerEvent) || event.button !== 0) return;
      began = stretch(event);
      element.setPointerCapture(event.pointerId);
      event.preventDefault();
    });
    element.addEventListener('pointermove', (event) => {
      if (began === null || !(event instanceof PointerEvent)) return;
      const at = stretch(event);
      if (at !== began || work.isTimeChosen()) choose(Math.min(began, at), Math.max(began, at) + 1);
    });
    element.addEventListener('pointerup', (event) => {
      if (began !== null && event instanceof PointerEvent && stretch(event) === began) choose(0, stretches);
      began = null;
    });
    element.addEventListener('pointercancel', () => {
      began = null;
    });
  };
  brush(line, (event) => {
    const { left, width } = picture.getBoundingClientRect();
    return (event.clientX - left) / width;
  });

  // All plots: the windows over those along time, and of the others the part that began in it.
  const windows = [...document.querySelectorAll<SVGSVGElement>('svg[data-time]')].map((svg) => {
    const [begin = 0, end = 0, width = 0] = (svg.dataset['time'] ?? '').split(' ').map(Number);
    const { height } = svg.viewBox.baseVal;
    const shades = [0, 1].map(() => shape('rect', { class: 'shade', y: 0, height, x: 0, width: 0 }));
    // Names and numbers stay readable above them.
    svg.append(...shades, ...svg.querySelectorAll('text'));
    // The axis of this plot begins later than the capture where connections were forgotten.
    const xOf = (seconds: number): number =>
      Math.min(Math.max(end > begin ? ((seconds - begin) / (end - begin)) * width : 0, 0), width);
    svg.classList.add('brushed');
    brush(svg, (event) => {
      const box = svg.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
      return lasting > 0 ? (begin + (x / width) * (end - begin)) / lasting : 0;
    });
    return { shades, xOf, width };
  });
  const counts = new Map<string, Uint32Array>();
  for (const [name, sparse] of Object.entries(work.carried.course)) {
    const dense = new Uint32Array(stretches);
    for (let index = 0; index + 1 < sparse.length; index += 2) dense[sparse[index]!] = sparse[index + 1]!;
    counts.set(name, dense);
  }
  const groupsOfParts = [...document.querySelectorAll<SVGGElement>('svg [data-bar]')].map((group) => {
    const label = group.querySelector('.total');
    const isAcross = group.dataset['bar'] === 'across';
    const parts = [...group.querySelectorAll<SVGRectElement>('rect[data-part]')].map((rect) => {
      const overlay = shape(
        'rect',
        Object.fromEntries(['x', 'y', 'width', 'height', 'class'].map((name) => [name, rect.getAttribute(name) ?? ''])),
      );
      rect.after(overlay);
      overlay.setAttribute('visibility', 'hidden');
      return {
        rect,
        overlay,
        all: Number(rect.dataset['count']),
        counts: counts.get(rect.dataset['part'] ?? ''),
        height: Number(rect.getAttribute('height')),
        y: Number(rect.getAttribute('y')),
        width: Number(rect.getAttribute('width')),
      };
    });
    return { label, told: label?.textContent ?? '', isAcross, parts };
  });

  const draw = (): void => {
    const isTime = work.isTimeChosen();
    // Bars of those that have the words, whatever the time.
    const heights = Array.from({ length: stretches }, () => [0, 0, 0]);
    const { words } = chosen;
    const places = words.length === 0 ? lines.keys() : withWords;
    for (const place of places)
      heights[work.stretchOf(lines[place]![5])]![severities.indexOf(groups[lines[place]![0]]!.severity)]! += 1;
    const most = Math.max(...heights.map((numbers) => numbers.reduce((sum, number) => sum + number, 0)), 1);
    bars.replaceChildren(
      ...heights.flatMap((numbers, stretch) => {
        let y = HEIGHT;
        // The square root: one among a thousand is still seen.
        const total = numbers.reduce((sum, number) => sum + number, 0);
        const full = Math.sqrt(total / most) * (HEIGHT - 2);
        return numbers.flatMap((number, index) => {
          if (number === 0) return [];
          const height = (number / total) * full;
          y -= height;
          return [shape('rect', { x: stretch + 0.08, y, width: 0.84, height, class: `fill-${severities[index]}` })];
        });
      }),
    );
    const [before, behind] = shades;
    before.setAttribute('width', String(chosen.from));
    behind.setAttribute('x', String(chosen.to));
    behind.setAttribute('width', String(stretches - chosen.to));
    from.value = String(chosen.from);
    to.value = String(chosen.to);
    from.setAttribute('aria-valuetext', momentOf(chosen.from));
    to.setAttribute('aria-valuetext', momentOf(chosen.to));
    for (const {
      shades: [left, right],
      xOf,
      width,
    } of windows) {
      left!.setAttribute('width', String(isTime ? xOf((chosen.from / stretches) * lasting) : 0));
      const x = xOf((chosen.to / stretches) * lasting);
      right!.setAttribute('x', String(x));
      right!.setAttribute('width', String(isTime ? width - x : 0));
    }
    for (const { label, told, isAcross, parts } of groupsOfParts) {
      let sum = 0;
      for (const { rect, overlay, all, counts, height, y, width } of parts) {
        let number = 0;
        for (let stretch = chosen.from; stretch < chosen.to; stretch++) number += counts?.[stretch] ?? 0;
        sum += number;
        const part = all === 0 ? 0 : number / all;
        rect.classList.toggle('behind', isTime);
        overlay.setAttribute('visibility', isTime && number > 0 ? 'visible' : 'hidden');
        if (isAcross) overlay.setAttribute('width', String(width * part));
        else {
          overlay.setAttribute('height', String(height * part));
          overlay.setAttribute('y', String(y + height * (1 - part)));
        }
      }
      if (label !== null) label.textContent = isTime ? `${count(sum)} of ${told}` : told;
    }
  };
  /** Findings that have the words of the search, at any time: the bars count these. */
  let withWords: readonly number[] = [];
  let countedFor = '';
  work.listeners.push(() => {
    const words = chosen.words.join(' ');
    if (words !== countedFor) {
      countedFor = words;
      withWords = work.carried.lines.flatMap((_, place) =>
        chosen.words.every((word) => work.textOf(place).includes(word)) ? [place] : [],
      );
    }
    draw();
  });
  draw();
}
