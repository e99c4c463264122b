import { AddressTable } from '../../flow/identity/address-table.js';
import { FirstFrames } from '../../flow/identity/first-frames.js';
import { Connections } from '../../flow/connections.js';
import { Coverage } from '../../flow/coverage.js';
import { Duplicates } from '../../flow/duplicates.js';
import { FlowTable } from '../../flow/flow-table.js';
import { History } from '../../flow/history/history.js';
import { IcmpErrors } from '../../flow/icmp-errors.js';
import { Listeners } from '../../flow/listeners.js';
import { LivingHistories } from '../../flow/history/living-histories.js';
import { PackedHistories } from '../../flow/history/packed-histories.js';
import { IdleCloses } from '../../flow/idle-closes.js';
import { StreamNumbers } from '../../flow/identity/stream-numbers.js';
import { TupleTable } from '../../flow/identity/tuple-table.js';
import { Attempts } from '../../tcp/attempts.js';
import { Endings, Standings } from '../../tcp/endings.js';
import type { Found } from '../../findings/find-all.js';
import type { DiscardTally } from '../../retention/healthy-discard.js';
import { fromColumns } from './finding-columns.js';
import type { PartitionFindings } from './messages.js';

// What goes from thread to thread arrives as its fields alone, without its class. All fields of these classes are numbers, typed arrays
// and maps; the arrays are not copied but handed over.

/** The memory of everything below `value`, to be handed over. */
export function memoryOf(value: unknown, found = new Set<ArrayBuffer>()): Set<ArrayBuffer> {
  if (ArrayBuffer.isView(value)) {
    if (value.buffer instanceof ArrayBuffer) found.add(value.buffer);
  } else if (typeof value === 'object' && value !== null && !(value instanceof Map)) {
    for (const field of Object.values(value)) memoryOf(field, found);
  }
  return found;
}

export function unpackFirstFrames(fields: FirstFrames): FirstFrames {
  return Object.assign(new FirstFrames(), fields);
}

export function unpackCoverage(fields: Coverage): Coverage {
  return Object.assign(new Coverage(), fields);
}

export function unpackIdleCloses(fields: IdleCloses): IdleCloses {
  return Object.assign(new IdleCloses(), fields, { listeners: Object.assign(new Listeners(), fields.listeners) });
}

export function unpackTable(fields: FlowTable): FlowTable {
  const { tuples, streams, connections, history, idleCloses, errors, coverage, duplicates, firstFrames } = fields;
  return Object.assign(new FlowTable(), fields, {
    tuples: Object.assign(new TupleTable(), tuples, { addresses: Object.assign(new AddressTable(0), tuples['addresses']) }),
    streams: Object.assign(new StreamNumbers(), streams, { openings: streams.openings && unpackFirstFrames(streams.openings) }),
    connections: Object.assign(new Connections(), connections),
    history: Object.assign(new History(), history, {
      living: Object.assign(new LivingHistories(), history.living), packed: Object.assign(new PackedHistories(), history['packed']),
    }),
    coverage: unpackCoverage(coverage),
    idleCloses: unpackIdleCloses(idleCloses),
    errors: Object.assign(new IcmpErrors(), errors),
    duplicates: duplicates && Object.assign(new Duplicates(), duplicates),
    firstFrames: firstFrames && unpackFirstFrames(firstFrames),
  });
}

export function unpackForgotten({ count, early, endings, standings, hosts, attempts }: DiscardTally): DiscardTally {
  return { count, early, endings: unpackEndings(endings), standings: unpackStandings(standings), hosts, attempts: Object.assign(new Attempts(), attempts) };
}

export function unpackFound({ findings, endings, endingsOfFound, standings, loss, unanswered, unacknowledged }: PartitionFindings['found']): Found {
  return {
    findings: fromColumns(findings), endings: unpackEndings(endings), endingsOfFound: unpackEndings(endingsOfFound), standings: unpackStandings(standings), loss, unanswered, unacknowledged,
  };
}

function unpackEndings(fields: Endings): Endings {
  return Object.assign(new Endings(), fields);
}

function unpackStandings(fields: Standings): Standings {
  return Object.assign(new Standings(), fields);
}
