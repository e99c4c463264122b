import { AddressTable } from '../../flow/identity/address-table.js';
import { Beginnings } from '../../flow/identity/first-frames.js';
import { Connections } from '../../flow/connections.js';
import { Duplicates } from '../../flow/duplicates.js';
import { FlowTable } from '../../flow/flow-table.js';
import { History } from '../../flow/history/history.js';
import { LivingHistories } from '../../flow/history/living-histories.js';
import { PackedHistories } from '../../flow/history/packed-histories.js';
import { Partings } from '../../flow/idle-closes.js';
import { StreamNumbers } from '../../flow/identity/stream-numbers.js';
import { TupleTable } from '../../flow/identity/tuple-table.js';
import { Endings } from '../../tcp/endings.js';
import type { Found } from '../../findings/find-all.js';
import type { Forgotten } from '../../retention/healthy-discard.js';
import { fromColumns } from './finding-columns.js';
import type { Judged } from './messages.js';

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

export function unpackBeginnings(fields: Beginnings): Beginnings {
  return Object.assign(new Beginnings(), fields);
}

export function unpackPartings(fields: Partings): Partings {
  return Object.assign(new Partings(), fields);
}

export function unpackTable(fields: FlowTable): FlowTable {
  const { tuples, streams, connections, history, partings, duplicates, beginnings } = fields;
  return Object.assign(new FlowTable(), fields, {
    tuples: Object.assign(new TupleTable(), tuples, { addresses: Object.assign(new AddressTable(0), tuples['addresses']) }),
    streams: Object.assign(new StreamNumbers(), streams, { openings: streams.openings && unpackBeginnings(streams.openings) }),
    connections: Object.assign(new Connections(), connections),
    history: Object.assign(new History(), history, {
      living: Object.assign(new LivingHistories(), history.living), packed: Object.assign(new PackedHistories(), history['packed']),
    }),
    partings: unpackPartings(partings),
    duplicates: duplicates && Object.assign(new Duplicates(), duplicates),
    beginnings: beginnings && unpackBeginnings(beginnings),
  });
}

export function unpackForgotten({ count, early, endings, hosts }: Forgotten): Forgotten {
  return { count, early, endings: unpackEndings(endings), hosts };
}

export function unpackFound({ findings, endings, endingsOfFound }: Judged['found']): Found {
  return { findings: fromColumns(findings), endings: unpackEndings(endings), endingsOfFound: unpackEndings(endingsOfFound) };
}

function unpackEndings(fields: Endings): Endings {
  return Object.assign(new Endings(), fields);
}
