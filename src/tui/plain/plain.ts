import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Analysis } from '../../analysis/model.js';
import { inertLines } from '../../report/inert.js';
import { count, counted, lasting } from '../../report/quantities.js';
import { SECOND } from '../../base/time.js';
import { firstChoice } from '../connections/state.js';
import { connectionsSource } from '../connections/source.js';
import { findingsSource } from '../findings/source.js';
import { explain } from '../flow-detail/explanation.js';
import { groupsSource } from '../groups/source.js';
import { search } from '../list/search.js';
import { indexAt, matchCount, type Matches, type Source } from '../list/source.js';
import type { Readers } from '../readers.js';
import { momentAt } from '../netstat/moment.js';
import { socketsSource } from '../netstat/sockets.js';
import type { Panel } from '../panel.js';
import { idsOf } from '../sources.js';
import { scan, type Scan } from '../scan.js';
import { screenNamed, screens } from '../screens.js';
import { showMoment, showZone } from '../text/times.js';
import { unpainted } from '../theme.js';
import { servicesSource } from '../triage/services.js';
import { sayLine, sayRow, saySegment } from './speech.js';

/** Rows said at once. */
const PAGE = 20;
/** Columns of a line of prose. */
const WIDTH = 100;

const HELP = `A number opens what has it. Else write
more: the next lines
back: where you were before
triage: what was found
services: every service
flows FILTER: flows, for example flows port 8000 and state CLOSE-WAIT
sockets SECONDS: sockets so long after the first packet, or at its end
${screens.map(({ name, holds }) => `${name}: ${holds}\n`).join('')}help: this
quit: the end`;

/** A list that was said, and how far. */
interface Page {
  readonly title: string;
  readonly matches: Matches<unknown>;
  readonly from: number;
}

/**
 * The screens as text, line by line: a command in, an answer out. For screen readers, and wherever a screen cannot be
 * drawn.
 */
export class Plain {
  readonly #analysis: Analysis;
  readonly #readLadder: Readers['readLadder'];
  #scan: Promise<Scan> | null = null;
  #pages: Page[] = [];
  /** A flow was said last: back leads to the list that it was in. */
  #isInFlow = false;

  constructor(analysis: Analysis, readLadder: Readers['readLadder']) {
    this.#analysis = analysis;
    this.#readLadder = readLadder;
  }

  /** Answers a command; null for the end. */
  async answer(command: string): Promise<string | null> {
    const [word = '', ...rest] = command.trim().split(/\s+/);
    const argument = rest.join(' ');
    if (/^\d+$/.test(word)) return this.#open(Number(word));
    switch (word.toLowerCase()) {
      case '': case 'more': return this.#more();
      case 'back': return this.#back();
      case 'triage': return this.#list(groupsSource(this.#analysis));
      case 'services': return this.#list(servicesSource((await this.#surveyed()).services, this.#analysis), 'Services');
      case 'flows': return this.#flows(argument);
      case 'sockets': return this.#sockets(argument);
      case 'help': return HELP;
      case 'quit': return null;
      default: {
        const screen = screenNamed(word.toLowerCase());
        return screen === undefined
          ? `There is no command ${JSON.stringify(word)}.\n${HELP}`
          : this.#list(screen.source(this.#analysis));
      }
    }
  }

  async #open(number: number): Promise<string> {
    const page = this.#pages.at(-1);
    if (page === undefined || number < 1 || number > matchCount(page.matches)) return `There is no line ${number}.`;
    return this.#panel(page.matches.source.opens(indexAt(page.matches, number - 1)));
  }

  async #panel(panel: Panel): Promise<string> {
    switch (panel.kind) {
      case 'flow': return this.#flow(panel.flow);
      case 'findings': return this.#list(findingsSource(this.#analysis, panel.group));
      case 'connections': return this.#flows(panel.lists.connections?.filter ?? '');
      default: return '';
    }
  }

  async #flow(id: number): Promise<string> {
    const { clock } = this.#analysis;
    const connection = this.#analysis.connection(id);
    const rows = await this.#readLadder(this.#analysis, id);
    this.#isInFlow = true;
    return [
      `Stream ${connection.stream}: ${connection.ending}, ${lasting(connection.end - connection.start)}.`,
      ...explain(this.#analysis, connection, WIDTH, unpainted).map(({ text }) => sayLine(text)),
      'Segments',
      ...rows.map((row, index) => saySegment(clock, row, rows[index - 1], rows[0]!.time)),
    ].join('\n');
  }

  async #flows(filter: string): Promise<string> {
    const source = connectionsSource(this.#analysis, {
      choice: firstChoice, marks: new Set(), ids: idsOf(this.#analysis),
    });
    if (filter === '') return this.#list(source);
    try {
      const matches = await new Promise<Matches<unknown>>((resolve) => {
        search(source, filter, (found) => {
          if (found.searched === 1) resolve(found);
        }, new AbortController().signal);
      });
      return this.#say({ title: `${counted(matchCount(matches), 'flow')} with ${filter}`, matches, from: 0 }, true);
    } catch (error) {
      return `This filter is not understood, ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  async #sockets(argument: string): Promise<string> {
    const { clock, capture: { first, last } } = this.#analysis;
    const seconds = Number(argument);
    if (Number.isNaN(seconds)) return 'Write seconds since the first packet: sockets 12.5';
    const { index } = await this.#surveyed();
    const time = argument === '' ? last ?? 0 : (first ?? 0) + seconds * SECOND;
    const moment = momentAt(index, time, null);
    return this.#list(
      socketsSource(this.#analysis, moment),
      `${counted(moment.count, 'socket')} at ${showMoment(clock, time)} ${showZone(clock, time)}`,
    );
  }

  #surveyed(): Promise<Scan> {
    this.#scan ??= new Promise((resolve) => {
      scan(this.#analysis, resolve, new AbortController().signal);
    });
    return this.#scan;
  }

  #list<Row>(source: Source<Row>, title = source.title): string {
    return this.#say({ title, matches: { source, indices: null, searched: 1 }, from: 0 }, true);
  }

  #more(): string {
    const page = this.#pages.pop();
    return page === undefined
      ? HELP
      : this.#say({ ...page, from: Math.min(page.from + PAGE, matchCount(page.matches)) }, false);
  }

  #back(): string {
    if (!this.#isInFlow) this.#pages.pop();
    const page = this.#pages.pop();
    return page === undefined ? this.#list(groupsSource(this.#analysis)) : this.#say(page, true);
  }

  #say(page: Page, withTitle: boolean): string {
    this.#pages.push(page);
    this.#isInFlow = false;
    const { title, matches, from } = page;
    const total = matchCount(matches);
    const to = Math.min(from + PAGE, total);
    const lines = Array.from(
      { length: to - from },
      (_, offset) =>
        `${from + offset + 1}: ${sayRow(matches.source, matches.source.row(indexAt(matches, from + offset)))}`,
    );
    const rest =
      total === 0
        ? [matches.source.empty]
        : to < total
          ? [`${count(total - to)} more lines: write more.`]
          : from > 0
            ? ['These were all.']
            : [];
    return [...(withTitle ? [title] : []), ...lines, ...rest].join('\n');
  }
}

/** Reads commands from `input` and writes answers to `output` until the end of either; `first` is answered before. */
export async function converse(plain: Plain, input: Readable, output: Writable, first = 'triage'): Promise<void> {
  const say = async (command: string): Promise<boolean> => {
    const answer = await plain
      .answer(command)
      .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (answer !== null) output.write(`${inertLines(answer)}\n\n`);
    return answer !== null;
  };
  output.write('lastack, line by line. Write help for the commands.\n');
  await say(first);
  for await (const line of createInterface({ input })) if (!await say(line)) return;
}
