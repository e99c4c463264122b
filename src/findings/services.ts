import type { ConnectionId } from '../base/numbers.js';
import type { Time } from '../base/time.js';
import { Attempts } from '../tcp/attempts.js';
import type { Connection } from '../tcp/connection.js';
import type { ConnectionSet, Location } from '../tcp/connection-set.js';
import type { Endings, Standings } from '../tcp/endings.js';
import { rebindings } from '../tcp/rebinding.js';
import { Crowds } from './crowds.js';
import type { FindingIndex } from './finding-index.js';
import type { Found, Past } from './found.js';
import { serviceDetectors } from './index.js';
import type { Finding, Group } from './index.js';
import { findingOf } from './look.js';
import type { AnyServiceDetection, Overall } from './service-detector.js';
import { evictedAttempts } from './unanswered.js';

/** Adds what only many connections together show; answers what it shows of connections that are no longer kept. */
export function findServices(
  folders: ConnectionSet, findings: Finding[], index: FindingIndex, endingsOfFound: Endings, standings: Standings,
  past: Past, found: readonly Found[],
): Group[] {
  const { captureEnd } = folders;
  let unanswered: Attempts | null = null;
  let withYoung: Attempts | null = null;
  const allAttempts = (): Attempts =>
    (unanswered ??= attempts(
      folders, found.map((part) => part.unanswered), past.attempts,
    ));
  const overall: Overall = {
    findings: [...findings], captureEnd, connection: (id) => folders.connection(id),
    crowds: (atLeast) => crowds(folders, atLeast), forgotten: past.found, isPart: past.count > 0,
    attempts: allAttempts,
    attemptsWithYoung: () =>
      (withYoung ??= found.every(({ young }) => young.length === 0)
        ? allAttempts()
        : attempts(
            folders, found.map((part) => [...part.unanswered, ...part.young]), past.attempts,
          )),
    unacknowledged: () =>
      attempts(
        folders, found.map(({ unacknowledged }) => unacknowledged),
      ),
    connections: folders,
    rebindings: () =>
      rebindings(folders).map(({ before, after, ...movers }) => ({
        ...movers, before: connectionAt(before, captureEnd), after: connectionAt(after, captureEnd),
      })),
  };
  const told: { readonly detection: AnyServiceDetection; readonly number: number }[] = [];
  for (const detector of serviceDetectors) {
    for (const detection of detector.detect(overall)) {
      const shown = folders.connection(detection.flow);
      const number = findings.push(findingOf(detector, detection, { connection: shown })) - 1;
      const { severity } = findings[number]!;
      if (!index.has(shown.id)) {
        endingsOfFound.add(shown.ending, 1, shown.firstFrame);
        // One of a crowd that nobody serves is not well, however little there is to be done.
        standings.nowFound(shown, severity === 'info' && detection.crowd === undefined);
      } else if (severity !== 'info' && index.of(shown.id).every((other) => findings[other]!.severity === 'info'))
        standings.weigh(shown, false);
      index.add(shown.id, number);
      if (detection.others !== undefined || detection.crowd !== undefined) told.push({ detection, number });
    }
  }
  const tellers = tellOfOthers(told, { folders, findings, index, standings, past, found });
  if (past.attempts.length === 0) return [];
  const evicted = evictedAttempts(overall, (client, server, port) => tellers.teller(client, server, port) !== null);
  for (const { flows } of evicted) standings.move('unanswered', 'found', flows);
  return evicted;
}

/**
 * Lets every connection know of the finding that tells of it and stands with another one; answers which attempts nobody
 * answered are told of so.
 */
function tellOfOthers(
  told: readonly { readonly detection: AnyServiceDetection; readonly number: number }[],
  {
    folders, findings, index, standings, past, found,
  }: {
    readonly folders: ConnectionSet;
    readonly findings: Finding[];
    readonly index: FindingIndex;
    readonly standings: Standings;
    readonly past: Past;
    readonly found: readonly Found[];
  },
): Crowds {
  const flows: number[] = [];
  const numbers: number[] = [];
  const others = new Map<number, number>();
  const count = (number: number, more: number): unknown => others.set(number, (others.get(number) ?? 0) + more);
  const tell = (id: ConnectionId, number: number): void => {
    if (findings[number]!.flow === id) return;
    flows.push(id);
    numbers.push(number);
    count(number, 1);
  };
  const crowds = { unanswered: new Crowds(), unacknowledged: new Crowds() };
  if (told.length === 0) return crowds.unanswered;
  for (const { detection: { others: ids, crowd }, number } of told) {
    for (const id of ids ?? []) tell(id, number);
    if (crowd !== undefined) crowds[crowd.of].add(crowd, number);
  }
  for (const [at, folder] of folders.all.entries()) {
    crowds.unanswered.among(folder, found[at]!.unanswered, (row, number) => {
      const id = folder.connectionIds.idOf(row);
      if (!index.has(id)) standings.move('unanswered', 'found');
      tell(id, number);
    });
    crowds.unanswered.among(folder, found[at]!.young, (row, number) => {
      const id = folder.connectionIds.idOf(row);
      if (!index.has(id)) standings.move('open', 'found');
      tell(id, number);
    });
    crowds.unacknowledged.among(folder, found[at]!.unacknowledged, (row, number) => {
      const id = folder.connectionIds.idOf(row);
      if (!index.has(id))
        standings.nowFound(folder.fold(row, folders.captureEnd).connection, findings[number]!.severity === 'info');
      tell(id, number);
    });
  }
  for (const forgotten of past.attempts) {
    crowds.unanswered.forgotten(forgotten, (more, number) => {
      standings.move('unanswered', 'found', more);
      count(number, more);
    });
  }
  index.addCrowd(flows, numbers);
  for (const [number, more] of others) findings[number] = { ...findings[number]!, others: more };
  return crowds.unanswered;
}

/** `rows`: of each folder; `others`: those that are no longer kept. */
function attempts(
  { all }: ConnectionSet, rows: readonly (readonly number[])[], others: readonly Attempts[] = [],
): Attempts {
  const together = new Attempts();
  for (const [at, folder] of all.entries())
    for (const row of rows[at]!) together.add(folder.attempt(row), { folder, row });
  for (const forgotten of others) together.addAll(forgotten);
  return together;
}

function connectionAt({ folder, row }: Location, captureEnd: Time): Connection {
  return folder.fold(row, captureEnd).connection;
}

/** Connections by client address and service, where there are at least `atLeast`. */
function* crowds(folders: ConnectionSet, atLeast: number): Generator<Iterable<Connection>> {
  if (folders.count < atLeast) return;
  const sizes = folders.all.map((folder) => folder.connectionsPerService());
  if (sizes.reduce((sum, { largest }) => sum + largest, 0) < atLeast) return;
  const locations = new Map<string, Location[]>();
  for (const location of folders.locations()) {
    const { folder, row } = location;
    // Where a crowd may be spread over several folders, a few before one of them may be many.
    if (sizes.length === 1 && sizes[0]!.size(row) < atLeast) continue;
    const { address, port } = folder.address(row, 1);
    const key = `${folder.address(row, 0).address} ${address} ${port}`;
    const crowd = locations.get(key);
    if (crowd) crowd.push(location);
    else locations.set(key, [location]);
  }
  for (const crowd of locations.values())
    if (crowd.length >= atLeast) yield { [Symbol.iterator]: () => judged(crowd, folders.captureEnd) };
}

function* judged(crowd: readonly Location[], captureEnd: Time): Generator<Connection> {
  for (const { folder, row } of crowd) yield folder.fold(row, captureEnd).connection;
}
