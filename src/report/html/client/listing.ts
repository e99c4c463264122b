/// <reference lib="dom" />
import type { CarriedLine } from './carried.js';
import type { Work } from './work.js';

/** A table of findings that grows while it is read. */
export interface Listing {
  readonly element: HTMLElement;
  /** What stands in the columns of the first ones that are chosen, behind the columns' names. */
  texts(most: number): readonly (readonly string[])[];
  /** How many are chosen. */
  count(): number;
  /** Whether it has the line; if so, it is shown, opened and scrolled to. */
  reveal(place: number): boolean;
}

export interface ListingOptions {
  /** For those who hear the page. */
  readonly name: string;
  /** The group whose findings are listed; null: all. */
  readonly group: number | null;
  /** Rows at first. */
  readonly few: number;
}

/**
 * Makes a table of findings that can be sorted by any column, and whose rows open to their ladders.
 *
 * Of ten thousand rows a browser takes a second for each picture while they are scrolled: those far out of sight are
 * an empty space of their height.
 */
export function listing(work: Work, { name, group, few }: ListingOptions): Listing {
  /** Rows that are added when the end comes into sight. */
  const MORE = 200;
  /** Rows that are drawn, or not, together. */
  const CHUNK = 50;
  /** Pixels beyond the window in which rows are drawn. */
  const NEAR = 1500;
  const { make } = work;
  const { groups, lines, files } = work.carried;
  const kept = lines.flatMap(([of], place) => (group === null || of === group ? [place] : []));
  const columns: readonly {
    readonly header: string;
    readonly kind?: string;
    readonly of: (line: CarriedLine) => string | number;
    readonly text: (line: CarriedLine) => string;
  }[] = [
    { header: 'stream', of: ([, stream]) => stream, text: ([, stream]) => String(stream) },
    ...(group === null
      ? [
          {
            header: 'service',
            of: ([of]: CarriedLine) => groups[of]!.service,
            text: ([of]: CarriedLine) => groups[of]!.service,
          },
          {
            header: 'finding',
            kind: 'words',
            of: ([of]: CarriedLine) => of,
            text: ([of]: CarriedLine) =>
              `${groups[of]!.finding}${groups[of]!.cause === null ? '' : ` (${groups[of]!.cause})`}`,
          },
        ]
      : []),
    { header: 'client', of: ([, , client]) => client, text: ([, , client]) => client },
    { header: 'by', of: ([, , , by]) => by, text: ([, , , by]) => by },
    {
      header: 'since',
      kind: 'number',
      of: ([, , , , , start]) => start,
      text: ([, , , , , start]) => work.clock(start),
    },
    {
      header: 'lasting',
      kind: 'number',
      of: ([, , , , , , lasts]) => lasts,
      text: ([, , , , , , lasts, lasting]) => (lasts === 0 ? '–' : lasting),
    },
    {
      header: 'what the packets show',
      kind: 'prose',
      of: ([, , , , , , , , says]) => says,
      text: ([, , , , , , , , says]) => says,
    },
  ];
  let sorting: { column: number; down: boolean } | null = null;
  let limit = few;
  let places: readonly number[] = kept;
  const opened = new Set<number>();

  const caption = make('span');
  const heads = columns.map(({ header, kind }, column) => {
    const button = make('button', { type: 'button', class: 'sort' }, header);
    button.addEventListener('click', () => {
      sorting = sorting?.column === column ? (sorting.down ? null : { column, down: true }) : { column, down: false };
      for (const [index, head] of heads.entries())
        head.setAttribute(
          'aria-sort',
          sorting?.column === index ? (sorting.down ? 'descending' : 'ascending') : 'none',
        );
      render();
    });
    return make('th', { scope: 'col', 'aria-sort': 'none', ...(kind === 'number' && { class: 'number' }) }, button);
  });
  const more = make('button', { type: 'button', class: 'more' });
  const box = make(
    'div',
    { class: 'scroll', role: 'region', 'aria-label': name, tabindex: '0' },
    make('table', {}, make('caption', {}, caption), make('thead', {}, make('tr', {}, ...heads))),
  );
  const element = make('div', { class: 'listing' }, box, more);
  const table = box.querySelector('table')!;
  interface Chunk {
    readonly body: HTMLTableSectionElement;
    readonly from: number;
    isDrawn: boolean;
  }
  let chunks: Chunk[] = [];

  const drawing = async (line: CarriedLine): Promise<Node> => {
    const ladder = await work.ladder(line);
    if (ladder !== null) return ladder;
    const quoted = files
      .map((path) => (/^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`))
      .join(' ');
    return make(
      'p',
      { class: 'quiet' },
      'There was no room in this page for this connection, segment by segment: ',
      make('code', {}, `lastack flow ${quoted} ${line[1]}`),
    );
  };
  const rowOf = (place: number): HTMLTableRowElement[] => {
    const line = lines[place]!;
    const { severity } = groups[line[0]]!;
    const link = make(
      'a',
      { href: `#${work.anchorOf(line)}`, 'aria-expanded': String(opened.has(place)), title: 'segment by segment' },
      columns[0]!.text(line),
    );
    const row = make('tr', {}, make('th', { scope: 'row', class: `opens ${severity}` }, link));
    for (const { kind, text } of columns.slice(1)) {
      const said = text(line);
      row.append(
        make(
          'td',
          { ...(kind !== undefined && { class: kind }) },
          kind === 'words' ? make('span', { class: `severity ${severity}` }, said) : said,
        ),
      );
    }
    link.addEventListener('click', (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      history.replaceState(history.state, '', link.href);
      toggle(place, row, link);
    });
    const rows = [row];
    if (opened.has(place)) rows.push(ladderRow(line));
    return rows;
  };
  const ladderRow = (line: CarriedLine): HTMLTableRowElement => {
    const cell = make('td', { colspan: String(columns.length) });
    drawing(line).then(
      (drawn) => cell.append(drawn),
      (error: unknown) => cell.append(`The ladder cannot be unpacked: ${String(error)}`),
    );
    return make('tr', { class: 'drawn' }, cell);
  };
  const toggle = (place: number, row: HTMLElement, link: HTMLElement): void => {
    if (opened.delete(place)) row.nextElementSibling?.remove();
    else {
      opened.add(place);
      row.after(ladderRow(lines[place]!));
    }
    link.setAttribute('aria-expanded', String(opened.has(place)));
  };
  const placesOf = ({ from }: Chunk): readonly number[] => places.slice(from, Math.min(from + CHUNK, limit));
  const draw = (chunk: Chunk): void => {
    chunk.isDrawn = true;
    chunk.body.replaceChildren(...placesOf(chunk).flatMap(rowOf));
  };
  const empty = (chunk: Chunk): void => {
    const { height } = chunk.body.getBoundingClientRect();
    if (
      height === 0 ||
      chunk.body.contains(document.activeElement) ||
      placesOf(chunk).some((place) => opened.has(place))
    )
      return;
    chunk.isDrawn = false;
    leave(chunk, height);
  };
  const leave = ({ body }: Chunk, height: number): void => {
    const space = make('td', { colspan: String(columns.length) });
    space.style.height = `${height}px`;
    body.replaceChildren(make('tr', { class: 'space', 'aria-hidden': 'true' }, space));
  };
  const sight = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const chunk = chunks.find(({ body }) => body === target);
        if (chunk === undefined || chunk.isDrawn === isIntersecting) continue;
        if (isIntersecting) draw(chunk);
        else if (limit > few) empty(chunk);
      }
    },
    { rootMargin: `${NEAR}px 0px` },
  );
  const extend = (from: number): void => {
    const last = chunks.at(-1);
    // The first rows are fewer than a chunk: it is filled first.
    if (last !== undefined && from < last.from + CHUNK) draw(last);
    for (
      let start = last === undefined ? 0 : last.from + CHUNK;
      start < Math.min(limit, places.length);
      start += CHUNK
    ) {
      const chunk: Chunk = { body: make('tbody'), from: start, isDrawn: false };
      chunks.push(chunk);
      table.append(chunk.body);
      // Where thousands come at once, the first ones tell how high the others are, about.
      if (start < from + MORE) draw(chunk);
      else leave(chunk, (chunks[0]!.body.getBoundingClientRect().height / CHUNK) * placesOf(chunk).length);
      sight.observe(chunk.body);
    }
    tell();
  };
  const tell = (): void => {
    const [shown, all] = [Math.min(limit, places.length), places.length];
    const total = group === null ? lines.length + work.carried.leftOut : groups[group]!.findings;
    const of =
      all < total ? `${all.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}` : all.toLocaleString('en-US');
    const rest =
      kept.length < total && !work.isChosen()
        ? `; ${(total - kept.length).toLocaleString('en-US')} more had no room in this page: the JSON report has them`
        : '';
    caption.textContent =
      all === 0
        ? 'No finding is as chosen above'
        : `${shown < all ? `The first ${shown.toLocaleString('en-US')} of ${of}` : of} ` +
          `${total === 1 ? 'finding' : 'findings'}${rest}`;
    more.hidden = shown >= all;
    more.textContent =
      limit === few
        ? `Show all ${all.toLocaleString('en-US')}`
        : `Show ${Math.min(MORE, all - shown).toLocaleString('en-US')} more`;
  };
  const render = (): void => {
    places = work.isChosen() ? kept.filter((place) => work.isMatching[place] === 1) : kept;
    if (sorting !== null) {
      const { column, down } = sorting;
      const { of } = columns[column]!;
      places = places.toSorted((a, b) => {
        const [one, other] = [of(lines[a]!), of(lines[b]!)];
        const order =
          typeof one === 'number' && typeof other === 'number'
            ? one - other
            : String(one).localeCompare(String(other), 'en', { numeric: true });
        return down ? -order : order;
      });
    }
    sight.disconnect();
    for (const { body } of chunks) body.remove();
    chunks = [];
    extend(0);
  };
  /** Rows that come and go must not change the widths of columns. */
  const hold = (): void => {
    if (table.classList.contains('long')) return;
    for (const head of heads) head.style.width = `${head.getBoundingClientRect().width}px`;
    table.classList.add('long');
  };
  const grow = (): void => {
    const from = limit;
    hold();
    limit += MORE;
    extend(from);
  };
  more.addEventListener('click', grow);
  // Whoever has asked for all of them need not ask again and again.
  new IntersectionObserver(
    (entries) => {
      if (limit > few && !more.hidden && entries.some(({ isIntersecting }) => isIntersecting)) grow();
    },
    { rootMargin: '600px' },
  ).observe(more);
  render();
  work.listeners.push(() => {
    if (limit > few + MORE) limit = few + MORE;
    render();
  });

  return {
    element,
    texts: (most) => [
      columns.map(({ header }) => header),
      ...places.slice(0, most).map((place) => columns.map(({ text }) => text(lines[place]!))),
    ],
    count: () => places.length,
    reveal: (place) => {
      const at = places.indexOf(place);
      if (at < 0) return false;
      opened.add(place);
      if (at >= limit) limit = at + 1;
      if (limit > few) hold();
      render();
      const chunk = chunks.find(({ from }) => at < from + CHUNK)!;
      if (!chunk.isDrawn) draw(chunk);
      const link = chunk.body.querySelectorAll<HTMLElement>('th.opens > a')[at - chunk.from];
      link?.scrollIntoView({ block: 'center' });
      link?.focus({ preventScroll: true });
      return true;
    },
  };
}
