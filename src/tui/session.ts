import type { Analysis, LadderRow, Progress } from '../analysis.js';
import { connectionsSource } from './connections/source.js';
import { findingsSource } from './findings/source.js';
import { explain } from './flow-detail/explanation.js';
import { createLadder, type Ladder } from './flow-detail/ladder.js';
import { act, contextOf, firstFrame, replaceTop, topOf, type, type Frame, type ListPanel, type Panel, type Surroundings } from './frame.js';
import { groupsSource } from './groups/source.js';
import { actionOf } from './keys.js';
import { layOutScreen, type Layout } from './layout.js';
import type { Extent } from './list/cursor.js';
import { search } from './list/search.js';
import { indexAt, matchCount, positionOf, type Matches, type Source } from './list/source.js';
import { settleList } from './list/state.js';
import type { Paint } from './theme.js';

/** One flow, ready to be drawn. */
export interface FlowDocument {
  readonly flow: number;
  /** Null while it is read; an error's message where it could not be. */
  readonly ladder: Ladder | string | null;
  readonly explanation: readonly string[];
}

/** All that a drawing of the screen needs; never changed, only replaced. */
export interface View {
  readonly frame: Frame;
  readonly layout: Layout;
  /** The newest snapshot; null until there is one. */
  readonly analysis: Analysis | null;
  readonly progress: Progress | null;
  readonly isReading: boolean;
  /** Rows of the top panel, if it is a list. */
  readonly matches: Matches<unknown> | null;
  /** The flow of the top panel, if it is one. */
  readonly document: FlowDocument | null;
}

export interface SessionOptions {
  readonly paint: Paint;
  readonly readLadder: (analysis: Analysis, flow: number) => Promise<LadderRow[]>;
  readonly onQuit: () => void;
}

/**
 * What happens while the screen is up: keys, snapshots, sizes and what was read come in, a new `View` comes out.
 *
 * It knows nothing of Ink or of the terminal; the reducers it calls are pure.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #listeners = new Set<() => void>();
  #view: View;
  #source: Source<unknown> | null = null;
  /** The search that runs, if one does. */
  #search: AbortController | null = null;
  /** What `#source` and `matches` were made from. */
  #listOf: { analysis: Analysis; name: string; filter: string } | null = null;
  /** What `document` was made from. */
  #documentOf: { analysis: Analysis; flow: number; width: number; lastFrame: number } | null = null;

  constructor(columns: number, rows: number, options: SessionOptions) {
    this.#options = options;
    this.#view = {
      frame: firstFrame, layout: layOutScreen(columns, rows), analysis: null, progress: null, isReading: true, matches: null, document: null,
    };
  }

  readonly view = (): View => this.#view;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  resize(columns: number, rows: number): void {
    this.#change({ layout: layOutScreen(columns, rows) });
    this.#refresh();
  }

  /** How far reading has come. */
  progress(progress: Progress): void {
    this.#change({ progress });
  }

  /** A snapshot, or with `isReading` false the whole. */
  show(analysis: Analysis, isReading: boolean): void {
    this.#change({ analysis, isReading });
    this.#refresh();
  }

  press(key: string): void {
    const { frame } = this.#view;
    const context = contextOf(frame);
    const action = actionOf(key, context);
    if (action === 'quit') {
      this.#options.onQuit();
      return;
    }
    let next = frame;
    if (action !== undefined) next = act(frame, action, this.#surroundings());
    else if (context === 'filter' && Array.from(key).length === 1) next = type(frame, key);
    if (next === frame) return;
    this.#change({ frame: next });
    this.#refresh();
  }

  #change(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of this.#listeners) listener();
  }

  #surroundings(): Surroundings {
    const { frame, matches, analysis } = this.#view;
    const panel = topOf(frame);
    if (panel.kind === 'flow') return { extent: this.#flowExtent(panel), keyAt: String, opens: null };
    if (matches === null || analysis === null) return { extent: { count: 0, height: 1 }, keyAt: String, opens: null };
    return {
      extent: this.#listExtent(matches),
      keyAt: (row) => matches.source.key(indexAt(matches, row)),
      opens: panel.list.cursor.row < matchCount(matches) ? matches.source.opens(indexAt(matches, panel.list.cursor.row)) : null,
    };
  }

  #listExtent(matches: Matches<unknown>): Extent {
    return { count: matchCount(matches), height: this.#view.layout.list.height };
  }

  #flowExtent({ view }: Panel & { kind: 'flow' }): Extent {
    const { document, layout } = this.#view;
    const { height } = layout.flow;
    if (view.pane === 'explanation') return { count: document?.explanation.length ?? 0, height };
    const ladder = document?.ladder ?? null;
    return { count: ladder === null || typeof ladder === 'string' ? 0 : ladder.lines.length, height };
  }

  /** Makes `matches` and `document` fit the top panel, the snapshot and the size. */
  #refresh(): void {
    const { frame, analysis } = this.#view;
    if (analysis === null) return;
    const panel = topOf(frame);
    if (panel.kind === 'flow') this.#refreshDocument(analysis, panel.flow);
    else this.#refreshMatches(analysis, panel);
  }

  #refreshMatches(analysis: Analysis, panel: ListPanel): void {
    const name = panel.kind === 'findings' ? `findings ${panel.group}` : panel.kind;
    const { filter } = panel.list;
    const before = this.#listOf;
    const isSameList = before?.name === name && before.filter === filter;
    if (isSameList && before.analysis === analysis) {
      if (this.#view.matches !== null) this.#settle(this.#view.matches);
      return;
    }
    // Live input brings a snapshot each second: a search over very many flows first comes to its end.
    if (isSameList && this.#search !== null) return;
    this.#search?.abort();
    this.#search = null;
    if (this.#source === null || before?.name !== name || before.analysis !== analysis) this.#source = sourceOf(analysis, panel);
    this.#listOf = { analysis, name, filter };
    const source = this.#source;
    if (filter === '') {
      this.#settle({ source, indices: null, searched: 1 });
      return;
    }
    const running = new AbortController();
    this.#search = running;
    search(source, filter, (matches) => {
      const isDone = matches.searched === 1;
      if (isDone) this.#search = null;
      // A list that was complete is not shown again in part.
      if (isDone || !isSameList) this.#settle(matches);
      if (isDone) this.#refresh();
    }, running.signal);
  }

  /** Shows `matches`, with the cursor on the row it was on. */
  #settle(matches: Matches<unknown>): void {
    const { frame } = this.#view;
    const panel = topOf(frame);
    if (panel.kind === 'flow') {
      this.#change({ matches });
      return;
    }
    const { key, cursor } = panel.list;
    const found = key === null ? -1 : positionOf(matches, key, cursor.row);
    const list = settleList(panel.list, this.#listExtent(matches), found);
    this.#change({ matches, frame: replaceTop(frame, { ...panel, list }) });
  }

  #refreshDocument(analysis: Analysis, flow: number): void {
    const before = this.#documentOf;
    const width = this.#view.layout.flow.explanationWidth;
    const isSame = before?.flow === flow && this.#view.document !== null;
    if (isSame && before.analysis === analysis && before.width === width) return;
    const connection = analysis.connection(flow);
    const { lastFrame } = connection;
    this.#documentOf = { analysis, flow, width, lastFrame };
    const ladder = isSame ? this.#view.document!.ladder : null;
    this.#change({ document: { flow, ladder, explanation: explain(analysis, connection, width, this.#options.paint) } });
    if (isSame && before.lastFrame === lastFrame) return;
    this.#options.readLadder(analysis, flow).then(
      (rows) => this.#ladderRead(flow, createLadder(analysis.clock, rows)),
      (error: unknown) => this.#ladderRead(flow, error instanceof Error ? error.message : String(error)),
    );
  }

  #ladderRead(flow: number, ladder: Ladder | string): void {
    const { document } = this.#view;
    if (document?.flow === flow) this.#change({ document: { ...document, ladder } });
  }
}

function sourceOf(analysis: Analysis, panel: ListPanel): Source<unknown> {
  if (panel.kind === 'groups') return groupsSource(analysis);
  return panel.kind === 'findings' ? findingsSource(analysis, panel.group) : connectionsSource(analysis);
}
