import type { Analysis } from '../analysis/model.js';
import { connectionsSource } from './connections/source.js';
import { findingsSource } from './findings/source.js';
import { topOf } from './frame.js';
import { groupsSource } from './groups/source.js';
import type { ListName, TapList } from './keys.js';
import type { Source } from './list/source.js';
import { socketSummarySource } from './netstat/socket-summary.js';
import { socketsSource } from './netstat/sockets.js';
import { screenNamed, type ScreenName } from './screens.js';
import type { View } from './view.js';
import { servicesSource } from './triage/services.js';

/** Lists of the screen of captures, without those that are screens of their own. */
type CaptureList = Exclude<ListName, ScreenName | TapList>;

/** What the list that is shown is made from; null while that is not there. Equal values mean equal rows. */
export function basisOf(
  name: ListName, { frame, analysis, scan, moment, isReading }: View,
): { name: string; basis: unknown } | null {
  const panel = topOf(frame);
  switch (name) {
    case 'services':
      return scan === null ? null : { name, basis: scan };
    case 'sockets':
    case 'summary':
      return moment === null ? null : { name, basis: moment };
    case 'findings':
      return { name: panel.kind === 'findings' ? panel.group : name, basis: flowsBasis(analysis, frame) };
    case 'connections':
      return {
        name: `sorted by ${frame.choice.sort?.column} ${frame.choice.sort?.isDescending}`,
        basis: flowsBasis(analysis, frame),
      };
    case 'groups':
      return { name: isReading ? `${name} so far` : name, basis: analysis };
    default:
      return { name, basis: analysis };
  }
}

/** The rows of a list of the top panel. What `basisOf` answered must be there. */
export function sourceOf(name: ListName, { frame, analysis, scan, moment, isReading }: View): Source<unknown> {
  const panel = topOf(frame);
  const makers: Readonly<Record<CaptureList, () => Source<unknown>>> = {
    groups: () => groupsSource(analysis!, isReading), services: () => servicesSource(scan!.services, scan!.analysis),
    findings: () => findingsSource(analysis!, panel.kind === 'findings' ? panel.group : '', frame.marks),
    connections: () =>
      connectionsSource(analysis!, { choice: frame.choice, marks: frame.marks, ids: idsOf(analysis!) }),
    sockets: () => socketsSource(scan!.analysis, moment!), summary: () => socketSummarySource(moment!),
  };
  return screenNamed(name)?.source(analysis!) ?? makers[name as CaptureList]();
}

type Frame = View['frame'];

/** One object for each combination of snapshot, columns and marks. */
let flows: { analysis: Analysis | null; choice: Frame['choice']; marks: Frame['marks'] } | null = null;
function flowsBasis(analysis: Analysis | null, { choice, marks }: Frame): object {
  if (flows === null || flows.analysis !== analysis || flows.choice !== choice || flows.marks !== marks)
    flows = { analysis, choice, marks };
  return flows;
}

const known = new WeakMap<Analysis, Uint32Array>();

/**
 * Ids of the connections of an analysis that has some only: a view, or what a long watch keeps; null where all are
 * there, whose ids are 0, 1, 2…
 */
export function idsOf(analysis: Analysis): ArrayLike<number> | null {
  if (analysis.view === undefined) return analysis.forgotten?.kept ?? null;
  let ids = known.get(analysis);
  if (ids === undefined) known.set(analysis, ids = Uint32Array.from(analysis.connections(), ({ id }) => id));
  return ids;
}
