import type { Analysis, Connection } from '../../analysis/model.js';
import { count, counted, socketAddress } from '../../report/quantities.js';
import { besides } from '../forgotten.js';
import { nameOf } from '../groups/source.js';
import { openFlow } from '../panel.js';
import type { Order, Source } from '../list/source.js';
import { wrap } from '../text/wrap.js';
import { flowColumns, worstFirst, type FlowColumn } from './columns.js';
import type { ColumnChoice } from './state.js';
import { textOrFilter } from './text-or-filter.js';

export interface ConnectionsOptions {
  readonly choice: ColumnChoice;
  readonly marks: ReadonlySet<number>;
  /** Ids of the connections, where the analysis has some of them; null where it has all. */
  readonly ids: ArrayLike<number> | null;
}

/** Every flow of the capture, in order of its first frame or as the reader sorts them. */
export function connectionsSource(analysis: Analysis, { choice, marks, ids }: ConnectionsOptions): Source<Connection> {
  const total = ids?.length ?? analysis.connectionCount;
  const idOf = (index: number): number => ids?.[index] ?? index;
  const rowAt = (index: number): Connection => analysis.connection(idOf(index));
  const all = flowColumns(analysis);
  const columns = all.filter(({ header }) => !choice.hidden.has(header)).map((column) => withArrow(column, choice));
  const text = (index: number): string => {
    const { client, server, ending, stream, id } = rowAt(index);
    const found = analysis.findingsOf(id);
    return `${stream} ${socketAddress(client)} ${socketAddress(server)} ${ending} ` +
      found.map(({ id: name, cause, message }) => `${nameOf({ finding: name, cause })} ${message}`).join(' ');
  };
  const order = orderOf(all, choice, rowAt);
  const marked = marks.size === 0 ? '' : `   ${count(marks.size)} marked`;
  return {
    count: total,
    columns:
      marks.size === 0
        ? columns
        : [{ header: '', width: 1, text: ({ id }) => (marks.has(id) ? '●' : ''), role: () => 'accent' }, ...columns],
    title: `All flows: ${count(total)}${besides(analysis)}${marked}`, empty: 'No TCP connection in this capture.',
    row: rowAt, key: (index) => String(idOf(index)), opens: (index) => openFlow(idOf(index)),
    flows: (index) => [idOf(index)], text,
    predicate: (filter) => textOrFilter(analysis, filter, { text, flows: (index) => [idOf(index)] }, true),
    ...(order !== null && { order }),
    isNotable: (index) => (marks.size > 0 ? marks.has(idOf(index)) : analysis.findingsOf(idOf(index)).length > 0),
    preview(connection, width) {
      const [worst] = worstFirst(analysis.findingsOf(connection.id));
      if (worst !== undefined) return wrap(worst.message, width);
      const { packets, closer, zeek } = connection;
      const closed =
        closer === null ? '' : closer === 'both' ? ' Both sides closed at once.' : ` The ${closer} closed first.`;
      return wrap(
        `${counted(packets.client, 'packet')} from the client, ${count(packets.server)} from the server ` +
          `(${zeek.history}).${closed}`,
        width,
      );
    },
  };
}

/** The column that the flows are sorted by says so. */
function withArrow(column: FlowColumn, { sort }: ColumnChoice): FlowColumn {
  return sort?.column === column.header
    ? { ...column, header: `${column.header} ${sort.isDescending ? '▼' : '▲'}` }
    : column;
}

function orderOf(
  columns: readonly FlowColumn[], { sort }: ColumnChoice, rowAt: (index: number) => Connection,
): Order | null {
  const column = sort === null ? undefined : columns.find(({ header }) => header === sort.column);
  return sort === null || column === undefined
    ? null
    : { value: (index) => column.value(rowAt(index)), isDescending: sort.isDescending };
}
