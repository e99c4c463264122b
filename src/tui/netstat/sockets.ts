import type { ConnectionId } from '../../base/numbers.js';
import type { Address, Analysis, Socket, State } from '../../analysis/model.js';
import { lasting, socketAddress } from '../../report/quantities.js';
import { worstFirst } from '../connections/columns.js';
import { hasText, textOrFilter } from '../connections/text-or-filter.js';
import { openFlow } from '../panel.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { wrap } from '../text/wrap.js';
import { stateRole, type Role } from '../theme.js';
import { stateOfRow, type Change, type Moment } from './moment.js';
import { NO_SOCKET, type StateIndex } from './state-index.js';

/** A socket of the moment shown, or one that was there at the moment before. */
export interface SocketRow {
  readonly flow: ConnectionId;
  readonly change: Change;
  readonly state: State;
  /** Where it was at the moment before; null where it was not there or nothing is compared. */
  readonly was: State | null;
  readonly local: Address;
  readonly remote: Address;
  /** Null for a socket that is gone. */
  readonly socket: Socket | null;
}

export const changeMark: Readonly<Record<Change, string>> = { '': '', 'new': '+', 'changed': '~', 'gone': '−' };
const changeRole: Readonly<Record<Change, Role>> = {
  '': 'muted', new: 'established', changed: 'accent', gone: 'muted',
};

/** All sockets of a moment, as `ss -tan` shows them; those that are gone stay for one step, marked. */
export function socketsSource(analysis: Analysis, moment: Moment): Source<SocketRow> {
  const row = (position: number): SocketRow => rowAt(analysis, moment, moment.endpointAt(position));
  const addressesOf = addressTexts(analysis, moment.index);
  const flows = (position: number): readonly number[] => [moment.index.flowOf(moment.endpointAt(position))];
  const text = (position: number): string => {
    const endpoint = moment.endpointAt(position);
    const { is, was } = moment.rowsOf(endpoint);
    const state = stateOfRow(moment.index, is === NO_SOCKET ? was : is);
    return `${state.toLowerCase()} ${addressesOf(endpoint)} ${moment.changeOf(endpoint)}`;
  };
  return {
    count: moment.count,
    columns,
    title: '',
    empty: 'No socket at this moment.',
    row,
    key(position) {
      const endpoint = moment.endpointAt(position);
      return `${moment.index.flowOf(endpoint)} ${endpoint & 1}`;
    },
    find(key) {
      const [flow, side] = key.split(' ').map(Number);
      const endpoint = moment.index.endpointOf(flow!, side!);
      return endpoint === NO_SOCKET ? -1 : moment.positionOf(endpoint);
    },
    opens: (position) => openFlow(moment.index.flowOf(moment.endpointAt(position))),
    flows,
    text,
    predicate: (filter) => isState(filter) ? hasText(filter, text) : textOrFilter(analysis, filter, { text, flows }),
    isNotable: (position) => moment.changeOf(moment.endpointAt(position)) !== '',
    preview({ flow }, width, paint) {
      const [worst] = worstFirst(analysis.findingsOf(flow));
      return worst === undefined ? [paint('muted', 'Nothing to report about this flow.')] : wrap(worst.message, width);
    },
  };
}

/** A state is that of the socket here; as a filter it would be that of a connection, which both its sockets stand for. */
function isState(typed: string): boolean {
  return Object.hasOwn(stateRole, typed.trim().toUpperCase());
}

const columns: readonly Column<SocketRow>[] = [
  { header: '', width: 1, text: ({ change }) => changeMark[change], role: ({ change }) => changeRole[change] },
  {
    header: 'STATE', width: 12, text: ({ state, change }) => (change === 'gone' ? 'gone' : state),
    role: ({ state, change }) => (change === 'gone' ? 'muted' : stateRole[state]),
  },
  {
    header: 'WAS', width: 12, drop: 1,
    text: ({ was, state, change }) => (was === null || (was === state && change !== 'gone') ? '' : was),
    role: () => 'muted',
  },
  { header: 'LOCAL', width: 19, least: 21, fit: 'tail', text: ({ local }) => socketAddress(local) },
  { header: 'PEER', width: 19, least: 21, fit: 'tail', text: ({ remote }) => socketAddress(remote) },
  {
    header: 'AGE', width: 8, fit: 'right',
    text: ({ socket }) => (socket === null ? '' : lasting(socket.time - socket.since)),
  },
  {
    header: 'TIMER', width: 8, fit: 'right', drop: 3,
    text: ({ socket }) => (socket?.expires == null ? '' : lasting(socket.expires - socket.time)), role: () => 'muted',
  },
  {
    header: 'PROOF', width: 7, drop: 2,
    text: ({ socket }) => (socket === null ? '' : socket.proven ? 'proven' : 'assumed'), role: () => 'muted',
  },
  { header: 'FLOW', width: 6, fit: 'right', drop: 4, text: ({ flow }) => String(flow), role: () => 'muted' },
];

const known = new WeakMap<StateIndex, string[]>();

/**
 * Both addresses of an endpoint as the filter searches them. Kept once they were asked for: the filter goes over all
 * sockets at every step, and a connection is folded anew each time, which takes two seconds for 100,000 of them.
 */
function addressTexts(analysis: Analysis, index: StateIndex): (endpoint: number) => string {
  let texts = known.get(index);
  if (texts === undefined) known.set(index, texts = []);
  const kept = texts;
  return (endpoint) => {
    let text = kept[endpoint];
    if (text === undefined) {
      const { client, server } = analysis.connection(index.flowOf(endpoint));
      const pair = [socketAddress(client), socketAddress(server)];
      text = ((endpoint & 1) === 0 ? pair : pair.toReversed()).join(' ').toLowerCase();
      kept[endpoint] = text;
    }
    return text;
  };
}

function rowAt(analysis: Analysis, moment: Moment, endpoint: number): SocketRow {
  const flow = moment.index.flowOf(endpoint);
  const connection = analysis.connection(flow);
  const [local, remote] =
    (endpoint & 1) === 0 ? [connection.client, connection.server] : [connection.server, connection.client];
  const { is, was } = moment.rowsOf(endpoint);
  const change = moment.changeOf(endpoint);
  const socket = change === 'gone' ? null : analysis.sockets(moment.time, [flow])
    .find((each) => each.local.port === local.port && each.local.address === local.address) ?? null;
  return {
    flow, change, local, remote,
    socket,
    state: stateOfRow(moment.index, is === NO_SOCKET ? was : is),
    was: moment.before === null || was === NO_SOCKET ? null : stateOfRow(moment.index, was),
  };
}
