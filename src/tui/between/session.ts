import type { Tap, TwoTaps } from '../../between/between.js';
import type { Progress } from '../../analysis/model.js';
import { goInFlow, newFlow } from '../flow-detail/state.js';
import {
  act, contextOf, firstFrame, focusPane, isList, listOf, paneOf, replaceTop, setList, topOf, type as typeKey,
  type Frame, type ViewContext,
} from '../frame.js';
import { CurrentView } from '../current-view.js';
import { helpPage } from '../help/page.js';
import { actionOf, tapLists, type Action, type Context, type ListName, type TapList } from '../keys.js';
import { DIVIDER, FLOW_HEAD, LIST_HEAD, type Layout } from '../layout.js';
import type { Extent } from '../list/cursor.js';
import { indexAt, matchCount, notableFrom, type Matches } from '../list/source.js';
import { clickInList } from '../list/state.js';
import type { Request } from '../outside/outside.js';
import { openScreen } from '../panel.js';
import { within, type Place } from '../place.js';
import type { Show } from '../stage.js';
import { unpainted, type Paint } from '../theme.js';
import { extentOf, settled } from '../view-context.js';
import { asMarkdown, asText, documentOf, readSegmentsOf, type Segments } from './document.js';
import { drawBetweenHeader } from './header.js';
import { layOutBetween } from './layout.js';
import { drawBetweenOpening, statusOf } from './opening.js';
import type { TapOutside } from './outside.js';
import type { TapReaders } from './readers.js';
import { rowsOf, type TapRow } from './rows.js';
import { tapSource } from './source.js';
import type { BetweenView, Phase } from './view.js';

export interface BetweenSessionOptions {
  readonly paint: Paint;
  readonly paths: Readonly<Record<Tap, readonly string[]>>;
  readonly readers: TapReaders;
  readonly outside: TapOutside;
  readonly onQuit: () => void;
}

function isTapList(pane: Context): pane is TapList {
  return (tapLists as readonly Context[]).includes(pane);
}

/** Where a list is opened from the beginning. */
const FIRST: TapList = 'differing';
/** How text is copied: wide enough for a ladder at two taps. */
const COPIED = { color: false, width: 120 } as const;
const NOTHING: Extent = { count: 0, height: 1 };

/** What happens while the screen of both ends is up: keys, sizes and what was read come in, a new view comes out. */
export class BetweenSession implements Show {
  readonly #options: BetweenSessionOptions;
  readonly #current: CurrentView<BetweenView>;
  #size: { readonly columns: number; readonly rows: number };
  /** The segments of the connection that is looked at, or why they cannot be read; null while they are. */
  #segments: { readonly index: number; read: Segments | string | null } | null = null;
  /** What the document was made of. */
  #made: { readonly index: number; readonly layout: Layout; readonly read: Segments | string | null } | null = null;

  constructor(columns: number, rows: number, options: BetweenSessionOptions) {
    this.#options = options;
    this.#size = { columns, rows };
    this.#current = new CurrentView<BetweenView>({
      frame: { ...firstFrame, panels: [openScreen(FIRST)] }, layout: layOutBetween(columns, rows, 1), lists: {},
      filterError: null, notice: null, progress: null, paths: options.paths, phase: 'client', taps: null, rows: null,
      header: [], document: null,
    });
    this.#drawHeader();
  }

  readonly view = (): BetweenView => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => this.#current.subscribe(listener);

  drawOpening(): string[] {
    return [...this.#view.header, '', ...drawBetweenOpening(this.#view, this.#options.paint)];
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    this.#drawHeader();
    this.#refresh();
  }

  tick(): void {}

  /** What is being read, and how far. */
  progress(phase: Phase, progress: Progress | null): void {
    this.#current.change({ phase, progress });
    this.#drawHeader();
  }

  /** Both captures, read and compared. */
  show(taps: TwoTaps): void {
    this.#current.change({ taps, rows: rowsOf(taps), phase: 'done', progress: null });
    this.#drawHeader();
    this.#refresh();
  }

  press(key: string): void {
    const { frame, notice } = this.#view;
    const context = contextOf(frame);
    const action = actionOf(key, context);
    if (notice !== null) this.#current.change({ notice: null });
    if (action !== undefined) this.#do(action);
    else if (context === 'filter' && Array.from(key).length === 1) this.#turn(typeKey(frame, key));
  }

  /** A mouse button at a cell of the screen, both counted from 0: goes there; on the selected row opens it. */
  click(column: number, row: number): void {
    const { frame } = this.#view;
    if (frame.overlay !== null || frame.typing !== null) return;
    const place = this.#placeAt(column, row);
    if (place === null) return;
    const panel = topOf(frame);
    if (panel.kind === 'flow') {
      this.#turn(focusPane(frame, place.pane));
      return;
    }
    const list = listOf(panel);
    if (list === null) return;
    if (list.cursor.row === list.cursor.top + place.line) return this.#do('open');
    const { extent, keyAt } = this.#context();
    this.#turn(setList(frame, paneOf(panel) as ListName, clickInList(list, place.line, extent, keyAt)));
  }

  /** The pane at a cell, and a line of it, counted from the first in sight. */
  #placeAt(column: number, row: number): Place | null {
    const { frame, layout, header, document } = this.#view;
    const panel = topOf(frame);
    const body = row - header.length - 1;
    if (panel.kind !== 'flow') return within(paneOf(panel), body - LIST_HEAD, layout.list.height);
    if (document === null) return null;
    const { kind, ladder, explanation } = document.panes;
    const line = body - FLOW_HEAD;
    if (kind === 'single') return within(panel.view.pane, line, ladder.height);
    if (kind === 'beside')
      return within(column < ladder.width + DIVIDER.length ? 'ladder' : 'explanation', line, ladder.height);
    return (
      within('explanation', line, explanation.height) ??
      within('ladder', line - explanation.height - 1, ladder.height)
    );
  }

  #do(action: Action): void {
    switch (action) {
      case 'quit': return this.#options.onQuit();
      case 'copy':
      case 'copy-markdown':
      case 'extract':
      case 'packets':
      case 'packets-at-server': {
        const told = this.#answer(action);
        if (told !== null) this.#current.tell(told);
        return;
      }
      default: this.#turn(act(this.#view.frame, action, this.#context()));
    }
  }

  /** What becomes, outside of the screen, of the connection under the cursor; null where there is none. */
  #answer(action: 'copy' | 'copy-markdown' | 'extract' | 'packets' | 'packets-at-server'): Promise<string> | null {
    const { taps, rows } = this.#view;
    const { outside, readers } = this.#options;
    const index = this.#chosen();
    if (taps === null || rows === null || index === null) return null;
    const row = rows.all[index]!;
    switch (action) {
      case 'copy':
        return readSegmentsOf(taps, row, readers).then((segments) =>
          outside.copy(asText(taps, row, segments, COPIED)),
        );
      case 'copy-markdown': return outside.copy(asMarkdown(taps, row));
      case 'extract': return outside.extract(taps, row);
      default: return outside.packets(this.#packetsAt(taps, row, action === 'packets' ? 'client' : 'server'));
    }
  }

  /** The connection in the capture of a tap, at the frame under the cursor; of one that it lacks, in the other one. */
  #packetsAt(taps: TwoTaps, row: TapRow, wanted: Tap): Request {
    const tap = row.kind === 'one' ? row.tap : wanted;
    const flows = row.kind === 'one' ? [row.flow] : row.pair.flows[tap];
    const { frame, document } = this.#view;
    const panel = topOf(frame);
    const ladder = typeof document?.ladder === 'object' ? document.ladder : null;
    const at = panel.kind === 'flow' ? ladder?.frameAt(panel.view.cursors.ladder.row, tap) ?? null : null;
    return { analysis: taps[tap], flows, frame: at, copyKey: 'Y' };
  }

  /** The row that keys mean: that of the panel, or the selected one. */
  #chosen(): number | null {
    const panel = topOf(this.#view.frame);
    if (panel.kind === 'flow') return panel.flow;
    const opens = this.#context().opens;
    return opens?.kind === 'flow' ? opens.flow : null;
  }

  #turn(frame: Frame): void {
    if (frame === this.#view.frame) return;
    this.#current.change({ frame });
    this.#layOut();
    this.#refresh();
  }

  get #view(): BetweenView {
    return this.#current.now;
  }

  #drawHeader(): void {
    const { taps, paths } = this.#view;
    const header = drawBetweenHeader(taps, paths, statusOf(this.#view), this.#size.columns, this.#options.paint);
    this.#current.change({ header });
    this.#layOut();
  }

  /** The header takes as many lines as what is known by now needs; the rest is the body's. */
  #layOut(): void {
    const { header, frame, rows: known } = this.#view;
    const { columns, rows } = this.#size;
    const name = paneOf(topOf(frame));
    const listed = known === null || !isTapList(name) ? Infinity : known.lists[name].length;
    const layout = layOutBetween(columns, rows, header.length, listed);
    // One object for one layout: what is made for it is made once.
    const isSame = JSON.stringify(layout) === JSON.stringify(this.#view.layout);
    if (!isSame) this.#current.change({ layout });
  }

  /** What is in sight, as the reducer needs it. */
  #context(): ViewContext {
    const { frame, lists, document } = this.#view;
    const panel = topOf(frame);
    const pane = paneOf(panel);
    const matches = isList(pane) ? lists[pane] ?? null : null;
    const row = listOf(panel)?.cursor.row ?? 0;
    const index = matches === null || row >= matchCount(matches) ? null : indexAt(matches, row);
    const ladder = typeof document?.ladder === 'object' ? document.ladder : null;
    const jump =
      panel.kind === 'flow' && ladder !== null
        ? document?.explanation[panel.view.cursors.explanation.row]?.place ?? null
        : null;
    const line = jump === null || ladder === null ? -1 : ladder.lineOf(jump);
    const height = document?.panes.ladder.height ?? 1;
    return {
      extent: this.#extent(pane, matches),
      keyAt: (position) => matches?.source.key(indexAt(matches, position)) ?? '',
      opens: index === null || matches === null ? null : matches.source.opens(index),
      notable: (direction) => (matches === null ? row : notableFrom(matches, row, direction)),
      candidates: [], time: 0, step: () => 0, cursor: () => 0, flow: null,
      ladder: {
        extent: { count: ladder?.count ?? 0, height }, run: null, jump: line === -1 ? null : line,
        evidence: (direction) =>
          panel.kind === 'flow' ? ladder?.evidence(panel.view.cursors.ladder.row, direction) ?? null : null,
      },
    };
  }

  /** Room for the moves of what the keys go to. */
  #extent(pane: Context, matches: Matches<unknown> | null): Extent {
    const { frame, layout, document } = this.#view;
    if (frame.overlay === 'help')
      return { count: helpPage(pane, layout.columns, unpainted, frame.helpFilter).length, height: layout.body };
    if (pane === 'pair-explanation' || pane === 'pair-ladder') {
      if (document === null) return NOTHING;
      const { ladder, explanation, panes } = document;
      if (pane === 'pair-explanation') return { count: explanation.length, height: panes.explanation.height };
      return { count: typeof ladder === 'object' ? ladder?.count ?? 0 : 0, height: panes.ladder.height };
    }
    return isList(pane) && matches !== null ? extentOf(layout, pane, matches) : NOTHING;
  }

  /** Makes everything fit the top panel and the size. */
  #refresh(): void {
    const { frame, taps, rows } = this.#view;
    if (taps === null || rows === null) return;
    const panel = topOf(frame);
    if (panel.kind === 'flow') return this.#refreshDocument(panel.flow);
    this.#refreshList(paneOf(panel) as TapList);
  }

  #refreshList(name: TapList): void {
    const { frame, taps, rows } = this.#view;
    const list = listOf(topOf(frame));
    if (list === null || taps === null || rows === null) return;
    const wanted = { name, basis: rows, filter: list.filter, make: () => tapSource(name, taps, rows) };
    this.#current.list(name, wanted, (matches) => this.#settle(name, matches));
  }

  /** Shows `matches`, with the cursor on the row it was on. */
  #settle(name: TapList, matches: Matches<unknown>): void {
    const { frame, layout, lists } = this.#view;
    this.#current.change({ lists: { ...lists, [name]: matches }, frame: settled(frame, layout, name, matches) });
  }

  #refreshDocument(index: number): void {
    const { taps, rows, layout } = this.#view;
    if (taps === null || rows === null) return;
    const row = rows.all[index]!;
    if (this.#segments?.index !== index) this.#read(taps, index);
    const { read } = this.#segments!;
    const made = this.#made;
    if (made?.index === index && made.layout === layout && made.read === read) return;
    this.#made = { index, layout, read };
    this.#current.change({ document: documentOf(taps, index, row, read, layout, this.#options.paint) });
  }

  #read(taps: TwoTaps, index: number): void {
    const segments: { index: number; read: Segments | string | null } = { index, read: null };
    this.#segments = segments;
    const end = (read: Segments | string): void => {
      segments.read = read;
      if (this.#segments !== segments) return;
      this.#refresh();
      this.#goToEvidence(index);
    };
    readSegmentsOf(taps, this.#view.rows!.all[index]!, this.#options.readers).then(end, (error: unknown) =>
      end(error instanceof Error ? error.message : String(error)),
    );
  }

  /** A connection that was just opened is read from its evidence on. */
  #goToEvidence(index: number): void {
    const { frame, document } = this.#view;
    const panel = topOf(frame);
    if (panel.kind !== 'flow' || panel.flow !== index || panel.view.cursors !== newFlow.cursors) return;
    if (document === null || document.ladder === null || typeof document.ladder === 'string') return;
    const { ladder } = document;
    const extent = { count: ladder.count, height: document.panes.ladder.height };
    const view = goInFlow(panel.view, 'ladder', ladder.evidence(-1, 1) ?? 0, extent);
    this.#current.change({ frame: replaceTop(frame, { ...panel, view: { ...view, pane: panel.view.pane } }) });
  }
}
