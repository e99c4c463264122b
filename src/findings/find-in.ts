import type { Row } from '../base/numbers.js';
import type { Time } from '../base/time.js';
import { refuseFullHeap } from '../base/heap.js';
import { LossTally } from '../flow/loss.js';
import type { Connection } from '../tcp/connection.js';
import type { ConnectionFolder } from '../tcp/connection-folder.js';
import { Endings, Standings } from '../tcp/endings.js';
import { incompletion } from '../tcp/handshake.js';
import { hasTimeWait } from '../tcp/time-wait-rule.js';
import { Case } from './case.js';
import type { AnyDetector, SeenAtOnce } from './detector.js';
import type { Found } from './found.js';
import { beforeConnection, detectors } from './index.js';
import type { Finding } from './index.js';
import { look } from './look.js';

/** What else is to be done with connections that are looked at one by one. */
export interface FindOptions {
  /** Told of each connection of which something is found. */
  readonly onFound?: (row: Row, connection: Connection) => void;
  /** Whether a connection is to be looked at, when it was folded; else nothing of it counts. */
  readonly isWanted?: (row: Row, connection: Connection) => boolean;
}

/**
 * Runs every detector over every connection of one folder whose ending is not seen at once, and over those of the
 * others that it wants. All are counted by their ending.
 */
export function findIn(
  folder: ConnectionFolder, captureEnd: Time, all: readonly AnyDetector[] = detectors,
  { onFound, isWanted }: FindOptions = {},
): Found {
  const findings: Finding[] = [];
  const endings = new Endings();
  const endingsOfFound = new Endings();
  const loss = new LossTally();
  const standings = new Standings();
  const unanswered: number[] = [];
  const young: number[] = [];
  const unacknowledged: number[] = [];
  const atOnce = {
    closed: { flows: 0, found: 0, first: Infinity }, unanswered: { flows: 0, found: 0, first: Infinity },
    open: { flows: 0, found: 0, first: Infinity },
  };
  const wanting = {
    closed: wantingOf(all, 'closed'), unanswered: wantingOf(all, 'unanswered'), open: wantingOf(all, 'open'),
  };
  const neverWaited = new Uint8Array(folder.connections.count);
  for (const row of folder.connectionIds.rows()) {
    refuseFullHeap();
    const seen = folder.endingAtSight(row, captureEnd);
    if (seen === 'unanswered') unanswered.push(row);
    else if (seen === 'open') young.push(row);
    if (seen !== null) {
      const tally = atOnce[seen];
      tally.flows++;
      tally.first = Math.min(tally.first, folder.firstFrame(row));
      if (wanting[seen].length === 0) {
        folder.addLoss(row, loss);
        continue;
      }
    }
    const subject = new Case(folder, row, folder.fold(row, captureEnd), { neverWaited, captureEnd });
    const { ending, firstFrame, resets } = subject.connection;
    if (!hasTimeWait(subject.connection)) neverWaited[row] = 1;
    if (isWanted !== undefined && !isWanted(row, subject.connection)) continue;
    folder.addLoss(row, loss);
    if (seen === null) endings.add(ending, 1, firstFrame);
    const asked = seen !== null ? wanting[seen] : incompletion(subject.history) === null ? all : beforeConnection;
    const before = findings.length;
    if (look(subject, asked, findings)) {
      endingsOfFound.add(seen ?? ending, 1, firstFrame);
      standings.countFound(subject.connection, isHarmless(findings, before));
      onFound?.(row, subject.connection);
      if (seen !== null) atOnce[seen].found++;
      continue;
    }
    if (seen !== null) continue;
    standings.count(subject.connection);
    if (ending === 'unanswered' && folder.isUnanswered(row)) unanswered.push(row);
    else if (resets.length === 0 && folder.stopsAtSynAck(row)) unacknowledged.push(row);
  }
  for (const ending of ['closed', 'unanswered', 'open'] as const) {
    const { flows, found, first } = atOnce[ending];
    if (flows === 0) continue;
    endings.add(ending, flows, first);
    if (flows > found) standings.add(ending === 'closed' ? 'clean' : ending, flows - found, first);
  }
  return { findings, endings, endingsOfFound, standings, loss, unanswered, young, unacknowledged };
}

/** Whether nothing graver than information is among `findings` from `first` on. */
function isHarmless(findings: readonly Finding[], first: number): boolean {
  for (let number = first; number < findings.length; number++) if (findings[number]!.severity !== 'info') return false;
  return true;
}

/** Those that want connections whose ending is seen at once. */
export function wantingOf(all: readonly AnyDetector[], seen: SeenAtOnce): readonly AnyDetector[] {
  return all.filter(({ wants }) => wants?.includes(seen));
}
