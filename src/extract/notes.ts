import type { Analysis, Connection, Finding, Role } from '../analysis/model.js';
import { doubt } from '../report/doubt.js';
import { CARRIES } from '../tcp/reset/diagnostics.js';

const ROLES = ['client', 'server'] as const satisfies readonly Role[];

/**
 * What is to be said at the frames of a connection, by frame: the states that both endpoints entered there, then what
 * was found.
 */
export function notesOf(analysis: Analysis, connection: Connection): Map<number, string[]> {
  const notes = new Map<number, string[]>();
  const note = (frame: number, text: string): void => {
    const known = notes.get(frame);
    if (known === undefined) notes.set(frame, [text]);
    else known.push(text);
  };
  for (const [frame, text] of changes(connection)) note(frame, text);
  for (const finding of analysis.findingsOf(connection.id)) {
    for (const frame of new Set(finding.frames)) note(frame, findingNote(finding));
  }
  return notes;
}

/** A text of `notesOf` without the bytes that RSTs of the connection carried, which findings tell as evidence. */
export function withoutPayload(text: string, { resets }: Connection): string {
  const told = resets.flatMap(({ evidence }) => evidence.filter((words) => words.startsWith(CARRIES)));
  return told.reduce((left, words) => left.replaceAll(words, () => `${CARRIES}payload`), text);
}

/** `client FIN-WAIT-1, server CLOSE-WAIT (not proven)`, by frame in order. */
function changes({ states }: Connection): Map<number, string> {
  const entered = new Map<number, string[]>();
  for (const role of ROLES) {
    for (const { frame, state, proven } of states[role]) {
      if (frame === null) continue;
      const text = `${role} ${state}${proven ? '' : ' (not proven)'}`;
      entered.set(frame, [...(entered.get(frame) ?? []), text]);
    }
  }
  return new Map([...entered].sort(([a], [b]) => a - b).map(([frame, texts]) => [frame, texts.join(', ')]));
}

/** `error: half-closed (leak): The server … (likely, else slow)` */
export function findingNote(finding: Finding): string {
  const { severity, id, cause, message } = finding;
  return `${severity}: ${id}${cause === null ? '' : ` (${cause})`}: ${message}${doubt(finding)}`;
}
