import { endOf } from '../analysis/capture-end.js';
import type { View } from './view.js';
import type { Analysis, Profile, Progress, Time } from '../analysis/model.js';
import { Diagnosing } from './diagnosing.js';
import { FlowReader, type FlowDocument, type ReadLadder } from './flow-detail/document.js';
import { evidenceFrom } from './flow-detail/ladder.js';
import { goInFlow, newFlow } from './flow-detail/state.js';
import {
  act, contextOf, filterOf, firstFrame, focusPane, isList, listOf, paneOf, replaceTop, setList, topOf, type as typeKey,
  type Frame,
} from './frame.js';
import { openConnections, type Panel } from './panel.js';
import { nextProfile } from './hosts/profiles.js';
import { actionOf, type Action, type ListName } from './keys.js';
import { layOutScreen, type TriageRows } from './layout.js';
import { completions } from './connections/completions.js';
import { clickInList } from './list/state.js';
import { matchCount, type Matches } from './list/source.js';
import { momentAt } from './netstat/moment.js';
import { PacketStepper, sayMatch, type Match, type ReadPacketsAround } from './netstat/packets.js';
import { stepTo } from './netstat/state.js';
import { CurrentView } from './current-view.js';
import { isForgotten, NO_LONGER_KEPT, withPlaceholders } from './forgotten.js';
import type { Outside } from './outside/outside.js';
import { placeAt } from './place.js';
import { drawOpeningScreen } from './progress/draw-opening.js';
import { basisOf, sourceOf } from './sources.js';
import { chosenFlows, settled, viewContextOf } from './view-context.js';
import { scan } from './scan.js';
import type { Show } from './stage.js';
import type { Paint } from './theme.js';

export interface SessionOptions {
  readonly paint: Paint;
  readonly readLadder: ReadLadder;
  readonly readPacketsAround: ReadPacketsAround;
  readonly outside: Outside;
  /** The flows that pass it lie on the first screen; none where it is empty. */
  readonly filter: string;
  readonly onQuit: () => void;
}

/**
 * What happens while the screen is up: keys, snapshots, sizes and what was read come in, a new `View` comes out.
 *
 * It knows nothing of Ink or of the terminal; the reducers it calls are pure.
 */
export class Session implements Show {
  readonly #options: SessionOptions;
  readonly #current: CurrentView<View>;
  readonly #flow: FlowReader;
  readonly #packets: PacketStepper;
  readonly #diagnosing = new Diagnosing();
  #scan: AbortController | null = null;
  /** Systems that the reader set, over what was guessed. */
  #profiles: ReadonlyMap<string, Profile> = new Map();
  /** The analysis as it came. */
  #given: Analysis | null = null;
  /** While frozen: the newest that was not shown. */
  #held: Analysis | null = null;
  /**
   * Depth of the panels at which the reader opened the first row before there was one; null where there is nothing to
   * wait for.
   */
  #opensFirst: number | null = null;
  /** When the newest analysis came, in milliseconds of `performance.now`. */
  #shownAt = 0;

  constructor(columns: number, rows: number, options: SessionOptions) {
    this.#options = options;
    this.#flow = new FlowReader(options.readLadder, options.paint, (document) => this.#showDocument(document));
    this.#packets = new PacketStepper(
      options.readPacketsAround, (met, { time }) => this.#goToPackets(met, time),
      (message) => this.#current.tell(message),
    );
    this.#current = new CurrentView<View>({
      frame:
        options.filter === ''
          ? firstFrame
          : { ...firstFrame, panels: [...firstFrame.panels, openConnections(options.filter)] },
      layout: layOutScreen(columns, rows), analysis: null, scan: null, progress: null, isReading: true, isFrozen: false,
      lists: {}, filterError: null, moment: null, document: null, notice: null,
    });
  }

  readonly view = (): View => this.#view;

  /** The whole screen, while there is only progress to show. */
  drawOpening(): string[] {
    return drawOpeningScreen(this.#view, this.#options.paint);
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#current.subscribe(listener);

  resize(columns: number, rows: number): void {
    this.#current.change({ layout: layOutScreen(columns, rows, this.#triageRows()) });
    this.#refresh();
  }

  /**
   * What the first screen has to show; null until that is known. Of a filter not less, so that nothing moves while it
   * is typed.
   */
  #triageRows(): TriageRows | null {
    const { groups, services } = this.#view.lists;
    return groups === undefined || services === undefined
      ? null
      : { groups: groups.source.count, services: services.source.count };
  }

  /** Gives the panes of the first screen the room that they need now. */
  #fitTriage(): void {
    const { layout } = this.#view;
    const fitted = layOutScreen(layout.columns, layout.rows, this.#triageRows());
    if (JSON.stringify(fitted.triage) !== JSON.stringify(layout.triage)) this.#current.change({ layout: fitted });
  }

  /** How far reading has come. */
  progress(progress: Progress): void {
    this.#current.change({ progress });
  }

  /** A snapshot, or with `isReading` false the whole. */
  show(analysis: Analysis, isReading: boolean): void {
    this.#current.change({ isReading });
    if (this.#view.isFrozen) this.#held = analysis;
    else this.#take(analysis);
  }

  /** A second has passed: what follows the newest moment of a live capture grows older. */
  tick(): void {
    const { frame, isReading, isFrozen } = this.#view;
    const panel = topOf(frame);
    if (isReading && !isFrozen && panel.kind === 'netstat' && panel.netstat.time === null) this.#refresh();
  }

  press(key: string): void {
    const { frame } = this.#view;
    const context = contextOf(frame);
    const action = actionOf(key, context);
    this.#opensFirst = null;
    if (this.#view.notice !== null) this.#current.change({ notice: null });
    if (action === undefined) {
      if ((context === 'filter' || context === 'language') && Array.from(key).length === 1)
        this.#turn(typeKey(frame, key));
      return;
    }
    this.#do(action);
  }

  /** A mouse button at a cell of the screen, both counted from 0: goes there; on the selected row opens it. */
  click(column: number, row: number): void {
    const view = this.#view;
    if (view.frame.overlay !== null || view.frame.typing !== null) return;
    const place = placeAt(view, column, row);
    if (place === null) return;
    const wasInFront = paneOf(topOf(view.frame)) === place.pane;
    const focused = focusPane(view.frame, place.pane);
    this.#turn(focused);
    if (!isList(place.pane)) return;
    const list = listOf(topOf(focused));
    if (list === null) return;
    if (wasInFront && list.cursor.row === list.cursor.top + place.line) {
      this.#do('open');
      return;
    }
    const { extent, keyAt } = viewContextOf(this.#view, this.now());
    this.#turn(setList(focused, place.pane, clickInList(list, place.line, extent, keyAt)));
  }

  /** The newest moment: of a live capture it moves on while no packet comes. */
  now(): Time {
    const { analysis, isReading, isFrozen, progress } = this.#view;
    const last = analysis === null ? 0 : endOf(analysis.capture);
    return isReading && !isFrozen && progress?.total === null ? last + (performance.now() - this.#shownAt) * 1e6 : last;
  }

  #do(action: Action): void {
    const { outside, onQuit } = this.#options;
    const context = viewContextOf(this.#view, this.now());
    const { analysis, frame } = this.#view;
    switch (action) {
      case 'quit':
        return onQuit();
      case 'freeze':
        return this.#freeze();
      // A filter that is wrong stays where its error can be read.
      case 'accept-filter':
        return this.#view.filterError === null
          ? this.#turn(act(frame, action, { ...context, candidates: [] }))
          : undefined;
      case 'profile-back':
      case 'profile-on':
      case 'profile-guessed':
        return this.#setProfile(action);
      case 'packet-back':
      case 'packet-on': {
        if (analysis === null) return;
        const met = this.#packets.step({ analysis, time: context.time, direction: action === 'packet-on' ? 1 : -1 });
        return this.#goToPackets(met, context.time);
      }
      case 'copy':
      case 'copy-markdown':
      case 'extract':
      case 'packets': {
        if (analysis === null) return;
        const { flows: chosen, told } = chosenFlows(this.#view, context.flow);
        if (chosen.length === 0) return;
        const flows = chosen.filter((flow) => !isForgotten(analysis.connection(flow)));
        if (flows.length === 0) return this.#current.tell(NO_LONGER_KEPT);
        this.#current.tell(outside[action]({ analysis, flows, frame: context.packet, told }));
        return;
      }
      case 'open':
        if (context.opens === null && isSearching(this.#view)) this.#opensFirst = frame.panels.length;
        return this.#turn(act(frame, action, context));
      default:
        this.#turn(
          act(frame, action, { ...context, candidates: completions(filterOf(frame)).map(({ filter }) => filter) }),
        );
    }
  }

  /** A step from the moment `from`, unless the reader has gone elsewhere while packets were read. */
  #goToPackets(met: Match, from: Time): void {
    const { frame } = this.#view;
    const panel = topOf(frame);
    if (panel.kind !== 'netstat' || (panel.netstat.time ?? from) !== from) return;
    if (met.kind === 'packets')
      this.#turn(replaceTop(frame, { ...panel, netstat: stepTo(panel.netstat, from, met.packets[0]!.time) }));
    this.#current.tell(sayMatch(met));
  }

  #turn(frame: Frame): void {
    if (frame === this.#view.frame) return;
    this.#current.change({ frame });
    this.#refresh();
  }

  get #view(): View {
    return this.#current.now;
  }

  #take(fresh: Analysis): void {
    const given = withPlaceholders(this.#diagnosing.of(fresh, this.#view.isReading));
    this.#given = fresh;
    this.#shownAt = performance.now();
    this.#releaseHidden();
    this.#current.change({
      analysis:
        this.#profiles.size === 0
          ? given
          : given.withOptions({ profiles: new Map([...(given.options.profiles ?? []), ...this.#profiles]) }),
    });
    this.#refresh();
  }

  /** Lists and moments that are not on the screen hold snapshots before: of a live capture another one each. */
  #releaseHidden(): void {
    const { frame, lists, moment } = this.#view;
    const panel = topOf(frame);
    const shown = panel.kind === 'flow' ? {} : panel.lists;
    this.#current.release((name) => name in shown);
    const left = Object.fromEntries(Object.entries(lists).filter(([name]) => name in shown));
    this.#current.change({ lists: left, moment: panel.kind === 'netstat' ? moment : null });
  }

  #freeze(): void {
    const isFrozen = !this.#view.isFrozen;
    this.#current.change({ isFrozen });
    const held = this.#held;
    this.#held = null;
    if (!isFrozen && held !== null) this.#take(held);
  }

  #setProfile(action: 'profile-back' | 'profile-on' | 'profile-guessed'): void {
    const { analysis, frame, lists } = this.#view;
    const row = listOf(topOf(frame))?.cursor.row ?? 0;
    const address = lists.hosts?.source.key(row);
    const host = analysis?.hosts.find((each) => each.address === address);
    if (host === undefined || this.#given === null) return;
    const profiles = new Map(this.#profiles);
    if (action === 'profile-guessed') profiles.delete(host.address);
    else profiles.set(host.address, nextProfile(host.profile, action === 'profile-on' ? 1 : -1));
    this.#profiles = profiles;
    this.#take(this.#given);
    this.#current.change({
      notice:
        action === 'profile-guessed'
          ? `${host.address} is what it was taken for; all verdicts are made anew`
          : `${host.address} is taken for ${profiles.get(host.address)}; all verdicts are made anew`,
    });
  }

  /** A flow that was just opened is read from its evidence on. */
  #showDocument(document: FlowDocument): void {
    this.#current.change({ document });
    const { frame, layout } = this.#view;
    const panel = topOf(frame);
    const { ladder, lost } = document;
    if (
      panel.kind !== 'flow' || panel.flow !== document.flow || ladder === null || typeof ladder === 'string' ||
      panel.view.cursors !== newFlow.cursors
    )
      return;
    if (lost !== null) this.#current.tell(lost);
    const line = evidenceFrom(ladder, -1, 1);
    const view = goInFlow(panel.view, panel.view.pane, line ?? 0, {
      count: ladder.lines.length, height: layout.flow.height,
    });
    if (panel.view.pane === 'ladder') this.#current.change({ frame: replaceTop(frame, { ...panel, view }) });
  }

  /** Makes everything fit the top panel, the snapshot and the size. */
  #refresh(): void {
    const { frame, analysis, layout } = this.#view;
    if (analysis === null) return;
    const panel = topOf(frame);
    if (panel.kind === 'flow') {
      this.#flow.refresh({ analysis, flow: panel.flow, width: layout.flow.explanationWidth, open: panel.view.open });
      return;
    }
    if (panel.kind === 'triage' || panel.kind === 'netstat') this.#refreshSurvey(analysis);
    if (panel.kind === 'netstat') this.#refreshMoment(panel);
    for (const name of Object.keys(panel.lists) as ListName[]) this.#refreshList(name);
  }

  #refreshSurvey(analysis: Analysis): void {
    if (this.#view.scan?.analysis === analysis || this.#scan !== null) return;
    const running = new AbortController();
    this.#scan = running;
    scan(analysis, (result) => {
      this.#scan = null;
      this.#current.change({ scan: result });
      // Live input may have brought a newer snapshot meanwhile.
      this.#refresh();
    }, running.signal);
  }

  #refreshMoment({ netstat }: Panel & { kind: 'netstat' }): void {
    const { scan: known, moment, analysis } = this.#view;
    if (known === null || (known.analysis !== analysis && moment === null && this.#scan === null)) return;
    const time = netstat.time ?? this.now();
    if (moment?.time === time && moment.before === netstat.before && moment.index === known.index) return;
    this.#current.change({ moment: momentAt(known.index, time, netstat.before, moment) });
  }

  #refreshList(name: ListName): void {
    const view = this.#view;
    const panel = topOf(view.frame);
    if (view.analysis === null || panel.kind === 'flow') return;
    const basis = basisOf(name, view);
    const list = panel.lists[name];
    if (basis === null || list === undefined) return;
    const wanted = { ...basis, filter: list.filter, make: () => sourceOf(name, this.#view) };
    this.#current.list(name, wanted, (matches) => this.#settle(name, matches));
  }

  /** Shows `matches`, with the cursor on the row it was on. */
  #settle(name: ListName, matches: Matches<unknown>): void {
    this.#current.change({ lists: { ...this.#view.lists, [name]: matches } });
    const panel = topOf(this.#view.frame);
    if (panel.kind === 'triage') this.#fitTriage();
    const { frame, layout } = this.#view;
    this.#current.change({ frame: settled(frame, layout, name, matches) });
    if (this.#opensFirst !== frame.panels.length || paneOf(panel) !== name || matchCount(matches) === 0) return;
    this.#opensFirst = null;
    this.#do('open');
  }
}

/** Whether the rows of the list in front are being looked for, and none was found yet. */
function isSearching({ frame, lists }: View): boolean {
  const pane = paneOf(topOf(frame));
  if (!isList(pane)) return false;
  const matches = lists[pane];
  return matches === undefined || (matches.searched < 1 && matchCount(matches) === 0);
}
