import type { ConnectionId } from '../../base/numbers.js';
import type { Analysis, Finding, Group } from '../../analysis/model.js';
import { count, counted, lasting, socketAddress } from '../../report/quantities.js';
import { openFlow } from '../panel.js';
import { textOrFilter } from '../connections/text-or-filter.js';
import { keyOf, nameOf } from '../groups/source.js';
import type { Column } from '../list/columns.js';
import type { Source } from '../list/source.js';
import { showTime } from '../text/times.js';
import { wrap } from '../text/wrap.js';

/** The flows of one group, a finding each, in order of time; of a finding that tells of many, all that are kept. */
export function findingsSource(
  analysis: Analysis, groupKey: string, marks: ReadonlySet<ConnectionId> = new Set(),
): Source<Finding> {
  const { clock, findings } = analysis;
  const group = analysis.groups.find((each) => keyOf(each) === groupKey);
  const members = (group?.findings ?? []).flatMap((index): Finding[] => {
    const finding = findings[index]!;
    if (finding.others === undefined) return [finding];
    return analysis.flowsOf(index).map((flow) => (flow === finding.flow ? finding : memberOf(analysis, finding, flow)));
  });
  const columns: readonly Column<Finding>[] = [
    { header: 'STREAM', width: 6, fit: 'right', text: ({ stream }) => String(stream) },
    {
      header: 'CLIENT', width: 21, least: 21, fit: 'tail',
      text: ({ flow }) => socketAddress(analysis.connection(flow).client),
    },
    { header: 'BY', width: 6, drop: 0.5, text: ({ role }) => role },
    { header: 'SINCE', width: 8, text: ({ start }) => showTime(clock, start), role: () => 'muted' },
    {
      header: 'LASTED', width: 9, fit: 'right',
      text: ({ duration, end }) => `${lasting(duration)}${end === null ? '+' : ' '}`,
    },
    {
      header: 'CONFIDENCE', width: 8, drop: 1, text: ({ confidence }) => confidence,
      role: ({ confidence }) => (confidence === 'certain' ? 'plain' : 'muted'),
    },
    {
      header: 'FRAMES', width: 12, drop: 2,
      text: ({ frames }) => frames.slice(0, 4).join(', ') + (frames.length > 4 ? ', …' : ''), role: () => 'muted',
    },
    { header: 'SAYS', width: 8, least: 40, drop: 3, text: ({ message }) => message, role: () => 'muted' },
  ];
  const flows = (index: number): readonly number[] => [members[index]!.flow];
  const text = (index: number): string => {
    const { stream, flow, confidence, message } = members[index]!;
    return `${stream} ${socketAddress(analysis.connection(flow).client)} ${confidence} ${message}`.toLowerCase();
  };
  return {
    count: members.length,
    columns:
      marks.size === 0
        ? columns
        : [
            { header: '', width: 1, text: ({ flow }) => (marks.has(flow) ? '●' : ''), role: () => 'accent' },
            ...columns,
          ],
    title:
      (group === undefined ? 'This finding is gone' : titleOf(group)) +
      (marks.size === 0 ? '' : `   ${count(marks.size)} marked`),
    empty:
      group?.forgotten === undefined
        ? 'As more packets came in, these flows turned out to be something else.'
        : 'These flows are no longer kept (--keep-connections).',
    row: (index) => members[index]!, key: (index) => String(members[index]!.flow),
    opens: (index) => openFlow(members[index]!.flow), flows, text,
    predicate: (filter) => textOrFilter(analysis, filter, { text, flows }),
    preview({ message, confidence, alternatives }, width, paint) {
      const otherwise = alternatives.length === 0 ? '' : `, otherwise ${alternatives.join(' or ')}`;
      return [
        ...wrap(message, width),
        ...wrap(`Confidence: ${confidence}${otherwise}.`, width).map((line) => paint('muted', line)),
      ];
    },
  };
}

/** What a finding of many says of one of them: what that one shows by itself where it shows anything. */
function memberOf(analysis: Analysis, finding: Finding, flow: ConnectionId): Finding {
  const own = analysis.findingsOf(flow).find((each) => each.flow === flow);
  const { stream, start, end, firstFrame } = analysis.connection(flow);
  if (own !== undefined)
    return { ...finding, flow, stream, start: own.start, end: own.end, duration: own.duration, frames: own.frames };
  return { ...finding, flow, stream, start, end, duration: end - start, frames: [firstFrame] };
}

function titleOf(group: Group): string {
  return (
    `${nameOf(group)} at ${socketAddress(group.service)}: ` +
    counted(group.flows, 'flow') +
      (group.forgotten === undefined ? '' : `, ${count(group.forgotten)} of them no longer kept`)
  );
}
